import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Argon2PasswordHasher } from '../../adapters/driven/argon2/argon2-password-hasher.js';
import { DemoData, MOST_DEMO_TRADES, MOST_DEMO_USERS } from '../../application/demo/demo-data.js';
import type { StorageImport } from '../../application/ports/driven/storage-archive.js';
import { CopyingUnsupported, StoreNotEmpty } from '../../application/ports/driven/storage-errors.js';
import { reasonOf } from '../../application/storage-kit/index.js';
import { SeedStorage } from '../../application/use-cases/seed-storage.js';
import { TradepostError, ValidationFailed } from '../../domain/errors.js';
import type { Password } from '../../domain/password-policy.js';
import { checkNewPassword, DEFAULT_PASSWORD_POLICY, parsePassword } from '../../domain/password-policy.js';
import { PlainError } from '../../domain/redaction.js';
import { readConfig } from '../config.js';
import { formatCount, progressDisplay } from '../progress.js';
import { isPersistent, loadConnector } from '../stores.js';
import type { Command, CommandContext } from './command.js';
import { UsageError, untilSignal } from './command.js';

const DEFAULTS = { users: 100, trades: 1000, 'seed-value': 1 } as const;

/** One connection for each of the batches that are written at once, and one for the lock. */
const POOL_SIZE = 3;

export const seed: Command = {
  options: ['users', 'trades', 'password', 'password-file', 'seed-value'],
  help: `usage: tradepost seed [--users N] [--trades N] [--password-file FILE] [--seed-value N]

Fills the store of DATABASE_URL, which has to be empty, with users demo1, demo2, … (demo1@example.org, …), five cards for
each, and trades among them. All users have the same password, so this is not for a store that others can reach: it is
refused when NODE_ENV=production. If it is interrupted, run it again; until it has finished, the store cannot be opened.

  --users N             2 to ${formatCount(MOST_DEMO_USERS)} (${DEFAULTS.users})
  --trades N            0 to ${formatCount(MOST_DEMO_TRADES)} (${DEFAULTS.trades})
  --password PASSWORD   the password of all users; other users of the machine can see the command line (a new one, which
                        is printed)
  --password-file FILE  a file that holds the password, in place of --password
  --seed-value N        decides all data except for the password: the same number gives the same ids, names and trades (${DEFAULTS['seed-value']})`,

  async run(context) {
    const { options, environment, print } = context;
    const size = {
      users: readNumber(options, 'users', 2, MOST_DEMO_USERS),
      trades: readNumber(options, 'trades', 0, MOST_DEMO_TRADES),
    };
    const seedValue = readNumber(options, 'seed-value', 0, 2 ** 32 - 1);
    const { password, isNew } = readPassword(context);
    if (environment.NODE_ENV === 'production') {
      throw new PlainError(
        'NODE_ENV=production: demo users share one password, so none are made. Seed a store of its own, without NODE_ENV=production.',
      );
    }
    const { store } = readConfig(environment);
    if (!isPersistent(store)) {
      throw new PlainError(`${store.kind}: is a store that starts empty and ends with its process. Set DATABASE_URL.`);
    }
    const { description, copying } = await loadConnector(store, { poolSize: POOL_SIZE });
    if (!copying) throw new CopyingUnsupported();
    const data = new DemoData(size, seedValue, await new Argon2PasswordHasher().hash(password));
    await writeAll(data, description, () => copying.beginImport(), context);
    const { users, cards } = data.counts;
    print(
      `${description} now holds ${formatCount(users)} users, ${formatCount(cards)} cards, ${formatCount(size.trades)} trades`,
    );
    print(`log in as demo1 to demo${users}${isNew ? `, with the password ${password}` : ', with the given password'}`);
    return 0;
  },
};

async function writeAll(
  data: DemoData,
  description: string,
  beginImport: () => Promise<StorageImport>,
  { screen }: CommandContext,
): Promise<void> {
  const target = await beginImport().catch(error => {
    if (error instanceof StoreNotEmpty) {
      throw new PlainError(`${description}: it is not empty, and seeding needs an empty store`);
    }
    throw new PlainError(`${description}: ${reasonOf(error)}`);
  });
  const progress = progressDisplay(screen);
  try {
    await new SeedStorage().execute({ data, target, signal: abortOnSignal(), onProgress: at => progress.show(at) });
  } finally {
    progress.end();
    await target.close();
  }
}

/** Aborted by SIGINT or SIGTERM. Seeding ends after the current batches. */
function abortOnSignal(): AbortSignal {
  const controller = new AbortController();
  void untilSignal().then(signal =>
    controller.abort(
      new PlainError(
        `stopped by ${signal}. Run the same command again; until it has finished, the store cannot be opened.`,
      ),
    ),
  );
  return controller.signal;
}

type Options = CommandContext['options'];

function readNumber(options: Options, name: keyof typeof DEFAULTS, min: number, max: number): number {
  const text = options[name] ?? String(DEFAULTS[name]);
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`--${name} must be a whole number from ${formatCount(min)} to ${formatCount(max)}`);
}

/** Messages do not repeat the password. */
function readPassword({ options, complain }: CommandContext): { readonly password: Password; readonly isNew: boolean } {
  const { password: given, 'password-file': path } = options;
  if (given !== undefined && path !== undefined) throw new UsageError('give --password or --password-file, not both');
  if (given !== undefined) {
    complain('warning: other users of this machine may have seen the password in the list of processes.');
    return { password: checkPassword(given, '--password'), isNew: false };
  }
  if (path === undefined) return { password: parsePassword(randomBytes(12).toString('base64url')), isNew: true };
  return { password: checkPassword(readFile(path), '--password-file'), isNew: false };
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new UsageError(`--password-file: the file cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** The words of one of the users stand for those of all. */
const SOMEBODY = { email: 'demo1@example.org', username: 'demo1', name: 'Demo' };

/** Refuses what a registration would. */
function checkPassword(text: string, option: string): Password {
  try {
    const password = parsePassword(text);
    checkNewPassword(password, SOMEBODY, DEFAULT_PASSWORD_POLICY);
    return password;
  } catch (error) {
    if (!(error instanceof TradepostError)) throw error;
    const details = error instanceof ValidationFailed ? error.errors.map(({ detail }) => detail) : [error.message];
    throw new UsageError(`${option}: ${details.join('; ')}`);
  }
}
