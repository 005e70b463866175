import { core } from './0001-core.js';
import type { Migration } from './migration.js';

/** In the order they are applied. A migration that was released is never changed; a new one is added behind it. */
export const MIGRATIONS: readonly Migration[] = [core];
