import type { Request, Response } from 'express';
import type { OriginPolicy } from '../web/origin.js';

/** Lets pages of allowed origins read answers; says nothing at all to others (Fetch Standard, 3.3). */
export function addCorsHeaders(request: Request, response: Response, origins: OriginPolicy): void {
  response.vary('Origin');
  const { origin } = request.headers;
  if (origin === undefined || !origins.isAllowed(origin)) return;
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Allow-Credentials', 'true');
  response.setHeader('Access-Control-Expose-Headers', 'Retry-After, X-Request-Id');
}

/** The answer to `OPTIONS`, which is also the preflight of a request from an allowed origin. */
export function sendOptions(response: Response, allow: string): void {
  response.setHeader('Allow', allow);
  if (response.hasHeader('Access-Control-Allow-Origin')) {
    response.setHeader('Access-Control-Allow-Methods', allow);
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, Content-Type, Idempotency-Key');
    response.setHeader('Access-Control-Max-Age', '600');
  }
  response.statusCode = 204;
  response.end();
}
