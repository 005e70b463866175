import { attempt, runWithin } from '../adapters/driving/operations/observing.js';
import type { Observation, Observer } from '../application/ports/driven/observer.js';

/** Returns one observer that passes everything on to all of these; undefined where there is none. */
export function combineObservers(...candidates: readonly (Observer | null | undefined)[]): Observer | undefined {
  const all = candidates.filter(each => each !== null && each !== undefined);
  const [first, ...others] = all;
  if (!first || others.length === 0) return first;
  // Only the methods that one of them has: a transport skips the work for the others.
  const having = <Name extends keyof Observer>(name: Name): Observer[] => all.filter(each => each[name]);
  const call = having('callStarted');
  const storage = having('storageCallStarted');
  const recorded = having('tradeRecorded');
  const delivered = having('tradeDelivered');
  return {
    ...(call.length > 0 && { callStarted: each => combine(call.map(one => attempt(() => one.callStarted?.(each)))) }),
    ...(storage.length > 0 && {
      storageCallStarted: each => combine(storage.map(one => attempt(() => one.storageCallStarted?.(each)))),
    }),
    ...(recorded.length > 0 && {
      tradeRecorded: trade => recorded.forEach(one => void attempt(() => one.tradeRecorded?.(trade))),
    }),
    ...(delivered.length > 0 && {
      tradeDelivered: each => delivered.forEach(one => void attempt(() => one.tradeDelivered?.(each))),
    }),
  };
}

function combine(candidates: readonly (Observation | undefined)[]): Observation | undefined {
  const all = candidates.filter(each => each !== undefined);
  const [first, ...others] = all;
  if (!first || others.length === 0) return first;
  return {
    within: work => all.reduceRight((inner, one) => () => runWithin(one, inner), work)(),
    ended: end => all.forEach(one => void attempt(() => one.ended(end))),
  };
}

/** Where `@opentelemetry/api` keeps what an application has registered with it, in all versions 1.x. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');

/**
 * Returns an observer that makes spans, if a tracer provider is registered with `@opentelemetry/api`; else null. Looks
 * for the registry first, so that the package is loaded only by applications that use it.
 */
export async function findTracing(): Promise<Observer | null> {
  const registry = Reflect.get(globalThis, REGISTRY) as { readonly trace?: unknown } | undefined;
  if (!registry?.trace) return null;
  const { tracingObserver } = await import('../adapters/driven/opentelemetry/tracing-observer.js');
  return tracingObserver();
}
