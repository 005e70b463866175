import type {
  CallEnd,
  Observation,
  ObservedCall,
  Observer,
  Transport,
} from '../../../application/ports/driven/observer.js';
import type { Trade } from '../../../domain/trade.js';
import { errorTable, knownError } from './error-table.js';
import { dispatch } from './perform.js';
import { WATCH_OPERATION } from './surface.js';
import { startWatching } from './watch-trades.js';

/** Runs calls, observed where there is an observer. */
export type ObserveCall = <Result>(
  call: ObservedCall,
  work: () => Promise<Result>,
  endOf: (result: Result) => CallEnd,
) => Promise<Result>;

export const OK: CallEnd = { code: 'ok' };

/** Returns null where no calls are observed, so that transports decide once, when they are made, and not for each call. */
export function callObserver(observer: Observer | undefined): ObserveCall | null {
  if (!observer?.callStarted) return null;
  return (call, work, endOf) => runObserved(() => observer.callStarted?.(call), work, endOf);
}

/** The end of a call that was refused. */
export function endOfError(thrown: unknown): CallEnd {
  const { code } = knownError(thrown);
  const { status, rpcCode } = errorTable[code];
  return { code, status, rpcCode };
}

/** `dispatch` for calls of the library. */
export const observedDispatch = (observe: ObserveCall): typeof dispatch => {
  return (useCases, name, input, context) =>
    observe(
      { operation: name, transport: 'library' },
      () => dispatch(useCases, name, input, context),
      () => OK,
    );
};

/** `startWatching` as a call of its own, for a transport whose watches are no request; null where no calls are observed. */
export const observeStart = (observe: ObserveCall | null, transport: Transport): typeof startWatching | null =>
  observe &&
  ((...input) =>
    observe(
      { operation: WATCH_OPERATION, transport },
      () => startWatching(...input),
      () => OK,
    ));

/** Reports a trade that a watch delivers. `watchingSince`: when the watch was started, as `Date.now()`. */
export type ReportDelivery = (trade: Trade, watchingSince: number) => void;

/** Returns null where no deliveries are observed. */
export function deliveryReporter(observer: Observer | undefined, transport: Transport): ReportDelivery | null {
  if (!observer?.tradeDelivered) return null;
  return ({ id: tradeId, createdAt }, watchingSince) => {
    const recordedAt = Date.parse(createdAt);
    // Clocks of two machines may differ by more than a delivery takes.
    const lag = recordedAt < watchingSince ? null : Math.max(0, Date.now() - recordedAt) / 1000;
    attempt(() => observer.tradeDelivered?.({ transport, tradeId, lag }));
  };
}

/** Runs `work` as the observation wants it. Errors of the observer are ignored, so that they do not fail the call. */
export async function runObserved<Result>(
  start: () => Observation | undefined,
  work: () => Promise<Result>,
  endOf: (result: Result) => CallEnd,
): Promise<Result> {
  const observation = attempt(start);
  if (!observation) return work();
  try {
    const result = await runWithin(observation, work);
    attempt(() => observation.ended(endOf(result)));
    return result;
  } catch (error) {
    attempt(() => observation.ended(endOfError(error)));
    throw error;
  }
}

/** Runs `work` in the context of the observation, and without it if the observation fails. Runs it once in any case. */
export function runWithin<Result>(observation: Observation, work: () => Result): Result {
  if (!observation.within) return work();
  let running: { readonly result: Result } | undefined;
  const start = (): Result => {
    running ??= { result: work() };
    return running.result;
  };
  attempt(() => observation.within?.(start));
  return running ? running.result : work();
}

/** Returns undefined where an observer throws. */
export function attempt<Value>(task: () => Value): Value | undefined {
  try {
    return task();
  } catch {
    return undefined;
  }
}
