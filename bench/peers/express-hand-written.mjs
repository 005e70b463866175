import { createServer } from 'node:http';
import express from 'express';
import { digestOf, tokenOf } from './session-cookie.mjs';
import { findPage, findSession } from './statements.mjs';
import { createPool, serve } from './support.mjs';
import { page } from './trades.mjs';

/** The reference's work in Express with its default settings, and `response.json`. */
const pool = createPool();
const app = express();

app.use(async (request, response, next) => {
  const token = tokenOf(request);
  const { rows } = token === null ? { rows: [] } : await pool.query(findSession(digestOf(token)));
  request.user = rows[0];
  if (request.user) next();
  else response.status(401).end();
});

app.get('/trades', async (request, response) => {
  const { rows } = await pool.query(findPage(request.user.user_id));
  response.json(page(request.user, rows));
});

serve(createServer(app));
