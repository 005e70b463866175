export { decodeJson, decodeUtf8 } from './decode-json.js';
export type { OperationResult } from './dispatch.js';
export { ANONYMOUS, dispatch } from './dispatch.js';
export type { Operation, RequestContext, Route } from './operation.js';
export type { Problem } from './problem.js';
export { problemOf, retryAfterOf, statusOf } from './problem.js';
export type { OperationName, Operations } from './table.js';
export { operations } from './table.js';
