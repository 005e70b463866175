import 'reflect-metadata';
import { Container } from 'inversify';
import { createLibrary } from '../adapters/driving/library/library.js';
import { applicationModule, storageModule, systemModule } from './modules.js';
import { SERVICES } from './services.js';
import { startSweeper } from './sweeper.js';
import type { Tradepost, TradepostOptions } from './tradepost.js';

/** The composition root of library and server: opens the store, builds the application and starts sweeping. */
export async function compose({ storage: connector, onSweepError, ...system }: TradepostOptions): Promise<Tradepost> {
  const storage = await connector.open();
  const container = new Container();
  container.load(storageModule(storage), systemModule(system), applicationModule);
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
