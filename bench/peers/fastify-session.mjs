import cookie from '@fastify/cookie';
import session from '@fastify/session';
import connectPgSimple from 'connect-pg-simple';
import createFastify from 'fastify';
import { findPage } from './statements.mjs';
import { createPool, fromProduct, ready, settings } from './support.mjs';
import { page } from './trades.mjs';

/**
 * @fastify/session on PostgreSQL. Each request reads the session, the user and the page. Its default of writing the
 * session on every request is turned off.
 */
const argon2 = fromProduct('argon2');
const pool = createPool('fastify');
await pool.query('CREATE SCHEMA IF NOT EXISTS fastify');
const PgStore = connectPgSimple(session);

const findUser = async (column, value) => {
  const text = `SELECT id AS user_id, username, name, password_hash FROM tradepost.users WHERE ${column} = $1`;
  return (await pool.query(text, [value])).rows[0];
};

const app = createFastify();
await app.register(cookie);
await app.register(session, {
  store: new PgStore({ pool, createTableIfMissing: true }),
  secret: settings.secret,
  saveUninitialized: false,
  rolling: false,
  cookie: { secure: false, maxAge: 24 * 60 * 60 * 1000 },
});

app.post('/login', async (request, reply) => {
  const { username, password } = request.body;
  const user = await findUser('username_key', username.toLowerCase());
  if (!user || !(await argon2.verify(user.password_hash, password))) return reply.code(401).send();
  await request.session.regenerate();
  request.session.userId = user.user_id;
  return { id: user.user_id, username: user.username, name: user.name };
});

app.get('/trades', async (request, reply) => {
  const user = request.session.userId && (await findUser('id', request.session.userId));
  if (!user) return reply.code(401).send();
  const { text, values } = findPage(user.user_id);
  return page(user, (await pool.query(text, values)).rows);
});

await app.listen({ host: '127.0.0.1', port: 0 });
ready(app.server.address().port);
