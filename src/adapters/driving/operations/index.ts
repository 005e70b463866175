export { decodeJson, decodeUtf8 } from './decode-json.js';
export type { ProblemCode } from './error-table.js';
export { errorTable } from './error-table.js';
export type { TransportErrorCode } from './errors.js';
export {
  HeadersTooLarge,
  MalformedRequest,
  MethodNotAllowed,
  MisdirectedRequest,
  OriginForbidden,
  PayloadTooLarge,
  RequestTimeout,
  RouteNotFound,
  UnsupportedMediaType,
} from './errors.js';
export type { Operation, RequestContext } from './operation.js';
export { parseInput } from './parse-input.js';
export type { OperationResult, Performed } from './perform.js';
export { ANONYMOUS, dispatch, perform } from './perform.js';
export type { KnownError, Problem } from './problem.js';
export { knownError, problemOf, retryAfterOf } from './problem.js';
export * as results from './results.js';
export type { Access, OperationName, Route, SessionEffect, Surface, SurfaceRow } from './surface.js';
export { CALLER_OPERATION, surface } from './surface.js';
export type { Operations } from './table.js';
export { operations } from './table.js';
export type { TradeSubscriber } from './watch-trades.js';
export { startWatching, watchTrades } from './watch-trades.js';
