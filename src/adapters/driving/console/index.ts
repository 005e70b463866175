import type { RequestHandler } from 'express';
import type { ConsoleFile } from './console-files.js';

export { loadConsole } from './console-files.js';

/** Serves the files of the console. Calls `next` for other paths and methods. */
export const serveConsole =
  (files: ReadonlyMap<string, ConsoleFile>): RequestHandler =>
  ({ method, path, headers: { 'if-none-match': known } }, response, next) => {
    const file = method === 'GET' || method === 'HEAD' ? files.get(path) : undefined;
    if (!file) return next();
    const { bytes, etag, type, headers } = file;
    const common = [...headers, 'ETag', etag];
    if (known?.includes(etag)) return void response.writeHead(304, common).end();
    response.writeHead(200, [...common, 'Content-Type', type, 'Content-Length', String(bytes.length)]).end(bytes);
  };
