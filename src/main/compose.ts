import { Container } from 'inversify';
import { createLibrary } from '../adapters/driving/library/library.js';
import { attempt } from '../adapters/driving/operations/observing.js';
import type { Observer } from '../application/ports/driven/observer.js';
import type { UseCase } from '../application/ports/driving/use-case.js';
import type { UseCases } from '../application/ports/driving/use-cases.js';
import type { SweepExpired } from '../application/use-cases/sweep-expired.js';
import type { Trade } from '../domain/trade.js';
import { applicationModule, SERVICES, storageModule, systemModule } from './modules.js';
import { observeStorage } from './observed-storage.js';
import { combineObservers, findTracing } from './observers.js';
import type { Tradepost, TradepostOptions } from './tradepost.js';

/** The composition root of library and server: opens the store, builds the application and starts sweeping. */
export async function compose(options: TradepostOptions): Promise<Tradepost> {
  const { storage: connector, onSweepError, observer: ownObserver, ...system } = options;
  // First, because an impossible option must not leave an open store behind.
  const systemParts = systemModule(system);
  const observer = combineObservers(ownObserver, await findTracing());
  const storage = await connector.open();
  const container = new Container();
  const observed = observer ? observeStorage(storage, observer) : storage;
  container.load(storageModule(observed), systemParts, applicationModule);
  const { useCases: plain, live, sweep } = container.get(SERVICES.application);
  const useCases = observer ? observeTrades(plain, observer) : plain;
  const hasher = container.get(SERVICES.hasher);
  const sweeper = startSweeper(sweep, onSweepError);
  return {
    ...createLibrary(useCases, observer),
    useCases,
    ...(observer && { observer }),
    load: () => ({ hashing: hasher.load?.() ?? null, pool: storage.load?.() ?? null }),
    check: () => storage.check(),
    close: async () => {
      live.close();
      await sweeper.stop();
      await storage.close();
    },
  };
}

/** Reports the trades that this process records. */
function observeTrades(useCases: UseCases, observer: Observer): UseCases {
  if (!observer.tradeRecorded) return useCases;
  const observed = <Input>(useCase: UseCase<Input, Trade>): UseCase<Input, Trade> => ({
    execute: async input => {
      const trade = await useCase.execute(input);
      attempt(() => observer.tradeRecorded?.(trade));
      return trade;
    },
  });
  return {
    ...useCases,
    recordTrade: observed(useCases.recordTrade),
    recordTradeOfSession: observed(useCases.recordTradeOfSession),
  };
}

/** Milliseconds. Expired rows only take space, so there is no hurry. */
const INTERVAL = 60_000;

/**
 * Sweeps every minute in the background, one sweep at a time. Does not keep the process alive. `stop` waits for a sweep
 * that is running.
 */
export function startSweeper(
  sweep: SweepExpired,
  onError: (error: unknown) => void = () => undefined,
): { stop(): Promise<void> } {
  let running: Promise<unknown> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = sweep
      .execute()
      .catch(onError)
      .finally(() => {
        busy = false;
      });
  }, INTERVAL);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
