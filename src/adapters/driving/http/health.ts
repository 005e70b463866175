import type { Router } from 'express';
import express from 'express';
import type { StorageHealth } from '../../../application/ports/driven/storage.js';
import { securityHeaders, sendJson } from '../web/responses.js';

export interface HealthSource {
  check(): Promise<StorageHealth>;
  /** Whether the process is on its way out and should get no new requests. */
  isDraining(): boolean;
}

/** `/live`: the process answers, the database is not asked. `/ready`: it can serve; 503 where it cannot. */
export function healthHandler({ check, isDraining }: HealthSource): Router {
  const router = express.Router();
  router.use(securityHeaders);
  router.get('/live', (_request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    sendJson(response, 200, { status: 'ok' });
  });
  router.get('/ready', async (_request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    if (isDraining()) return sendJson(response, 503, { status: 'draining' });
    const { ok, detail } = await check();
    sendJson(response, ok ? 200 : 503, { status: ok ? 'ok' : 'unavailable', storage: detail });
  });
  return router;
}
