import { z } from 'zod';

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

export const user = z.strictObject({
  id: idText,
  email: text('ann@example.org'),
  username: text('ann'),
  name: text('Ann'),
  createdAt: time,
});

export const publicUser = z.strictObject({ id: idText, username: text('ann'), name: text('Ann') });

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

export const card = z.strictObject({
  id: idText,
  ownerId: idText,
  name: text('Dragon'),
  description: text('Breathes fire'),
  createdAt: time,
});

export const trade = z.strictObject({
  id: idText,
  cardId: idText,
  cardName: text('Dragon'),
  sender: publicUser,
  recipient: publicUser,
  createdAt: time,
});

export const caller = z.strictObject({ user, session });

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

export const sessions = z.strictObject({ items: z.array(session), next });
export const cards = z.strictObject({ items: z.array(card), next });
export const trades = z.strictObject({
  items: z.array(trade),
  next,
  latest: z.string().meta({
    description: 'The cursor of the newest trade in any direction. A watch that starts here misses nothing.',
    examples: ['t1'],
  }),
});

export const nothing = z.void();
