import { MongoClient } from 'mongodb';

export interface ClientOptions {
  /** Connections at most, to each server, for questions; a change stream has one besides. */
  readonly size?: number;
  /** Milliseconds to wait for an answer; more where an index is built. */
  readonly answerWithin?: number;
}

/**
 * A client in which nothing waits for ever: for a server, for a connection, for a place in the pool, for an answer. All
 * in milliseconds. (The driver's `timeoutMS`, one limit for all of these, has no effect in version 7.9.)
 */
export const createClient = (url: string, { size = 10, answerWithin = 3000 }: ClientOptions = {}): MongoClient =>
  new MongoClient(url, {
    maxPoolSize: size + 1,
    serverSelectionTimeoutMS: 1000,
    // A server that comes back is noticed within this; the driver's 10 s would be added to every outage.
    heartbeatFrequencyMS: 1000,
    connectTimeoutMS: 1000,
    waitQueueTimeoutMS: 1000,
    socketTimeoutMS: answerWithin,
    retryReads: true,
    retryWrites: true,
    appName: 'tradepost',
  });
