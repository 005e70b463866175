export type { HttpOptions, HttpTarget } from './http-handler.js';
export { httpHandler } from './http-handler.js';
export type { Logger } from './logger.js';
