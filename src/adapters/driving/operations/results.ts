import { z } from '../../../peers/zod.js';

/**
 * The shapes of results, for generated documents and for tests, which check every result against them. At run time
 * results are not parsed: use cases return exactly these shapes.
 */

const idText = z.uuid();
const time = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC, with milliseconds.');

export const user = z.strictObject({
  id: idText,
  email: z.string(),
  username: z.string(),
  name: z.string(),
  createdAt: time,
});

export const publicUser = z.strictObject({ id: idText, username: z.string(), name: z.string() });

export const session = z.strictObject({
  id: idText,
  createdAt: time,
  expiresAt: time,
  lastUsedAt: time,
  userAgent: z.string().nullable(),
  current: z.boolean().describe("Whether it is the caller's session."),
});

export const card = z.strictObject({
  id: idText,
  ownerId: idText,
  name: z.string(),
  description: z.string(),
  createdAt: time,
});

export const trade = z.strictObject({
  id: idText,
  cardId: idText,
  cardName: z.string(),
  sender: publicUser,
  recipient: publicUser,
  createdAt: time,
});

export const caller = z.strictObject({ user, session });

export const login = z.strictObject({
  user,
  session,
  token: z.string().optional().describe('Only if `delivery` is `token`.'),
});

const next = z.string().nullable().describe('The cursor of the next page; null on the last one.');

export const sessions = z.strictObject({ items: z.array(session), next });
export const cards = z.strictObject({ items: z.array(card), next });
export const trades = z.strictObject({
  items: z.array(trade),
  next,
  latest: z
    .string()
    .describe('The cursor of the newest trade in any direction. A watch that starts here misses nothing.'),
});

export const nothing = z.void();
