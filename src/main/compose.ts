import { Container } from 'inversify';
import { createLibrary } from '../adapters/driving/library/library.js';
import type { SweepExpired } from '../application/use-cases/sweep-expired.js';
import { applicationModule, SERVICES, storageModule, systemModule } from './modules.js';
import type { Tradepost, TradepostOptions } from './tradepost.js';

/** The composition root of library and server: opens the store, builds the application and starts sweeping. */
export async function compose({ storage: connector, onSweepError, ...system }: TradepostOptions): Promise<Tradepost> {
  // First, because an impossible option must not leave an open store behind.
  const systemParts = systemModule(system);
  const storage = await connector.open();
  const container = new Container();
  container.load(storageModule(storage), systemParts, applicationModule);
  const { useCases, live, sweep } = container.get(SERVICES.application);
  const sweeper = startSweeper(sweep, onSweepError);
  return {
    ...createLibrary(useCases),
    useCases,
    check: () => storage.check(),
    close: async () => {
      live.close();
      await sweeper.stop();
      await storage.close();
    },
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
