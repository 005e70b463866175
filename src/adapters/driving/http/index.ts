// First, because modules are evaluated in this order.
import './needs.js';

export type { CallerView } from '../web/http-core.js';
export type { Logger } from '../web/logger.js';
export type { OpenApiOptions } from '../web/openapi.js';
export { openApiDocument } from '../web/openapi.js';
export type { WebOptions } from '../web/options.js';
export type { CookieOptions } from '../web/session-cookie.js';
export type { AnyRequest, ReadSession, SessionCookie } from '../web/sessions-of-requests.js';
export { readSession, sessionCookies } from '../web/sessions-of-requests.js';
export type { Guard, HttpHandler, HttpTarget } from './http-handler.js';
export { httpHandler, requireSession } from './http-handler.js';
