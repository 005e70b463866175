import { describe, expect, it } from 'vitest';
import {
  leavesConnectionUsable,
  translateError,
  translateWriteError,
} from '../../../src/adapters/driven/postgres/failures.js';
import { StorageUnavailable } from '../../../src/index.js';

const fromServer = (code: string, severity = 'ERROR') => Object.assign(new Error('of the server'), { code, severity });

describe('errors of PostgreSQL', () => {
  it.each([
    ['08006', 'connection_failure'],
    ['53100', 'disk_full'],
    ['53200', 'out_of_memory'],
    ['53300', 'too_many_connections'],
    ['57P01', 'admin_shutdown'],
    ['57P03', 'cannot_connect_now'],
    ['58030', 'io_error'],
    ['25006', 'read_only_sql_transaction'],
  ])('%s (%s): the storage is unavailable, and the connection is of no use', code => {
    expect(translateError(fromServer(code))).toBeInstanceOf(StorageUnavailable);
    expect(leavesConnectionUsable(fromServer(code))).toBe(false);
  });

  it.each([
    ['54000', 'program_limit_exceeded'],
    ['55006', 'object_in_use'],
    ['55P03', 'lock_not_available'],
    ['57014', 'query_canceled'],
    ['40001', 'serialization_failure'],
    ['40P01', 'deadlock_detected'],
  ])('%s (%s): the storage is unavailable, and the connection is kept', code => {
    expect(translateError(fromServer(code))).toBeInstanceOf(StorageUnavailable);
    expect(leavesConnectionUsable(fromServer(code))).toBe(true);
    expect(leavesConnectionUsable(fromServer(code, 'FATAL'))).toBe(false);
  });

  it.each(['23505', '22P02', '42P01', '54001', '42501'])('%s is of the statement', code => {
    const error = fromServer(code);
    expect(translateError(error)).toBe(error);
    expect(leavesConnectionUsable(error)).toBe(true);
  });

  it('the outcome of a write without an answer is unknown; the server answers whether it was rolled back', () => {
    expect(translateWriteError(new Error('Query read timeout'))).toMatchObject({ isOutcomeUnknown: true });
    expect(translateWriteError(new Error('Connection terminated unexpectedly'))).toMatchObject({
      isOutcomeUnknown: true,
    });
    expect(translateError(translateWriteError(fromServer('57014')))).toMatchObject({ isOutcomeUnknown: false });
  });
});
