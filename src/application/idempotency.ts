import { IdempotencyConflict } from '../domain/errors.js';
import type { Timestamp } from '../domain/timestamp.js';
import type { IdempotencyClaim, Replayed } from './ports/driven/idempotency.js';

/** JSON with the keys of objects in order, so that equal values are equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** How long a key is remembered, in seconds: a day, far longer than any client retries. */
export const IDEMPOTENCY_RETENTION = 24 * 60 * 60;

export const claim = (
  key: string | null,
  operation: string,
  request: Readonly<Record<string, unknown>>,
  claimedAt: Timestamp,
): IdempotencyClaim | null => (key === null ? null : { key, request: canonicalJson([operation, request]), claimedAt });

/** The first answer again, if the claim was for the same request. */
export function replay<Answer>({ request, answer }: Replayed<Answer>, claimed: IdempotencyClaim | null): Answer {
  if (request !== claimed?.request) throw new IdempotencyConflict();
  return answer;
}
