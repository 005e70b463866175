import type { CustomTypesConfig } from 'pg';
import pg from 'pg';
import { timestamp } from '../../../domain/timestamp.js';

const INT8 = 20;
const TIMESTAMPTZ = 1184;

/** `2026-01-31 12:00:00.12+00`, as PostgreSQL writes it where the session's time zone is UTC. */
const UTC = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?\+00$/;

/** Stays text: making a Date only to print it again is most of the cost of reading a page. */
export function parseTimestamptz(text: string): string {
  const parts = UTC.exec(text);
  return parts ? `${parts[1]}T${parts[2]}.${(parts[3] ?? '').padEnd(3, '0')}Z` : timestamp(Date.parse(text));
}

/**
 * For single queries, so that the caller's pool and its settings stay as they are. Log numbers fit a double.
 *
 * It is an empty array besides: `pg` hands a query's `types` on to the protocol as its list of parameter types too,
 * which has to be empty so that PostgreSQL infers them.
 */
export const types: CustomTypesConfig = Object.assign([], {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === TIMESTAMPTZ) return parseTimestamptz;
    if (oid === INT8) return Number;
    return format === 'binary' ? pg.types.getTypeParser(oid, format) : pg.types.getTypeParser(oid);
  }) as CustomTypesConfig['getTypeParser'],
});
