import type Pg from 'pg';
import { loadPeer } from './peers.js';

export const pg = loadPeer<typeof Pg>('pg');

export declare namespace pg {
  export type Client = Pg.Client;
  export type ClientBase = Pg.ClientBase;
  export type ClientConfig = Pg.ClientConfig;
  export type Pool = Pg.Pool;
}
