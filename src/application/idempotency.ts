import { IdempotencyConflict } from '../domain/errors.js';
import type { Timestamp } from '../domain/timestamp.js';
import type { IdempotencyClaim, Replayed } from './ports/driven/idempotency.js';

/** JSON with sorted object keys, so that equal values become equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** How long a key is remembered, in seconds: one day, far longer than any client retries. */
export const IDEMPOTENCY_RETENTION = 24 * 60 * 60;

/** Builds the claim that a store keeps with the write; null if the caller gave no key. */
export const claim = (
  key: string | null,
  operation: string,
  request: Readonly<Record<string, unknown>>,
  claimedAt: Timestamp,
): IdempotencyClaim | null => (key === null ? null : { key, request: canonicalJson([operation, request]), claimedAt });

/** Returns the first answer again. Throws `IdempotencyConflict` if the key was used with another request. */
export function replay<Answer>({ request, answer }: Replayed<Answer>, claimed: IdempotencyClaim | null): Answer {
  if (request !== claimed?.request) throw new IdempotencyConflict();
  return answer;
}
