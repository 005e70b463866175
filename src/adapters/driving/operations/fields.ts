import { parseCardDescription, parseCardName } from '../../../domain/card.js';
import { parseEmailAddress } from '../../../domain/email-address.js';
import { ValidationFailed } from '../../../domain/errors.js';
import { parseId } from '../../../domain/id.js';
import { MAX_PASSWORD_LENGTH, parsePassword } from '../../../domain/password-policy.js';
import { parsePersonName, parseUsername } from '../../../domain/user.js';
import { z } from '../../../peers/zod.js';

/**
 * Keywords of JSON Schema for the generated documents. They refuse no text that `parse` accepts; `parse` may refuse more.
 * `examples` are accepted.
 */
interface Described {
  readonly description: string;
  readonly examples: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
}

/**
 * A text field whose rule is a `parse…` function of the domain. The use case gets that function's result (normalised,
 * branded).
 */
const ruled = <Value extends string>(parse: (text: string) => Value, described: Described) =>
  z
    .string()
    .meta({ ...described })
    .transform((text, context) => {
      try {
        return parse(text);
      } catch (error) {
        if (!(error instanceof ValidationFailed)) throw error;
        for (const { detail } of error.errors) context.addIssue({ code: 'custom', message: detail });
        return z.NEVER;
      }
    });

const NAME = {
  description: '1 to 100 characters on one line, at least one of them visible; no control or bidirectional characters.',
  minLength: 1,
  maxLength: 100,
};

export const email = ruled(parseEmailAddress, {
  description: 'E-mail address, at most 254 characters, none of them invisible; stored in lower case.',
  examples: ['ann@example.org'],
});
export const username = ruled(parseUsername, {
  description: '3 to 30 of a-z A-Z 0-9 _ . -; unique without regard to upper and lower case.',
  examples: ['ann'],
  pattern: '^[A-Za-z0-9_.\\-]{3,30}$',
});
export const personName = ruled(parsePersonName, { ...NAME, examples: ['Ann'] });
export const password = ruled(parsePassword, {
  description: `At most ${MAX_PASSWORD_LENGTH} characters; never truncated.`,
  examples: ['correct horse battery'],
});
export const cardName = ruled(parseCardName, { ...NAME, examples: ['Dragon'] });
export const cardDescription = ruled(parseCardDescription, {
  description: 'At most 1,000 characters.',
  examples: ['Breathes fire'],
  maxLength: 1000,
});
export const id = ruled(parseId, {
  description: 'A UUID.',
  examples: ['01920000-0000-7000-8000-0000000000c1'],
  format: 'uuid',
});

/** Refuses unknown keys: a misspelt or injected key is an error and is never ignored. */
export const object = z.strictObject;

/** Requires exactly one of several optional keys. */
export const exactlyOne = <Shape extends z.ZodObject>(schema: Shape, keys: readonly string[]) =>
  schema
    .refine(value => keys.filter(key => value[key as keyof typeof value] !== undefined).length === 1, {
      message: `give exactly one of ${keys.join(', ')}`,
    })
    .meta({ oneOf: keys.map(key => ({ required: [key] })) });

export const MAX_PAGE = 100;

export const page = {
  limit: z.number().int().min(1).max(MAX_PAGE).default(50).describe('Items per page; 50 if omitted.'),
  after: z.string().max(64).optional().describe('The `next` of the previous page.'),
};
