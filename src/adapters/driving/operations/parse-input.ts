import type { z } from 'zod';
import { ValidationFailed } from '../../../domain/errors.js';
import { violationsOf } from './violations.js';

/** @throws ValidationFailed naming each place that does not fit. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (!parsed.success) throw new ValidationFailed(violationsOf(parsed.error));
  return parsed.data;
}
