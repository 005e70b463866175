import type { Request, RequestHandler, Response } from 'express';
import type { LoginResult } from '../../../application/ports/driving/accounts.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { Operation, OperationName, Performed, RequestContext } from '../operations/index.js';
import { perform } from '../operations/index.js';
import type { OriginPolicy } from '../web/origin.js';
import { sendEmpty, sendJson } from '../web/responses.js';
import type { SessionCookies } from '../web/session-cookie.js';
import { credentialsOf, needsSecureCookie } from '../web/web-request.js';
import { inputReader } from './read-input.js';

export interface OperationHandlerParts {
  readonly useCases: UseCases;
  readonly name: OperationName;
  readonly row: Operation;
  readonly cookies: SessionCookies;
  readonly origins: OriginPolicy;
}

/** One row of the table as an Express handler: decode, dispatch, encode. */
export function operationHandler({ useCases, name, row, cookies, origins }: OperationHandlerParts): RequestHandler {
  const readInput = inputReader(row);
  return async (request, response) => {
    const { token, carriesCookie } = credentialsOf(request, cookies);
    origins.check(request, carriesCookie);
    const input = await readInput(request, response);
    const performed = await perform(useCases, name, input, contextOf(request, token));
    encode(row, { request, response, cookies, input, performed });
  };
}

const MAX_USER_AGENT = 500;

const contextOf = (request: Request, token: string | null): RequestContext => ({
  token,
  userAgent: request.headers['user-agent']?.slice(0, MAX_USER_AGENT) ?? null,
  idempotencyKey: request.get('Idempotency-Key') ?? null,
});

interface Answer {
  readonly request: Request;
  readonly response: Response;
  readonly cookies: SessionCookies;
  readonly input: unknown;
  readonly performed: Performed<unknown>;
}

/** Only over HTTP do sessions travel as cookies, so the cookie follows what happened to the session. */
function encode({ route: { status } }: Operation, { request, response, cookies, input, performed }: Answer): void {
  const secure = needsSecureCookie(request);
  if (performed.session === 'ended') response.setHeader('Set-Cookie', cookies.clear(secure));
  if (performed.session === 'opened' && !asksForToken(input)) {
    const { token, ...withoutToken } = performed.result;
    response.setHeader('Set-Cookie', cookies.set(token, maxAge(withoutToken.session), secure));
    sendJson(response, status, withoutToken);
  } else if (status === 204) sendEmpty(response);
  else sendJson(response, status, performed.result);
}

const asksForToken = (input: unknown): boolean => (input as { delivery?: string }).delivery === 'token';

/** Seconds a session just opened has left. */
const maxAge = ({ createdAt, expiresAt }: LoginResult['session']): number =>
  Math.floor((Date.parse(expiresAt) - Date.parse(createdAt)) / 1000);
