import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { listTrades } from './bare-list.mjs';
import { recordQuery, recordStatement } from './record-statement.mjs';
import { refuse, send } from './send.mjs';
import { digestOf, signedCookie, tokenOf } from './session-cookie.mjs';
import { addSession, findAccount, findSession } from './statements.mjs';
import { createPool, fromProduct, readText, serve, settings } from './support.mjs';

/**
 * The reference: node:http, a signed cookie and named prepared statements on Tradepost's own tables, without layers.
 * It returns the same bytes as Tradepost; its headers are copied from an answer of Tradepost's.
 *
 * It does NOT do the following, all of which Tradepost does:
 * - update `last_used_at` (at most once a minute for a session), idle time-outs, bearer tokens, several secrets;
 * - check `Origin` and `Sec-Fetch-Site`, paths, queries, bodies, media types, and sizes of bodies and headers;
 * - support idempotency keys, and return problem documents that say why something was refused;
 * - limit hashes in flight and failed logins, replace outdated hashes;
 * - retry what PostgreSQL rolled back, give up on a database that does not answer;
 * - write logs, count metrics, notify watchers over sockets;
 * - finish requests in flight before it ends.
 */
const { v7 } = fromProduct('uuid');
const argon2 = fromProduct('argon2');
const pool = createPool();
const { answers, telling = 'notify' } = settings;
const RECORD = recordStatement(telling);
const LIFETIME = 3600;

async function authenticate(request) {
  const token = tokenOf(request);
  if (token === null) return null;
  const { rows } = await pool.query(findSession(digestOf(token)));
  return rows[0] ?? null;
}

async function list(request, response) {
  const token = tokenOf(request);
  const text = token && (await listTrades(pool, digestOf(token), settings.queries));
  if (text) send(response, answers.list, text);
  else refuse(response, 401);
}

async function record(request, response) {
  const { cardId, recipient } = JSON.parse(await readText(request));
  const user = await authenticate(request);
  if (!user) return refuse(response, 401);
  const [id, createdAt] = [v7(), new Date().toISOString()];
  const sender = { id: user.user_id, username: user.username, name: user.name };
  const { rows } = await pool.query(recordQuery(RECORD, { id, cardId, sender, recipient, createdAt }));
  const [row] = rows;
  if (row.number === null) return refuse(response, 409);
  const trade = {
    id,
    cardId,
    cardName: row.card_name,
    sender,
    recipient: { id: row.counterparty_id, username: row.counterparty_username, name: row.counterparty_name },
    createdAt,
  };
  send(response, answers.record, JSON.stringify(trade));
}

async function login(request, response) {
  const { username, password } = JSON.parse(await readText(request));
  const { rows } = await pool.query(findAccount(username.toLowerCase()));
  const [account] = rows;
  if (!account || !(await argon2.verify(account.password_hash, password))) return refuse(response, 401);
  const token = randomBytes(32).toString('base64url');
  const userAgent = request.headers['user-agent'] ?? null;
  const now = Date.now();
  const [createdAt, expiresAt] = [now, now + LIFETIME * 1000].map(time => new Date(time).toISOString());
  const session = { id: v7(), createdAt, expiresAt, lastUsedAt: createdAt, userAgent, current: true };
  await pool.query(addSession({ ...session, digest: digestOf(token), userId: account.id }));
  const { id, email, username: shown, name, created_at } = account;
  const user = { id, email, username: shown, name, createdAt: created_at };
  const cookie = `${signedCookie(token)}; Path=/; Max-Age=${LIFETIME}; HttpOnly; Secure; SameSite=Lax`;
  send(response, answers.login, JSON.stringify({ user, session }), cookie);
}

const routes = { 'GET /trades': list, 'POST /trades': record, 'POST /login': login };

const server = createServer((request, response) => {
  const route = routes[`${request.method} ${request.url}`];
  if (!route) return refuse(response, 404);
  route(request, response).catch(error => {
    console.error(error);
    refuse(response, 500);
  });
});
server.keepAliveTimeout = settings.keepAliveTimeout;
serve(server);
