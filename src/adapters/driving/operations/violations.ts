import type { z } from 'zod';
import type { Violation } from '../../../domain/errors.js';

/** JSON Pointer, RFC 6901: `~` and `/` are escaped. */
const pointer = (path: readonly PropertyKey[]): string =>
  path.map(key => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** What zod found wrong, as the contract says it: one entry for each thing, with the place it stands at. */
export const violationsOf = ({ issues }: z.ZodError): Violation[] =>
  issues.flatMap(issue =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map(key => ({ pointer: pointer([...issue.path, key]), detail: 'is not a known key' }))
      : [{ pointer: pointer(issue.path), detail: detailOf(issue) }],
  );

function detailOf(issue: z.core.$ZodIssue): string {
  // A key that is not there is what people get wrong most; zod calls it a value of the wrong type.
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is required';
  return issue.message.replace(/^Invalid input: /, '');
}
