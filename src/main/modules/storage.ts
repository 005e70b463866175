import { ContainerModule } from 'inversify';
import type { Storage } from '../../application/ports/driven/storage.js';
import { TOKENS } from '../tokens.js';

/** The parts of a store that is open. */
export const storageModule = ({ users, sessions, cards, trades, idempotency, signals }: Storage): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(TOKENS.users).toConstantValue(users);
    bind(TOKENS.sessions).toConstantValue(sessions);
    bind(TOKENS.cards).toConstantValue(cards);
    bind(TOKENS.trades).toConstantValue(trades);
    bind(TOKENS.idempotency).toConstantValue(idempotency);
    bind(TOKENS.signals).toConstantValue(signals);
  });
