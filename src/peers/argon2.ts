import type * as Argon2 from 'argon2';
import { loadPeer } from './peers.js';

export const { argon2id, hash, verify } = loadPeer<typeof Argon2>('argon2');
