import { cookieOf, PASSWORD, type Person } from '../database/people.js';
import type { HttpRequest } from '../load/generator.js';

// Requests to Tradepost and the hand-written servers (docs/contract.md). Those that change something have the server's own
// origin, as a browser sends it.

/** Connections of the load generator. */
export const CONNECTIONS = 32;

/** The cookie's name on plain http and loopback. */
export const COOKIE_NAME = 'session';

export const listRequest = (cookie: string): HttpRequest => ({ method: 'GET', path: '/trades', headers: { cookie } });

export const listRequestOf = (person: Person): HttpRequest => listRequest(cookieOf(person, COOKIE_NAME));

export const loginRequest = (origin: string, { username }: Person): HttpRequest => ({
  method: 'POST',
  path: '/login',
  headers: { 'content-type': 'application/json', origin },
  body: JSON.stringify({ username, password: PASSWORD }),
});

export const recordRequest = (origin: string, sender: Person, recipient: Person, cardId: string): HttpRequest => ({
  method: 'POST',
  path: '/trades',
  headers: { 'content-type': 'application/json', origin, cookie: cookieOf(sender, COOKIE_NAME) },
  body: JSON.stringify({ cardId, recipient: { id: recipient.id } }),
});

/** Divides requests among the connections, so that no two connections use the same session. */
export const divided = (requests: readonly HttpRequest[], connections = CONNECTIONS): HttpRequest[][] =>
  Array.from({ length: Math.min(connections, requests.length) }, (_, connection) =>
    requests.filter((_request, index) => index % connections === connection),
  );
