import { parseCardDescription, parseCardName } from '../../../domain/card.js';
import { parseEmailAddress } from '../../../domain/email-address.js';
import { ValidationFailed } from '../../../domain/errors.js';
import { parseId } from '../../../domain/id.js';
import { MAX_PASSWORD_LENGTH, parsePassword } from '../../../domain/password-policy.js';
import { parsePersonName, parseUsername } from '../../../domain/user.js';
import { z } from '../../../peers/zod.js';

/**
 * A text field whose rule is a `parse…` function of the domain. The use case gets that function's result (normalised,
 * branded). `description` is for the documents that are generated from the schema.
 */
const ruled = <Value extends string>(parse: (text: string) => Value, description: string) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return parse(text);
      } catch (error) {
        if (!(error instanceof ValidationFailed)) throw error;
        for (const { detail } of error.errors) context.addIssue({ code: 'custom', message: detail });
        return z.NEVER;
      }
    })
    .describe(description);

const NAME = '1 to 100 characters on one line, at least one of them visible; no control or bidirectional characters.';

export const email = ruled(
  parseEmailAddress,
  'E-mail address, at most 254 characters, none of them invisible; stored in lower case.',
);
export const username = ruled(
  parseUsername,
  '3 to 30 of a-z A-Z 0-9 _ . -; unique without regard to upper and lower case.',
);
export const personName = ruled(parsePersonName, NAME);
export const password = ruled(parsePassword, `At most ${MAX_PASSWORD_LENGTH} characters; never truncated.`);
export const cardName = ruled(parseCardName, NAME);
export const cardDescription = ruled(parseCardDescription, 'At most 1,000 characters.');
export const id = ruled(parseId, 'A UUID.');

/** Refuses unknown keys: a misspelt or injected key is an error and is never ignored. */
export const object = z.strictObject;

/** Requires exactly one of several optional keys. */
export const exactlyOne = <Shape extends z.ZodObject>(schema: Shape, keys: readonly string[]) =>
  schema.refine(value => keys.filter(key => value[key as keyof typeof value] !== undefined).length === 1, {
    message: `give exactly one of ${keys.join(', ')}`,
  });

export const MAX_PAGE = 100;

export const page = {
  limit: z.number().int().min(1).max(MAX_PAGE).default(50).describe('Items per page; 50 if omitted.'),
  after: z.string().max(64).optional().describe('The `next` of the previous page.'),
};
