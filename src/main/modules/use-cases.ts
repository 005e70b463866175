import { ContainerModule } from 'inversify';
import { LiveUpdates } from '../../application/live/live-updates.js';
import { SessionWatches } from '../../application/live/session-watches.js';
import { TradeWatches } from '../../application/live/trade-watches.js';
import type { UseCases } from '../../application/ports/driving/use-cases.js';
import { AddCard } from '../../application/use-cases/add-card.js';
import { Authenticate } from '../../application/use-cases/authenticate.js';
import { ListCards } from '../../application/use-cases/list-cards.js';
import { ListSessions } from '../../application/use-cases/list-sessions.js';
import { ListTrades } from '../../application/use-cases/list-trades.js';
import { Login } from '../../application/use-cases/login.js';
import { Logout } from '../../application/use-cases/logout.js';
import { RecordTrade } from '../../application/use-cases/record-trade.js';
import { RegisterUser } from '../../application/use-cases/register-user.js';
import { RevokeAllSessions } from '../../application/use-cases/revoke-all-sessions.js';
import { RevokeSession } from '../../application/use-cases/revoke-session.js';
import { SweepExpired } from '../../application/use-cases/sweep-expired.js';
import { WatchSession } from '../../application/use-cases/watch-session.js';
import { WatchTrades } from '../../application/use-cases/watch-trades.js';
import { TOKENS as T, USE_CASES as U } from '../tokens.js';

/** The use cases, made of ports. The classes themselves know nothing of a container. */
export const useCasesModule = new ContainerModule(({ bind }) => {
  bind(U.registerUser)
    .toResolvedValue(
      (users, hasher, ids, clock, policy) => new RegisterUser(users, hasher, ids, clock, policy),
      [T.users, T.hasher, T.ids, T.clock, T.passwordPolicy],
    )
    .inSingletonScope();
  bind(U.login)
    .toResolvedValue(
      (users, sessions, hasher, tokens, ids, clock, policy) =>
        new Login(users, sessions, hasher, tokens, ids, clock, policy),
      [T.users, T.sessions, T.hasher, T.tokens, T.ids, T.clock, T.sessionPolicy],
    )
    .inSingletonScope();
  bind(U.authenticate)
    .toResolvedValue(
      (sessions, tokens, clock, policy) => new Authenticate(sessions, tokens, clock, policy),
      [T.sessions, T.tokens, T.clock, T.sessionPolicy],
    )
    .inSingletonScope();
  bind(U.logout)
    .toResolvedValue(sessions => new Logout(sessions), [T.sessions])
    .inSingletonScope();
  bind(U.listSessions)
    .toResolvedValue(
      (sessions, clock, policy) => new ListSessions(sessions, clock, policy),
      [T.sessions, T.clock, T.sessionPolicy],
    )
    .inSingletonScope();
  bind(U.revokeSession)
    .toResolvedValue(sessions => new RevokeSession(sessions), [T.sessions])
    .inSingletonScope();
  bind(U.revokeAllSessions)
    .toResolvedValue(sessions => new RevokeAllSessions(sessions), [T.sessions])
    .inSingletonScope();
  bind(U.addCard)
    .toResolvedValue((cards, ids, clock) => new AddCard(cards, ids, clock), [T.cards, T.ids, T.clock])
    .inSingletonScope();
  bind(U.listCards)
    .toResolvedValue(cards => new ListCards(cards), [T.cards])
    .inSingletonScope();
  bind(U.recordTrade)
    .toResolvedValue((trades, ids, clock) => new RecordTrade(trades, ids, clock), [T.trades, T.ids, T.clock])
    .inSingletonScope();
  bind(U.listTrades)
    .toResolvedValue(trades => new ListTrades(trades), [T.trades])
    .inSingletonScope();

  bind(T.tradeWatches)
    .toResolvedValue(trades => new TradeWatches(trades), [T.trades])
    .inSingletonScope();
  bind(T.sessionWatches)
    .toResolvedValue(
      (sessions, clock, policy) => new SessionWatches(sessions, clock, policy),
      [T.sessions, T.clock, T.sessionPolicy],
    )
    .inSingletonScope();
  bind(T.liveUpdates)
    .toResolvedValue(
      (signals, trades, sessions) => new LiveUpdates(signals, trades, sessions),
      [T.signals, T.tradeWatches, T.sessionWatches],
    )
    .inSingletonScope();
  bind(U.watchTrades)
    .toResolvedValue(
      (trades, tradeWatches, sessionWatches) => new WatchTrades(trades, tradeWatches, sessionWatches),
      [T.trades, T.tradeWatches, T.sessionWatches],
    )
    .inSingletonScope();
  bind(U.watchSession)
    .toResolvedValue(sessionWatches => new WatchSession(sessionWatches), [T.sessionWatches])
    .inSingletonScope();

  bind(T.useCases)
    .toDynamicValue(({ get }): UseCases => {
      const names = Object.keys(U) as (keyof UseCases)[];
      return Object.fromEntries(names.map(name => [name, get<unknown>(U[name])])) as unknown as UseCases;
    })
    .inSingletonScope();
  bind(T.sweepExpired)
    .toResolvedValue(
      (sessions, idempotency, clock, policy) => new SweepExpired(sessions, idempotency, clock, policy),
      [T.sessions, T.idempotency, T.clock, T.sessionPolicy],
    )
    .inSingletonScope();
});
