// @ts-check
import { existsSync } from 'node:fs';
import { NothingToCopy } from 'tradepost';
import {
  Broadcast,
  openConnection,
  pollingSignals,
  readSessionThenTrades,
  unusable,
  withConnection,
} from 'tradepost/storage-kit';
import { sqliteAttempts, sqliteSessions, sqliteUsers } from './accounts.js';
import { sqliteArchive, sqliteImport } from './archive.js';
import { Database } from './database.js';
import { schemaPolicy } from './migrations.js';
import { sqliteCards, sqliteIdempotency, sqliteTrades } from './trades.js';

/** @import { CopyableConnector, Signals, Storage } from 'tradepost' */

/**
 * Tradepost in one SQLite file, for one machine; several processes may use it at once. The file is created by the first
 * start.
 *
 * @param {{ file: string }} options @returns {CopyableConnector}
 */
export function sqlite({ file }) {
  const connect = async () => new Database(file);
  return {
    description: `sqlite ${file}`,
    open: () => openConnection(connect, openStorage),
    migrate: () => withConnection(connect, database => schemaPolicy(database).migrate()),
    inspect: async () => {
      // Connecting would create the file, and an inspection changes nothing.
      if (!existsSync(file)) return { ok: true, detail: `there is no file ${file} yet; the first start creates it` };
      return withConnection(connect, database => schemaPolicy(database).health()).catch(unusable);
    },
    copying: {
      openArchive: async () => {
        if (!existsSync(file)) throw new NothingToCopy(`there is no file ${file}`);
        return openConnection(connect, async database => {
          await schemaPolicy(database).refuseUnreadable();
          return sqliteArchive(database);
        });
      },
      beginImport: () =>
        openConnection(connect, async database => {
          await schemaPolicy(database).prepareForCopy();
          return sqliteImport(database);
        }),
    },
  };
}

/** For DATABASE_URL=module:./index.js?file=cards.db @param {{ url: string }} options */
export default ({ url }) => sqlite({ file: new URL(url).searchParams.get('file') ?? 'tradepost.db' });

/** @param {Database} database @returns {Promise<Storage>} */
async function openStorage(database) {
  const policy = schemaPolicy(database);
  await policy.prepare();
  const own = new Broadcast();
  const sessions = sqliteSessions(database, own);
  const trades = sqliteTrades(database, own);
  return {
    users: sqliteUsers(database),
    sessions,
    cards: sqliteCards(database),
    trades,
    sessionTrades: readSessionThenTrades(sessions, trades),
    idempotency: sqliteIdempotency(database),
    attempts: sqliteAttempts(database),
    signals: both(own, pollingSignals()),
    check: () => policy.healthWhileOpen(),
    close: () => database.close(),
  };
}

/**
 * SQLite notifies nobody. This process signals its own changes at once, and polling finds those of other processes.
 *
 * @param {Signals} one @param {Signals} other @returns {Signals}
 */
const both = (one, other) => ({
  subscribe: listener => {
    const unsubscribe = [one.subscribe(listener), other.subscribe(listener)];
    return () => {
      for (const end of unsubscribe) end();
    };
  },
});
