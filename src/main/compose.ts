import 'reflect-metadata';
import { Container } from 'inversify';
import { createLibrary } from '../adapters/driving/library/library.js';
import { storageModule } from './modules/storage.js';
import { systemModule } from './modules/system.js';
import { useCasesModule } from './modules/use-cases.js';
import { startSweeper } from './sweeper.js';
import { TOKENS } from './tokens.js';
import type { Tradepost, TradepostOptions } from './tradepost.js';

/** The composition root of library and server: opens the store and wires everything to it. */
export async function compose({ storage: connector, onSweepError, ...system }: TradepostOptions): Promise<Tradepost> {
  const storage = await connector.open();
  const container = new Container();
  container.load(storageModule(storage), systemModule(system), useCasesModule);
  const useCases = container.get(TOKENS.useCases);
  const live = container.get(TOKENS.liveUpdates);
  const sweeper = startSweeper(container.get(TOKENS.sweepExpired), onSweepError);
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
