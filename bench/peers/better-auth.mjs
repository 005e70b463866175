import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node';
import { findPage } from './statements.mjs';
import { createPool, fromProduct, serve, settings } from './support.mjs';
import { page } from './trades.mjs';

/**
 * better-auth on node:http, without a framework. It has tables of its own, with the same people and password hashes as
 * Tradepost's. With `cookieCache` it trusts a cookie for a while without a query, and so does not notice that a session
 * has ended.
 */
const argon2 = fromProduct('argon2');
const pool = createPool('better_auth');
await pool.query('CREATE SCHEMA IF NOT EXISTS better_auth');

const options = {
  database: pool,
  secret: settings.secret,
  baseURL: 'http://127.0.0.1',
  trustedOrigins: ['http://127.0.0.1'],
  emailAndPassword: {
    enabled: true,
    password: {
      hash: password => argon2.hash(password),
      verify: ({ hash, password }) => argon2.verify(hash, password),
    },
  },
  user: { additionalFields: { username: { type: 'string', required: false } } },
  session: { cookieCache: { enabled: settings.cookieCache, maxAge: 24 * 60 * 60 } },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: 'error' },
};
await (await getMigrations(options)).runMigrations();
await pool.query(`INSERT INTO "user" (id, name, email, "emailVerified", "createdAt", "updatedAt", username)
  SELECT id, name, email, true, created_at, created_at, username FROM tradepost.users ON CONFLICT DO NOTHING`);
await pool.query(`INSERT INTO account (id, "accountId", "providerId", "userId", password, "createdAt", "updatedAt")
  SELECT id, id, 'credential', id, password_hash, created_at, created_at FROM tradepost.users ON CONFLICT DO NOTHING`);

const auth = betterAuth(options);
const handleAuth = toNodeHandler(auth);

async function listTrades(request, response) {
  const found = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
  if (!found) return response.writeHead(401).end();
  const { id, username, name } = found.user;
  const { text, values } = findPage(id);
  const { rows } = await pool.query(text, values);
  const body = Buffer.from(JSON.stringify(page({ user_id: id, username, name }, rows)));
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
}

const server = createServer((request, response) => {
  if (request.url.startsWith('/api/auth/')) return handleAuth(request, response);
  if (request.url !== '/trades') return response.writeHead(404).end();
  listTrades(request, response).catch(error => {
    console.error(error);
    response.writeHead(500).end();
  });
});
serve(server);
