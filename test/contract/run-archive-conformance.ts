import { it } from 'vitest';
import type { CopyableConnector } from '../../src/index.js';
import { archiveConformance, sharedArchiveConformance } from '../../src/testing/index.js';

export interface ArchiveSubject {
  /** Returns a new, empty store. */
  empty(): CopyableConnector;
  /** Whether several processes can open it at once. */
  readonly shared: boolean;
}

/** Runs every case of the archive, each against a new store. */
export function runArchiveConformance({ empty, shared }: ArchiveSubject): void {
  for (const { name, run } of archiveConformance) it(name, () => run(empty()));
  if (shared) for (const { name, run } of sharedArchiveConformance) it(name, () => run(empty()));
}
