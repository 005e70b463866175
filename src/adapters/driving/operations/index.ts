// First, because modules are evaluated in this order.
import './needs.js';

export type { IpAddress } from '../../../domain/ip-address.js';
export { parseIpAddress } from '../../../domain/ip-address.js';
export { decodeJson, decodeUtf8 } from './decode-json.js';
export type { KnownError, Problem, ProblemCode } from './error-table.js';
export { errorTable, knownError, problemOf, retryAfterOf } from './error-table.js';
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
export type {
  AddCardArguments,
  ListTradesArguments,
  LoginArguments,
  Method,
  Methods,
  OperationInput,
  OperationResult,
  PageArguments,
  RecipientArguments,
  RecordTradeArguments,
  RegisterUserArguments,
  RevokeAllSessionsArguments,
  RevokeSessionArguments,
} from './methods.js';
export type { Operation, RequestContext } from './operation.js';
export type { Performed } from './perform.js';
export { ANONYMOUS, dispatch, parseInput, perform } from './perform.js';
export * as results from './results.js';
export type {
  Access,
  OperationName,
  Route,
  SessionEffect,
  Surface,
  SurfaceRow,
} from './surface.js';
export { CALLER_OPERATION, surface } from './surface.js';
export type { Operations } from './table.js';
export { operations } from './table.js';
export type { TradeSubscriber } from './watch-trades.js';
export { startWatching, watchTrades } from './watch-trades.js';
