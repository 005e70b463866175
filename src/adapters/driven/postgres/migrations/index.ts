import { core } from './0001-core.js';

export interface Migration {
  readonly name: string;
  sql(schema: string): string;
}

/** In the order they are applied. A migration that was released is never changed; a new one is added behind it. */
export const MIGRATIONS: readonly Migration[] = [core];
