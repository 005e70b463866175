import type { RequestHandler } from 'express';
import type { StorageHealth } from '../../../application/ports/driven/storage.js';
import { jsonAnswer, SECURITY_HEADERS } from '../web/answer.js';
import type { Logger } from '../web/logger.js';
import { sendAnswer } from './send-answer.js';

export interface HealthSource {
  check(): Promise<StorageHealth>;
  /** Whether the process is about to end and should get no new requests. */
  isDraining(): boolean;
  readonly logger: Logger;
}

const HEADERS = [...SECURITY_HEADERS, 'Cache-Control', 'no-store'];

/** The process answers; the database is not asked. */
export const liveness: RequestHandler = (request, response) =>
  sendAnswer(request, response, jsonAnswer(200, HEADERS, { status: 'ok' }));

/**
 * Whether the server can serve: 200 or 503. Why it cannot is for the log alone, since the reason names hosts and roles
 * and anybody may ask.
 */
export function readiness({ check, isDraining, logger }: HealthSource): RequestHandler {
  const find = async (): Promise<'ok' | 'draining' | 'unavailable'> => {
    if (isDraining()) return 'draining';
    const { ok, detail } = await check();
    if (!ok) logger.warn({ detail }, 'the storage is not ready');
    return ok ? 'ok' : 'unavailable';
  };
  return async (request, response) => {
    const status = await find();
    sendAnswer(request, response, jsonAnswer(status === 'ok' ? 200 : 503, HEADERS, { status }));
  };
}
