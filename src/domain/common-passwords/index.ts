import { COMMON_PASSWORDS } from './list.js';

// Split at the first question, not at import: most processes that import Tradepost never register anybody.
let known: ReadonlySet<string> | undefined;

/** Whether a password is on the bundled list, in any mixture of upper and lower case. */
export function isCommonPassword(password: string): boolean {
  known ??= new Set(COMMON_PASSWORDS.trim().split(/\s/));
  return known.has(password.toLowerCase());
}
