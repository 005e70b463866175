import type { Request, RequestHandler, Response } from 'express';
import type { LoginResult } from '../../../application/ports/driving/sessions.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import { clipUserAgent } from '../../../domain/session.js';
import type { Operation, OperationName, RequestContext } from '../operations/index.js';
import { dispatch } from '../operations/index.js';
import { credentialsOf, needsSecureCookie } from '../web/credentials.js';
import type { OriginPolicy } from '../web/origin.js';
import { sendEmpty, sendJson } from '../web/send.js';
import type { SessionCookies } from '../web/session-cookie.js';
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
    const result = await dispatch(useCases, name, input, contextOf(request, token));
    encode(name, row, { request, response, cookies, input, result });
  };
}

const contextOf = (request: Request, token: string | null): RequestContext => ({
  token,
  userAgent: clipUserAgent(request.headers['user-agent']),
  idempotencyKey: request.get('Idempotency-Key') ?? null,
});

interface Answer {
  readonly request: Request;
  readonly response: Response;
  readonly cookies: SessionCookies;
  readonly input: unknown;
  readonly result: unknown;
}

/** Over HTTP alone sessions travel as cookies, so here alone two operations answer with more than their result. */
function encode(
  name: OperationName,
  { route }: Operation,
  { request, response, cookies, input, result }: Answer,
): void {
  if (name === 'sessions.login') sendLogin({ request, response, cookies, input, result }, route.status);
  else if (route.status !== 204) sendJson(response, route.status, result);
  else {
    if (name === 'sessions.logout') response.setHeader('Set-Cookie', cookies.clear(needsSecureCookie(request)));
    sendEmpty(response);
  }
}

function sendLogin({ request, response, cookies, input, result }: Answer, status: number): void {
  const { token, ...login } = result as LoginResult;
  if (asksForToken(input)) {
    sendJson(response, status, { ...login, token });
  } else {
    response.setHeader('Set-Cookie', cookies.set(token, maxAge(login.session), needsSecureCookie(request)));
    sendJson(response, status, login);
  }
}

const asksForToken = (input: unknown): boolean => (input as { delivery?: string }).delivery === 'token';

/** Seconds a session just opened has left. */
const maxAge = ({ createdAt, expiresAt }: LoginResult['session']): number =>
  Math.floor((Date.parse(expiresAt) - Date.parse(createdAt)) / 1000);
