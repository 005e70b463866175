import type { IncomingMessage } from 'node:http';
import type { LoginResult } from '../../../application/ports/driving/accounts.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { CallerView } from './http-core.js';
import { HttpCore, secondsLeft } from './http-core.js';
import type { HttpRequest } from './http-request.js';
import { fetchRequest, nodeRequest } from './http-request.js';
import type { WebOptions } from './options.js';
import { prepareWeb } from './options.js';

/** A request of `node:http` and whatever builds on it, or of the Fetch Standard. */
export type AnyRequest = IncomingMessage | Request;

export type ReadSession = (request: AnyRequest) => Promise<CallerView | null>;

/**
 * Reads whose session a request carries, as `{ user, session }`; null where it carries none that holds. A request that
 * changes something counts as carrying none where it comes from a foreign origin: its page must not use the session.
 *
 * @throws TypeError naming the option that is wrong; the returned function rejects with `storage_unavailable`
 */
export function readSession({ useCases }: { readonly useCases: UseCases }, options: WebOptions): ReadSession {
  const core = new HttpCore(useCases, prepareWeb(options));
  return request => core.readSession(httpRequestOf(request));
}

/** For a login or logout route of the application's own. */
export interface CookieWriter {
  /** Returns the `Set-Cookie` value for a session that `tradepost.login` opened. */
  set(request: AnyRequest, login: Pick<LoginResult, 'token' | 'session'>): string;
  /** Returns the `Set-Cookie` value that has the browser forget the session. */
  clear(request: AnyRequest): string;
}

/** @throws TypeError naming the option that is wrong */
export function sessionCookies(options: WebOptions): CookieWriter {
  const web = prepareWeb(options);
  return {
    set: (request, { token, session }) => web.cookies.set(web.see(httpRequestOf(request)), token, secondsLeft(session)),
    clear: request => web.cookies.clear(web.see(httpRequestOf(request))),
  };
}

const httpRequestOf = (request: AnyRequest): HttpRequest =>
  isFetchRequest(request) ? fetchRequest(request, {}, '') : nodeRequest(request);

const isFetchRequest = (request: AnyRequest): request is Request =>
  typeof (request.headers as Partial<Headers>).get === 'function';
