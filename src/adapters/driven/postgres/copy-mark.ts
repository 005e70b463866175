import { randomUUID } from 'node:crypto';

// A store that is being copied into has a mark among the names of its migrations, which everybody reads before using the
// store: seeing it costs no query of its own. Each copy has a mark of its own, so that one that was overtaken by another
// does not take the other's for its own.
export const COPY_MARK_PREFIX = 'unfinished-copy-';

export const newCopyMark = (): string => COPY_MARK_PREFIX + randomUUID();

export const isCopyMark = (name: string): boolean => name.startsWith(COPY_MARK_PREFIX);
