import type * as Databases from '@electric-sql/pglite';
import type * as Pools from '@electric-sql/pglite/node-postgres';
import type * as Files from '@electric-sql/pglite/nodefs';
import { loadPeer } from './peers.js';

export const { PGlite } = loadPeer<typeof Databases>('@electric-sql/pglite');
export type PGlite = Databases.PGlite;
export const { createPgConfig } = loadPeer<typeof Pools>('@electric-sql/pglite/node-postgres');
export const { NodeFS } = loadPeer<typeof Files>('@electric-sql/pglite/nodefs');
export type NodeFS = Files.NodeFS;
