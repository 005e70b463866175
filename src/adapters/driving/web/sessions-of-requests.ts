import type { IncomingMessage } from 'node:http';
import type { LoginResult } from '../../../application/ports/driving/accounts.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { CallerView } from './http-core.js';
import { HttpCore, secondsLeft } from './http-core.js';
import type { HttpRequest } from './http-request.js';
import { fetchRequest, nodeRequest } from './http-request.js';
import type { WebOptions } from './options.js';
import { prepareWeb } from './options.js';
import { credentialsOf } from './request-checks.js';

/** A request of `node:http`, of a framework on top of it, or of the Fetch Standard. */
export type AnyRequest = IncomingMessage | Request;

/** Returns the caller of a request; null without a live session, or if its origin is foreign. */
export type ReadSession = (request: AnyRequest) => Promise<CallerView | null>;

/**
 * Returns a function that reads the caller of a request as `{ user, session }`, or null if the request has no live
 * session. A state-changing request from a foreign origin counts as one without a session, because pages of that origin
 * must not use it.
 *
 * @throws TypeError naming the option that is wrong; the returned function rejects with `storage_unavailable`
 */
export function readSession({ useCases }: { readonly useCases: UseCases }, options: WebOptions): ReadSession {
  const core = new HttpCore(useCases, prepareWeb(options));
  return request => core.readSession(httpRequestOf(request));
}

/** For login and logout routes of the application's own. */
export interface SessionCookie {
  /**
   * Returns the token that a request carries, as a bearer token or in the cookie; null where there is none or the
   * signature of the cookie does not hold. It is not looked up: the session may have ended.
   */
  read(request: AnyRequest): string | null;
  /** Returns the `Set-Cookie` value for a session that `tradepost.login` opened. */
  set(request: AnyRequest, login: Pick<LoginResult, 'token' | 'session'>): string;
  /** Returns the `Set-Cookie` value that deletes the cookie in the browser. */
  clear(request: AnyRequest): string;
}

/** @throws TypeError naming the option that is wrong */
export function sessionCookies(options: WebOptions): SessionCookie {
  const web = prepareWeb(options);
  return {
    read: request => credentialsOf(web.see(httpRequestOf(request)), web.cookies).token,
    set: (request, { token, session }) => web.cookies.set(web.see(httpRequestOf(request)), token, secondsLeft(session)),
    clear: request => web.cookies.clear(web.see(httpRequestOf(request))),
  };
}

const httpRequestOf = (request: AnyRequest): HttpRequest =>
  isFetchRequest(request) ? fetchRequest(request, {}, '') : nodeRequest(request);

const isFetchRequest = (request: AnyRequest): request is Request =>
  typeof (request.headers as Partial<Headers>).get === 'function';
