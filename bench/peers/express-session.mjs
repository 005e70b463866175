import { createServer } from 'node:http';
import connectPgSimple from 'connect-pg-simple';
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import { Strategy } from 'passport-local';
import { findPage } from './statements.mjs';
import { createPool, fromProduct, serve, settings } from './support.mjs';
import { page } from './trades.mjs';

/**
 * express-session, connect-pg-simple, passport and passport-local, combined as their READMEs do. Each request reads and
 * touches the session, reads the user, and reads the page.
 */
const argon2 = fromProduct('argon2');
const pool = createPool('express');
await pool.query('CREATE SCHEMA IF NOT EXISTS express');
const PgStore = connectPgSimple(session);

const findUser = async (column, value) => {
  const text = `SELECT id AS user_id, username, name, password_hash FROM tradepost.users WHERE ${column} = $1`;
  return (await pool.query(text, [value])).rows[0];
};

passport.use(
  new Strategy(async (username, password, done) => {
    try {
      const user = await findUser('username_key', username.toLowerCase());
      done(null, user && (await argon2.verify(user.password_hash, password)) ? user : false);
    } catch (error) {
      done(error);
    }
  }),
);
passport.serializeUser((user, done) => done(null, user.user_id));
passport.deserializeUser((id, done) => {
  findUser('id', id).then(user => done(null, user ?? false), done);
});

const app = express();
app.use(express.json());
app.use(
  session({
    store: new PgStore({ pool, createTableIfMissing: true }),
    secret: settings.secret,
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: 24 * 60 * 60 * 1000 },
  }),
);
app.use(passport.session());

app.post('/login', passport.authenticate('local'), (request, response) => {
  const { user_id: id, username, name } = request.user;
  response.json({ id, username, name });
});

app.get('/trades', async (request, response) => {
  if (!request.user) return response.status(401).end();
  const { text, values } = findPage(request.user.user_id);
  response.json(page(request.user, (await pool.query(text, values)).rows));
});

serve(createServer(app));
