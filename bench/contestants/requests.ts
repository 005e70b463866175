import { cookieOf, PASSWORD, type Person } from '../database/people.js';
import type { HttpRequest } from '../load/generator.js';

// The requests that Tradepost and the hand-written servers are sent, as docs/contract.md has them. A browser sends an
// Origin with what changes something; it is the server's own.

/** Connections the load comes over. */
export const CONNECTIONS = 32;

/** Where Tradepost runs on plain http and loopback. */
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

/** Requests divided among the connections, so that no two ask for the same person at once. */
export const divided = (requests: readonly HttpRequest[], connections = CONNECTIONS): HttpRequest[][] =>
  Array.from({ length: Math.min(connections, requests.length) }, (_, connection) =>
    requests.filter((_request, index) => index % connections === connection),
  );
