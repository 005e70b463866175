import { runObserved } from '../adapters/driving/operations/observing.js';
import type { Observer } from '../application/ports/driven/observer.js';
import type { Storage } from '../application/ports/driven/storage.js';

/** The parts of a store whose methods are calls of it. */
const PARTS = ['users', 'sessions', 'cards', 'trades', 'sessionTrades', 'idempotency', 'attempts'] as const;

type AnyMethod = (...input: unknown[]) => Promise<unknown>;

/** Returns the store with every call of its methods observed; the same store where the observer observes none. */
export function observeStorage(storage: Storage, observer: Observer): Storage {
  if (!observer.storageCallStarted) return storage;
  const observed = PARTS.map(part => [part, observePart(part, storage[part], observer)]);
  // Listed, because a spread leaves out the methods of a class.
  return {
    ...(Object.fromEntries(observed) as Pick<Storage, (typeof PARTS)[number]>),
    signals: storage.signals,
    check: () => storage.check(),
    close: () => storage.close(),
  };
}

function observePart(part: string, target: object, observer: Observer): object {
  const observed = methodsOf(target).map(method => {
    const name = `${part}.${method}`;
    const call = (target as Record<string, AnyMethod>)[method] as AnyMethod;
    const run: AnyMethod = (...input) =>
      runObserved(
        () => observer.storageCallStarted?.({ name }),
        async () => call.apply(target, input),
        () => ({ code: 'ok' }),
      );
    return [method, run] as const;
  });
  return Object.fromEntries(observed);
}

/** The names of all methods, those of parent classes included. */
function methodsOf(target: object): string[] {
  const names = new Set<string>();
  for (let each = target; each !== Object.prototype && each !== null; each = Object.getPrototypeOf(each)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(each))) {
      if (typeof value === 'function' && name !== 'constructor') names.add(name);
    }
  }
  return [...names];
}
