import { z } from '../../../peers/zod.js';

/**
 * The shapes of results, for generated documents and for tests, which check every result against them. At run time
 * results are not parsed: use cases return exactly these shapes.
 */

const idText = z.uuid().meta({ examples: ['01920000-0000-7000-8000-0000000000c1'] });
const time = z.iso.datetime({ precision: 3 }).meta({
  description: 'RFC 3339, UTC, with milliseconds.',
  examples: ['2025-01-01T12:00:00.000Z'],
});
const text = (example: string) => z.string().meta({ examples: [example] });

/** A User: an account as its owner sees it. */
export const user = z.strictObject({
  id: idText,
  email: text('ann@example.org'),
  username: text('ann'),
  name: text('Ann'),
  createdAt: time,
});

/** A PublicUser: an account as others see it. */
export const publicUser = z.strictObject({ id: idText, username: text('ann'), name: text('Ann') });

/** A Session, as its owner sees it. */
export const session = z.strictObject({
  id: idText,
  createdAt: time,
  expiresAt: time,
  lastUsedAt: time,
  userAgent: z
    .string()
    .nullable()
    .meta({ examples: ['curl/8.5.0'] }),
  current: z.boolean().describe("Whether it is the caller's session."),
});

/** A Card. */
export const card = z.strictObject({
  id: idText,
  ownerId: idText,
  name: text('Dragon'),
  description: text('Breathes fire'),
  createdAt: time,
});

/** A Trade. */
export const trade = z.strictObject({
  id: idText,
  cardId: idText,
  cardName: text('Dragon'),
  sender: publicUser,
  recipient: publicUser,
  createdAt: time,
});

/** The user and session behind a request. */
export const caller = z.strictObject({ user, session });

/** The user and the new session of a login. */
export const login = z.strictObject({
  user,
  session,
  token: z
    .string()
    .optional()
    .meta({
      description: 'Only if `delivery` is `token`. 43 characters: 32 random bytes in base64url.',
      examples: ['AnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnA'],
    }),
});

const next = z
  .string()
  .nullable()
  .meta({ description: 'The cursor of the next page; null on the last one.', examples: [null] });

/** A page of sessions, newest first. */
export const sessions = z.strictObject({ items: z.array(session), next });
/** A page of cards, newest first. */
export const cards = z.strictObject({ items: z.array(card), next });
/** A page of trades, newest first. */
export const trades = z.strictObject({
  items: z.array(trade),
  next,
  latest: z.string().meta({
    description: 'The cursor of the newest trade in any direction. A watch that starts here misses nothing.',
    examples: ['t1'],
  }),
});

/** The result of an operation that returns nothing. */
export const nothing = z.void();
