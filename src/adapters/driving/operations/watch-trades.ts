import { z } from 'zod';
import type { TradeWatch, WatchTradesInput } from '../../../application/ports/driving/live.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import { InternalError, TradepostError } from '../../../domain/errors.js';
import { object } from './fields.js';
import type { RequestContext } from './operation.js';
import { parseInput } from './parse-input.js';
import * as result from './results.js';

const cursor = z.string().max(64).describe('A cursor of `trades.list` or of a `trades.recorded` notification.');

/** The one thing that is not asked and answered but goes on: no row of the table, since HTTP has no way to offer it. */
export const watchTrades = {
  summary: 'From now on, or from a cursor on, every trade the caller sends or receives, once and in order.',
  input: object({ after: cursor.optional() }),
  output: z.strictObject({ cursor: cursor.describe('Where the watch begins.') }),
  event: z.strictObject({
    trade: result.trade,
    cursor: cursor.describe('Watch from here to go on behind this trade.'),
  }),
} as const;

export type TradeSubscriber = Pick<WatchTradesInput, 'onTrade' | 'onEnd'>;

/** As `dispatch` does it for operations: checks the input, finds out who asks. Every error is a `TradepostError`. */
export async function startWatching(
  useCases: UseCases,
  input: unknown,
  { token }: Pick<RequestContext, 'token'>,
  subscriber: TradeSubscriber,
): Promise<TradeWatch> {
  try {
    const { after = null } = parseInput(watchTrades.input, input);
    const caller = await useCases.authenticate.execute({ token });
    return await useCases.watchTrades.execute({ ...subscriber, caller, after });
  } catch (error) {
    throw error instanceof TradepostError ? error : new InternalError(error);
  }
}
