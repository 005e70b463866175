import type { z } from 'zod';
import { ValidationFailed, type Violation } from '../../../domain/errors.js';

/** @throws ValidationFailed with every violation and its location */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (!parsed.success) throw new ValidationFailed(violationsOf(parsed.error));
  return parsed.data;
}

const violationsOf = ({ issues }: z.ZodError): Violation[] =>
  issues.flatMap(issue =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map(key => ({ pointer: pointerOf([...issue.path, key]), detail: 'is not a known key' }))
      : [{ pointer: pointerOf(issue.path), detail: detailOf(issue) }],
  );

/** JSON Pointer (RFC 6901): `~` and `/` are escaped. */
const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map(key => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

function detailOf(issue: z.core.$ZodIssue): string {
  // Zod reports a missing key as a value of the wrong type.
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is required';
  return issue.message.replace(/^Invalid input: /, '');
}
