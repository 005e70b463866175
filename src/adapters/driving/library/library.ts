import type { Observer } from '../../../application/ports/driven/observer.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import { type TradepostError, ValidationFailed } from '../../../domain/errors.js';
import type { IpAddress } from '../../../domain/ip-address.js';
import { parseIpAddress } from '../../../domain/ip-address.js';
import type { Trade } from '../../../domain/trade.js';
import { dispatch, operations, startWatching } from '../operations/index.js';
import type { Methods, OperationResult } from '../operations/methods.js';
import { callObserver, deliveryReporter, observedDispatch, observeStart } from '../operations/observing.js';
import type { OperationName, Surface } from '../operations/surface.js';

/** The type of an object without keys would forbid the token too, so an operation without input gets `unknown`. */
type Input<Arguments> = string extends keyof Arguments ? unknown : Arguments;

type Credentials<Name extends OperationName> = Surface[Name]['access'] extends 'session'
  ? {
      /** The token that `login` returned. */
      readonly token: string;
    }
  : unknown;

type IdempotencyKey<Name extends OperationName> = Surface[Name]['idempotent'] extends true
  ? {
      /** 1 to 255 visible ASCII characters. The same key with the same input returns the first result again. */
      readonly idempotencyKey?: string | undefined;
    }
  : unknown;

type Client<Name extends OperationName> = Surface[Name]['session'] extends 'opens'
  ? {
      /** The client's description of itself, to distinguish sessions in a list; at most 500 characters are kept. */
      readonly userAgent?: string | undefined;
    }
  : unknown;

type Peer<Name extends OperationName> = Surface[Name]['access'] extends 'anyone'
  ? {
      /**
       * The client's IP address as the connection or a trusted proxy gives it, never as the client itself does. Without it,
       * attempts are limited by account only.
       */
      readonly address?: string | undefined;
    }
  : unknown;

type Arguments<Name extends OperationName> = Credentials<Name> & IdempotencyKey<Name> & Client<Name> & Peer<Name>;

/** Every operation as a method with the input, result and errors of the operations table; and `watchTrades`. */
export type Library = Watching & {
  readonly [Method in keyof Methods]: (
    input: Input<Methods[Method]['input']> & Arguments<Methods[Method]['operation']>,
  ) => Promise<OperationResult<Methods[Method]['operation']>>;
};

export function createLibrary(useCases: UseCases, observer?: Observer): Library {
  const observe = callObserver(observer);
  const run = observe ? observedDispatch(observe) : dispatch;
  const methods = (Object.keys(operations) as OperationName[]).map(name => [
    operations[name].library,
    (input: unknown = {}) => call(run, useCases, name, input),
  ]);
  return { ...Object.fromEntries(methods), ...createWatching(useCases, observer) } as Library;
}

async function call(run: typeof dispatch, useCases: UseCases, name: OperationName, input: unknown): Promise<unknown> {
  // The operation's schema refuses everything that is not an object.
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return run(useCases, name, input);
  const { access, idempotent, session } = operations[name];
  const rest: Record<string, unknown> = { ...input };
  const take = (key: string, wanted: boolean): string | null => {
    if (!wanted || !Object.hasOwn(rest, key)) return null;
    const { [key]: value } = rest;
    delete rest[key];
    if (value === undefined) return null;
    return typeof value === 'string' ? value : '';
  };
  const token = take('token', access === 'session');
  const idempotencyKey = take('idempotencyKey', idempotent);
  const userAgent = take('userAgent', session === 'opens');
  const address = checkAddress(take('address', access === 'anyone'));
  return run(useCases, name, rest, { token, idempotencyKey, userAgent, address });
}

/** @throws ValidationFailed, because ignoring the text would silently remove the limit for this client */
function checkAddress(text: string | null): IpAddress | null {
  if (text === null) return null;
  const address = parseIpAddress(text);
  if (address === null) throw ValidationFailed.of('must be an IP address', '/address');
  return address;
}

export interface WatchTradesArguments {
  /** The token that `login` returned. */
  readonly token: string;
  /** `latest` of a page, or the cursor of the last delivered trade. If omitted, the watch starts now. */
  readonly after?: string;
}

export interface WatchTradesOptions {
  /** Called if the watch ends by itself: `unauthenticated` if the session ended, `internal` if the listener threw. */
  readonly onEnd?: (reason: TradepostError) => void;
}

export interface Watching {
  /**
   * Calls the listener for every trade that the caller sends or receives, whichever process records it: once, in order.
   * Keep the cursor to continue from there later. If the listener returns a promise, the next trade is delivered after
   * the promise settles. Returns the function that ends the watch.
   *
   * @throws `unauthenticated`, `validation_failed`, `storage_unavailable`
   */
  watchTrades(
    input: WatchTradesArguments,
    listener: (trade: Trade, cursor: string) => void | Promise<void>,
    options?: WatchTradesOptions,
  ): Promise<() => void>;
}

export function createWatching(useCases: UseCases, observer?: Observer): Watching {
  const start = observeStart(callObserver(observer), 'library') ?? startWatching;
  const report = deliveryReporter(observer, 'library');
  return {
    watchTrades: async (input, listener, { onEnd = () => undefined } = {}) => {
      const { token = null, ...rest } = { ...input };
      const since = Date.now();
      const watch = await start(
        useCases,
        rest,
        { token },
        {
          onTrade: ({ trade, cursor }) => {
            report?.(trade, since);
            return listener(trade, cursor);
          },
          onEnd,
        },
      );
      // Deferred, so that the function that ends the watch is returned before the first trade is delivered.
      setImmediate(() => watch.begin());
      return () => watch.stop();
    },
  };
}
