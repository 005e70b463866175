import { it } from 'vitest';
import type { CopyableConnector } from '../../src/index.js';
import { archiveConformance, sharedArchiveConformance } from '../../src/testing/index.js';

export interface ArchiveSubject {
  /** Another empty store each time. */
  empty(): CopyableConnector;
  /** Whether several can have it open at once. */
  readonly shared: boolean;
}

/** Every case of the archive, each against a store of its own. */
export function runArchiveConformance({ empty, shared }: ArchiveSubject): void {
  for (const { name, run } of archiveConformance) it(name, () => run(empty()));
  if (shared) for (const { name, run } of sharedArchiveConformance) it(name, () => run(empty()));
}
