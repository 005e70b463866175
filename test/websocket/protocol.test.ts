import { describe, expect, it } from 'vitest';
import { isPassing, reasonOf } from '../../src/adapters/client/closings.js';
import { statusOf } from '../../src/adapters/driving/operations/index.js';
import { CloseCode } from '../../src/adapters/driving/websocket/close-code.js';
import { codeOf } from '../../src/adapters/driving/websocket/json-rpc.js';
import * as limits from '../../src/adapters/driving/websocket/limits.js';
import type { ErrorCode } from '../../src/domain/errors.js';
import { marked, rowsOf } from './protocol-page.js';
import { COMMON_ERRORS, methodsTable, notificationsTable, shapesTable } from './protocol-tables.js';

/** Every code there is: one that is added and not written here does not compile. */
const CODES = {
  malformed_request: 0,
  validation_failed: 0,
  unauthenticated: 0,
  invalid_credentials: 0,
  origin_forbidden: 0,
  card_not_found: 0,
  recipient_not_found: 0,
  session_not_found: 0,
  route_not_found: 0,
  method_not_allowed: 0,
  email_taken: 0,
  username_taken: 0,
  card_not_owned: 0,
  idempotency_conflict: 0,
  payload_too_large: 0,
  unsupported_media_type: 0,
  self_trade: 0,
  rate_limited: 0,
  internal: 0,
  storage_unavailable: 0,
  overloaded: 0,
} satisfies Record<ErrorCode, 0>;

const closeCodes = Object.values(CloseCode).filter(code => typeof code === 'number');
const sorted = (values: readonly (string | number)[]): string[] => values.map(String).sort();

describe('PROTOCOL.md', () => {
  it('has every method, with its parameters, result and errors, and every shape and notification', () => {
    expect(marked('table: methods')).toBe(methodsTable());
    expect(marked('table: shapes')).toBe(shapesTable());
    expect(marked('table: notifications')).toBe(notificationsTable());
    expect(COMMON_ERRORS.length).toBe(5);
  });

  it('has every error code, with its number', () => {
    const rows = rowsOf('Errors').map(([code, number]) => [code, Number(number)]);
    const expected = (Object.keys(CODES) as ErrorCode[]).map(code => [code, codeOf(code)]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(expected));
    expect(rows).toHaveLength(expected.length);
  });

  it('has refusals of the handshake with their statuses', () => {
    const rows = rowsOf('Handshake').map(([status, code]) => [Number(status), code as ErrorCode] as const);
    expect(rows.length).toBeGreaterThan(6);
    for (const [status, code] of rows) expect(status, code).toBe(statusOf(code));
  });

  it('has every close code, and says of each whether to try again as our own client does', () => {
    const rows = rowsOf('Close codes');
    expect(sorted(rows.map(([code]) => code ?? ''))).toEqual(sorted(closeCodes));
    for (const [code, , again, besides] of rows) {
      const reason = reasonOf(Number(code));
      expect([code, again]).toEqual([code, isPassing(reason) ? 'backoff' : 'end']);
      expect([code, Number(/wait (\d+) s more/.exec(besides ?? '')?.[1] ?? 0)]).toEqual([code, reason.retryAfter ?? 0]);
    }
  });

  it('has every limit', () => {
    const { DEFAULT_LIMITS } = limits;
    const values = [
      limits.MAX_HEADERS,
      limits.MAX_PAYLOAD,
      16, // `maxFragments`
      DEFAULT_LIMITS.messagesPerMinute,
      limits.MAX_REFUSALS,
      DEFAULT_LIMITS.badMessages,
      limits.MAX_QUEUED,
      DEFAULT_LIMITS.socketsPerUser,
      DEFAULT_LIMITS.sockets,
      DEFAULT_LIMITS.sessionPatience / 1000,
      DEFAULT_LIMITS.pingInterval / 1000,
      (DEFAULT_LIMITS.pingInterval * 5) / 6 / 1000,
      limits.MAX_BUFFERED,
      limits.HIGH_WATER,
      limits.DRAIN_PATIENCE / 1000,
      limits.CLOSE_TIMEOUT / 1000,
      limits.LAST_ANSWER,
    ];
    const rows = rowsOf('Limits');
    expect(rows.map(([, value]) => Number(value?.replaceAll(',', '')))).toEqual(values);
    expect(limits.BAD_MESSAGES_PERIOD).toBe(10_000);
    // One that is new belongs on the page.
    expect(Object.keys(limits)).toHaveLength(11);
    expect(Object.keys(DEFAULT_LIMITS)).toHaveLength(6);
  });
});
