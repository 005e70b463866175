import type { IncomingHttpHeaders } from 'node:http';
import type { CallEnd, ObservedCall, Observer } from '../../../application/ports/driven/observer.js';
import type { LoginResult } from '../../../application/ports/driving/accounts.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import { TradepostError } from '../../../domain/errors.js';
import { parseIpAddress } from '../../../domain/ip-address.js';
import type { OperationResult, RequestContext } from '../operations/index.js';
import { CALLER_OPERATION, knownError, MethodNotAllowed, perform, RouteNotFound } from '../operations/index.js';
import type { ObserveCall } from '../operations/observing.js';
import { callObserver } from '../operations/observing.js';
import type { HttpAnswer } from './answer.js';
import { BASE_HEADERS, emptyAnswer, jsonAnswer, problemAnswer } from './answer.js';
import type { HttpRequest } from './http-request.js';
import { reportFailure } from './logger.js';
import type { Web } from './options.js';
import { credentialsOf } from './request-checks.js';
import { requestIdOf } from './request-id.js';
import type { FindRoute, Route } from './routes.js';
import { createRoutes } from './routes.js';
import type { WebRequest } from './web-request.js';

/** The caller as the operation `authenticate` returns it. */
export type CallerView = OperationResult<typeof CALLER_OPERATION>;

export type GuardVerdict = { readonly caller: CallerView } | { readonly refusal: HttpAnswer };

/** Every operation of the table over HTTP, for any server: takes requests and returns answers. */
export class HttpCore {
  private readonly find: FindRoute;
  /** Null where no calls are observed. */
  private readonly observe: ObserveCall | null;

  constructor(
    private readonly useCases: UseCases,
    private readonly web: Web,
    observer?: Observer,
  ) {
    this.find = createRoutes(name => web.offers(name));
    this.observe = callObserver(observer);
  }

  /** Returns null if no operation has this path. The promise never rejects. */
  handle(request: HttpRequest): Promise<HttpAnswer> | null {
    const { path, query, host } = splitTarget(request.target);
    const route = this.find(path);
    if (!route) return null;
    const work = (answering: Answering): Promise<HttpAnswer> => this.operate(answering, route, path, query);
    if (!this.observe) return this.answer(request, host, work, route.path);
    const operation = route.endpoints.get(request.method)?.name ?? null;
    const run = (): Promise<HttpAnswer> => this.answer(request, host, work, route.path);
    return this.observe(callOf(request, operation, route.path), run, endOf);
  }

  notFound(request: HttpRequest): Promise<HttpAnswer> {
    const { host } = splitTarget(request.target);
    const run = (): Promise<HttpAnswer> =>
      this.answer(request, host, async () => {
        throw new RouteNotFound();
      });
    return this.observe ? this.observe(callOf(request, null), run, endOf) : run();
  }

  /** Returns the answer to a request that cannot be handled because it breaks the rules of HTTP. Ends the connection. */
  refuse(request: HttpRequest, error: TradepostError): HttpAnswer {
    const requestId = requestIdOf(request.headers);
    const headers = [...BASE_HEADERS, 'X-Request-Id', requestId];
    reportFailure(this.web.logger, error, { requestId, method: request.method });
    const answer = { ...problemAnswer(error, requestId, headers), requestId, close: true };
    void this.observe?.(callOf(request, null), async () => answer, endOf);
    return answer;
  }

  /** Checks a request for a route of the application's own: origin and session, by the same rules as for operations. */
  async guard(request: HttpRequest): Promise<GuardVerdict> {
    const { host } = splitTarget(request.target);
    let caller: CallerView | undefined;
    const run = (): Promise<HttpAnswer> =>
      this.answer(request, host, async ({ web, headers }) => {
        caller = await this.authenticate(web);
        return emptyAnswer(headers);
      });
    const refusal = await (this.observe ? this.observe(callOf(request, CALLER_OPERATION), run, endOf) : run());
    return caller ? { caller } : { refusal };
  }

  /** Returns null if there is no live session, or if the origin of the request must not use it. */
  async readSession(request: HttpRequest): Promise<CallerView | null> {
    try {
      const web = this.webRequestOf(request, splitTarget(request.target).host);
      this.web.hosts.check(web.host);
      return await this.authenticate(web);
    } catch (error) {
      if (error instanceof TradepostError && NO_SESSION.has(error.code)) return null;
      throw error;
    }
  }

  private async authenticate(web: WebRequest): Promise<CallerView> {
    const { token, carriesCookie } = credentialsOf(web, this.web.cookies);
    this.web.origins.check(web, carriesCookie);
    const { result } = await perform(this.useCases, CALLER_OPERATION, {}, contextOf(web, token));
    return result;
  }

  private async operate({ request, web, headers }: Answering, route: Route, path: string, query: string) {
    const endpoint = route.endpoints.get(request.method);
    if (!endpoint) {
      if (request.method !== 'OPTIONS') throw new MethodNotAllowed(request.method, route.allow);
      return optionsAnswer(headers, route.allow);
    }
    const { token, carriesCookie } = credentialsOf(web, this.web.cookies);
    this.web.origins.check(web, carriesCookie);
    const input = await endpoint.readInput(request, query, route.paramsOf(path));
    const performed = await perform(this.useCases, endpoint.name, input, contextOf(web, token));
    const { status } = endpoint.operation.route;
    if (performed.session === 'ended') headers.push('Set-Cookie', this.web.cookies.clear(web));
    if (performed.session === 'opened' && !requestsToken(input)) {
      const { token: opened, ...login } = performed.result;
      headers.push('Set-Cookie', this.web.cookies.set(web, opened, secondsLeft(login.session)));
      return jsonAnswer(status, headers, login);
    }
    return status === 204 ? emptyAnswer(headers) : jsonAnswer(status, headers, performed.result);
  }

  /** Adds what every answer has: a request id, security headers and CORS. Checks the host. Turns errors into answers. */
  private async answer(
    request: HttpRequest,
    host: string | null,
    work: (answering: Answering) => Promise<HttpAnswer>,
    route?: string,
  ): Promise<HttpAnswer> {
    const requestId = requestIdOf(request.headers);
    const headers = [...BASE_HEADERS, 'X-Request-Id', requestId];
    try {
      this.addCors(request, headers);
      const web = this.webRequestOf(request, host);
      this.web.hosts.check(web.host);
      return { ...(await work({ request, web, headers })), requestId, ...(route !== undefined && { route }) };
    } catch (thrown) {
      const error = knownError(thrown);
      reportFailure(this.web.logger, error, { requestId, method: request.method, path: route });
      return { ...problemAnswer(error, requestId, headers), requestId, ...(route !== undefined && { route }) };
    }
  }

  /** Lets pages of allowed origins read the answer (Fetch Standard, 3.3). Adds nothing for other origins. */
  private addCors({ headers: { origin } }: HttpRequest, headers: string[]): void {
    if (origin === undefined || !this.web.origins.isAllowed(origin)) return;
    headers.push('Access-Control-Allow-Origin', origin, 'Access-Control-Allow-Credentials', 'true');
    headers.push('Access-Control-Expose-Headers', 'Retry-After, X-Request-Id');
  }

  private webRequestOf(request: HttpRequest, host: string | null): WebRequest {
    const web = this.web.see(request);
    return host === null ? web : { ...web, host, isLocalHttp: false };
  }
}

interface Answering {
  readonly request: HttpRequest;
  readonly web: WebRequest;
  /** The headers of the answer so far. */
  readonly headers: string[];
}

/** Whether the login puts the token into the answer. Otherwise it becomes a cookie. */
const requestsToken = (input: unknown): boolean => (input as { delivery?: string }).delivery === 'token';

/** Returns the lifetime of a session that was just opened, in seconds. */
export const secondsLeft = ({ createdAt, expiresAt }: LoginResult['session']): number =>
  Math.floor((Date.parse(expiresAt) - Date.parse(createdAt)) / 1000);

const NO_SESSION: ReadonlySet<string> = new Set(['unauthenticated', 'origin_forbidden', 'misdirected_request']);

/** Returns the answer to `OPTIONS`, which is also the answer to a CORS preflight of an allowed origin. */
function optionsAnswer(headers: string[], allow: string): HttpAnswer {
  headers.push('Allow', allow);
  if (headers.includes('Access-Control-Allow-Origin')) {
    headers.push('Access-Control-Allow-Methods', allow);
    headers.push(
      'Access-Control-Allow-Headers',
      'Authorization, Content-Type, Idempotency-Key, X-Request-Id, Traceparent, Tracestate',
    );
    headers.push('Access-Control-Max-Age', '600');
  }
  return emptyAnswer(headers);
}

const callOf = (
  { method, headers }: HttpRequest,
  operation: ObservedCall['operation'],
  route?: string,
): ObservedCall => ({
  operation,
  transport: 'http',
  method,
  ...(route !== undefined && { route }),
  ...traceOf(headers),
});

/** Returns the headers of W3C Trace Context, as the part of an observed call that they are. */
export function traceOf({ traceparent, tracestate }: IncomingHttpHeaders): Pick<ObservedCall, 'trace'> {
  if (typeof traceparent !== 'string') return {};
  return { trace: { traceparent, tracestate: typeof tracestate === 'string' ? tracestate : undefined } };
}

const endOf = ({ status, code }: HttpAnswer): CallEnd => ({ code: code ?? 'ok', status });

const contextOf = ({ headers, address }: WebRequest, token: string | null): RequestContext => ({
  token,
  userAgent: headers['user-agent'] ?? null,
  address: parseIpAddress(address ?? ''),
  idempotencyKey: textOf(headers['idempotency-key']),
});

/** Node and `fetch` join a repeated header into one text; a list is joined here. */
const textOf = (header: string | string[] | undefined): string | null => (header === undefined ? null : String(header));

/**
 * Splits the target of a request. `host` is null unless the target is a whole URL, as clients send it to a proxy. Then it
 * takes precedence over the header (RFC 9112, 3.2.2).
 */
function splitTarget(target: string): { path: string; query: string; host: string | null } {
  if (target.charCodeAt(0) !== SLASH && URL.canParse(target)) {
    const { host, pathname, search } = new URL(target);
    return { path: pathname, query: search.slice(1), host };
  }
  const mark = target.indexOf('?');
  if (mark === -1) return { path: target, query: '', host: null };
  return { path: target.slice(0, mark), query: target.slice(mark + 1), host: null };
}

const SLASH = 0x2f;
