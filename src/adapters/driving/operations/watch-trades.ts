import type { TradeWatch, WatchTradesInput } from '../../../application/ports/driving/trades.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { TradepostError } from '../../../domain/errors.js';
import { z } from '../../../peers/zod.js';
import { knownError } from './error-table.js';
import { object } from './fields.js';
import type { RequestContext } from './operation.js';
import { parseInput } from './perform.js';
import * as result from './results.js';

const cursor = z
  .string()
  .max(64)
  .meta({ description: 'A cursor of `trades.list` or of a `trades.recorded` notification.', examples: ['t1'] });

/** Not a row of the table: a watch continues after its result, which HTTP cannot offer. */
export const watchTrades = {
  summary: 'Delivers every trade that the caller sends or receives, from now or from a cursor on, once and in order.',
  input: object({ after: cursor.optional() }),
  output: z.strictObject({ cursor: cursor.meta({ description: 'Where the watch starts.' }) }),
  event: z.strictObject({
    trade: result.trade,
    cursor: cursor.meta({ description: 'A watch from here continues after this trade.' }),
  }),
} as const;

/** What a watch calls: for each trade, and when it ends by itself. */
export type TradeSubscriber = Pick<WatchTradesInput, 'onTrade' | 'onEnd'>;

/**
 * Starts a watch for any transport: checks the input and authenticates the caller. Every error it throws or passes to
 * `onEnd` is a `TradepostError` whose code is in the error table.
 */
export async function startWatching(
  useCases: UseCases,
  input: unknown,
  { token }: Pick<RequestContext, 'token'>,
  subscriber: TradeSubscriber,
): Promise<TradeWatch> {
  try {
    const { after = null } = parseInput(watchTrades.input, input);
    const caller = await useCases.authenticate.execute({ token });
    const onEnd = (reason: TradepostError): void => subscriber.onEnd(knownError(reason));
    return await useCases.watchTrades.execute({ caller, after, onTrade: subscriber.onTrade, onEnd });
  } catch (error) {
    throw knownError(error);
  }
}
