export type { Logger } from '../web/logger.js';
export type { HttpOptions, HttpTarget } from './http-handler.js';
export { httpHandler } from './http-handler.js';
