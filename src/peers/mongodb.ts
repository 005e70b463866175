import type * as Mongo from 'mongodb';
import { loadPeer } from './peers.js';

export const {
  Binary,
  MongoClient,
  MongoClientClosedError,
  MongoError,
  MongoErrorLabel,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerClosedError,
  MongoServerError,
  MongoStalePrimaryError,
  MongoSystemError,
  MongoTopologyClosedError,
  MongoUnexpectedServerResponseError,
  ObjectId,
  ReadConcern,
  UUID,
} = loadPeer<typeof Mongo>('mongodb');
export type Binary = Mongo.Binary;
export type MongoClient = Mongo.MongoClient;
export type MongoError = Mongo.MongoError;
export type ObjectId = Mongo.ObjectId;
export type UUID = Mongo.UUID;
