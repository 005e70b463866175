import {
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoError,
  MongoExpiredSessionError,
  MongoInvalidArgumentError,
  MongoNetworkError,
  MongoNetworkTimeoutError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerClosedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoStalePrimaryError,
  MongoTopologyClosedError,
  MongoTransactionError,
  MongoUnexpectedServerResponseError,
  MongoWriteConcernError,
} from 'mongodb';
import { describe, expect, it } from 'vitest';
import { isUnanswered, translateError } from '../../../src/adapters/driven/mongo/failures.js';
import { DeadlinePassed } from '../../../src/adapters/driven/mongo/waiting.js';
import { StorageUnavailable } from '../../../src/index.js';

/** The driver does not export these classes. */
const named = (name: string): MongoError => Object.defineProperty(new MongoError(name), 'name', { value: name });
const labelled = (error: MongoError, label: string): MongoError => {
  error.addErrorLabel(label);
  return error;
};
const ofNode = (code: string, syscall?: string): Error =>
  Object.assign(new Error(code), { code, ...(syscall && { syscall }) });
const bulk = (thrown: ConstructorParameters<typeof MongoBulkWriteError>[0]): MongoBulkWriteError =>
  new MongoBulkWriteError(thrown, {} as ConstructorParameters<typeof MongoBulkWriteError>[1]);
const server = (code: number): MongoServerError => new MongoServerError({ message: 'scripted', code });

/** Everything the driver throws where a connection breaks, cannot be made or stays silent. */
const UNANSWERED: readonly (readonly [string, unknown])[] = [
  ['MongoNetworkError', new MongoNetworkError('connection 7 to 127.0.0.1:27017 closed')],
  ['MongoNetworkTimeoutError', new MongoNetworkTimeoutError('timed out')],
  ['MongoPoolClearedError', Object.defineProperty(new MongoNetworkError('cleared'), 'name', { value: 'x' })],
  ['MongoPoolClosedError', named('MongoPoolClosedError')],
  ['MongoWaitQueueTimeoutError', named('MongoWaitQueueTimeoutError')],
  ['MongoServerSelectionError', new MongoServerSelectionError('no server', {} as never)],
  ['MongoNotConnectedError', new MongoNotConnectedError('closed')],
  ['MongoTopologyClosedError', new MongoTopologyClosedError()],
  ['MongoServerClosedError', new MongoServerClosedError()],
  ['MongoClientClosedError', new MongoClientClosedError()],
  ['MongoStalePrimaryError', new MongoStalePrimaryError('stale')],
  ['MongoExpiredSessionError', new MongoExpiredSessionError()],
  ['MongoOperationTimeoutError', new MongoOperationTimeoutError('timed out')],
  ['MongoUnexpectedServerResponseError', new MongoUnexpectedServerResponseError('no response')],
  ['MongoBulkWriteError around a network error', bulk(new MongoNetworkError('connection 7 to 127.0.0.1:27017 closed'))],
  ['MongoBulkWriteError around server selection', bulk(new MongoServerSelectionError('no server', {} as never))],
  ['MongoBulkWriteError around an expired session', bulk(new MongoExpiredSessionError())],
  ['ECONNRESET of a socket that waits to drain', ofNode('ECONNRESET', 'read')],
  ['EPIPE', ofNode('EPIPE', 'write')],
  ['ERR_STREAM_WRITE_AFTER_END', ofNode('ERR_STREAM_WRITE_AFTER_END')],
  ['ERR_STREAM_DESTROYED', ofNode('ERR_STREAM_DESTROYED')],
  ['ENOTFOUND of a name look-up', ofNode('ENOTFOUND', 'querySrv')],
  ['DeadlinePassed', new DeadlinePassed(3000)],
];

/** Answers of a server that cannot work at the moment. */
const TROUBLE: readonly (readonly [string, unknown])[] = [
  ['NotWritablePrimary', server(10_107)],
  ['InterruptedAtShutdown', server(11_600)],
  ['NoSuchTransaction', server(251)],
  ['a transient error of a transaction', labelled(server(1), 'TransientTransactionError')],
  [
    'MongoWriteConcernError',
    new MongoWriteConcernError({ writeConcernError: { code: 64, errmsg: 'waiting' } } as never),
  ],
  ['MongoBulkWriteError with a code', bulk({ message: 'shutting down', code: 91 })],
];

const OTHERS: readonly (readonly [string, unknown])[] = [
  ['a duplicate key', server(11_000)],
  ['a refused document', server(121)],
  ['MongoBulkWriteError of a duplicate key', bulk({ message: 'duplicate', code: 11_000 })],
  ['MongoBulkWriteError around a mistake', bulk(new MongoInvalidArgumentError('no operations'))],
  ['MongoTransactionError', new MongoTransactionError('twice')],
  ['TypeError', new TypeError('a filter must be made with `where`')],
];

describe('errors of the driver', () => {
  it.each(UNANSWERED)('%s: unavailable, and no server has answered', (_name, error) => {
    expect(translateError(error)).toBeInstanceOf(StorageUnavailable);
    expect(translateError(error)).toMatchObject({ cause: error });
    expect(isUnanswered(error)).toBe(true);
  });

  it.each(TROUBLE)('%s: unavailable, by the answer of a server', (_name, error) => {
    expect(translateError(error)).toBeInstanceOf(StorageUnavailable);
    expect(isUnanswered(error)).toBe(false);
  });

  it.each(OTHERS)('%s: unchanged', (_name, error) => {
    expect(translateError(error)).toBe(error);
    expect(isUnanswered(error)).toBe(false);
  });
});
