import type * as Pino from 'pino';
import { loadPeer } from './peers.js';

export const { pino } = loadPeer<typeof Pino>('pino');
