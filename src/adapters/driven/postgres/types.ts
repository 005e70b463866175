import type { CustomTypesConfig } from 'pg';
import { timestamp } from '../../../domain/timestamp.js';
import { pg } from '../../../peers/pg.js';

const INT8 = 20;
const TIMESTAMPTZ = 1184;

/** `2026-01-31 12:00:00.12+00`, as PostgreSQL writes it where the session's time zone is UTC. */
const UTC = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,3}))?\+00$/;

/** Timestamps stay text: a Date that is only printed again would be most of the cost of reading a page. */
export function parseTimestamptz(text: string): string {
  const parts = UTC.exec(text);
  return parts ? `${parts[1]}T${parts[2]}.${(parts[3] ?? '').padEnd(3, '0')}Z` : timestamp(Date.parse(text));
}

/**
 * Parsers for single queries, so that the settings of an application's pool stay unchanged. Log numbers fit a double.
 *
 * It is also an empty array, because `pg` sends a query's `types` as its list of parameter types too, which has to be
 * empty so that PostgreSQL infers them.
 */
export const types: CustomTypesConfig = Object.assign([], {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === TIMESTAMPTZ) return parseTimestamptz;
    if (oid === INT8) return Number;
    return format === 'binary' ? pg.types.getTypeParser(oid, format) : pg.types.getTypeParser(oid);
  }) as CustomTypesConfig['getTypeParser'],
});
