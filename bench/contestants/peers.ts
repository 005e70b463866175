import { PASSWORD, type Person } from '../database/people.js';
import type { HttpRequest } from '../load/generator.js';
import { type Contestant, startContestant } from './contestant.js';

/** A server of `bench/peers` with sessions of its own. */
export interface Peer {
  readonly name: string;
  readonly module: string;
  readonly settings?: object;
  loginOf(person: Person): HttpRequest;
}

/** better-auth needs a trusted origin; the others ignore it. */
const headers = { 'content-type': 'application/json', origin: 'http://127.0.0.1' };

const loginByUsername = ({ username }: Person): HttpRequest => ({
  method: 'POST',
  path: '/login',
  headers,
  body: JSON.stringify({ username, password: PASSWORD }),
});

const loginByEmail = ({ email }: Person): HttpRequest => ({
  method: 'POST',
  path: '/api/auth/sign-in/email',
  headers,
  body: JSON.stringify({ email, password: PASSWORD }),
});

export const PEERS: readonly Peer[] = [
  { name: '@fastify/session', module: 'fastify-session', loginOf: loginByUsername },
  { name: 'express-session, passport', module: 'express-session', loginOf: loginByUsername },
  {
    name: 'better-auth, cookie cache',
    module: 'better-auth',
    settings: { cookieCache: true },
    loginOf: loginByEmail,
  },
  { name: 'better-auth', module: 'better-auth', settings: { cookieCache: false }, loginOf: loginByEmail },
];

export const startPeerServer = ({ name, module, settings }: Peer, databaseUrl: string): Promise<Contestant> =>
  startContestant(name, module, { databaseUrl, ...settings });

const AT_ONCE = 16;

/** Logs everybody in; returns each one's `Cookie` header. */
export async function cookiesOf(origin: string, peer: Peer, people: readonly Person[]): Promise<Map<Person, string>> {
  const cookies = new Map<Person, string>();
  const waiting = [...people];
  const work = async (): Promise<void> => {
    for (let person = waiting.pop(); person; person = waiting.pop()) {
      cookies.set(person, await logIn(origin, peer.loginOf(person)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return cookies;
}

async function logIn(origin: string, { path, method, headers, body = '' }: HttpRequest): Promise<string> {
  const answer = await fetch(origin + path, { method, headers, body });
  const text = await answer.text();
  const cookies = answer.headers.getSetCookie().map(cookie => cookie.split(';')[0]);
  if (!answer.ok || cookies.length === 0) throw new Error(`${origin}${path}: ${answer.status} ${text}`);
  return cookies.join('; ');
}
