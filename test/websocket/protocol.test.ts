import { describe, expect, it } from 'vitest';
import { isPassing, reasonOf } from '../../src/adapters/client/errors.js';
import { errorTable, type ProblemCode } from '../../src/adapters/driving/operations/index.js';
import * as limits from '../../src/adapters/driving/websocket/limits.js';
import { CloseCode } from '../../src/adapters/driving/websocket/protocol.js';
import { marked, rowsOf } from '../support/pages/protocol-page.js';
import { COMMON_ERRORS, methodsTable, notificationsTable, shapesTable } from '../support/pages/protocol-tables.js';

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
    const expected = Object.entries(errorTable).map(([code, { rpcCode }]) => [code, rpcCode]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(expected));
    expect(rows).toHaveLength(expected.length);
    expect(rows.length).toBeGreaterThan(20);
  });

  it('has refusals of the handshake with their statuses', () => {
    const rows = rowsOf('Handshake').map(([status, code]) => [Number(status), code as ProblemCode] as const);
    expect(rows.length).toBeGreaterThan(6);
    for (const [status, code] of rows) expect(status, code).toBe(errorTable[code].status);
  });

  it('has every close code, and whether to try again after it, as the client does', () => {
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
      DEFAULT_LIMITS.anonymousSockets,
      DEFAULT_LIMITS.anonymousSocketsPerAddress,
      DEFAULT_LIMITS.sessionPatience / 1000,
      DEFAULT_LIMITS.pingInterval / 1000,
      (DEFAULT_LIMITS.pingInterval * 5) / 6 / 1000,
      limits.MAX_BUFFERED,
      limits.HIGH_WATER,
      limits.DRAIN_PATIENCE / 1000,
      limits.ANONYMOUS_CLOSE_TIMEOUT,
      limits.CLOSE_TIMEOUT / 1000,
      limits.LAST_ANSWER,
    ];
    const rows = rowsOf('Limits');
    expect(rows.map(([, value]) => Number(value?.replaceAll(',', '')))).toEqual(values);
    expect(limits.BAD_MESSAGES_PERIOD).toBe(10_000);
    // A new limit belongs on the page.
    expect(Object.keys(limits)).toHaveLength(13);
    expect(Object.keys(DEFAULT_LIMITS)).toHaveLength(8);
  });
});
