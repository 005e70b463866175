import { existsSync } from 'node:fs';
import { Sha256Fingerprints, SystemClock } from '../../adapters/driven/system/system.js';
import type { CopyableConnector, StorageCopying } from '../../application/ports/driven/storage.js';
import { COLLECTION_NAMES } from '../../application/ports/driven/storage-archive.js';
import { CopyingUnsupported } from '../../application/ports/driven/storage-errors.js';
import { reasonOf } from '../../application/storage-kit/index.js';
import type { CopyReport } from '../../application/use-cases/copy-storage.js';
import { CopyStorage } from '../../application/use-cases/copy-storage.js';
import { PlainError } from '../../domain/redaction.js';
import { readConfig, readVariable } from '../config.js';
import { formatCount, progressDisplay } from '../progress.js';
import { secretPath } from '../session-secrets.js';
import type { StoreUrl } from '../stores.js';
import { isPersistent, isSameStore, loadConnector, parseStoreUrl, STORE_FORMS } from '../stores.js';
import type { Command, CommandContext } from './command.js';
import { UsageError, untilSignal } from './command.js';

type Option = '--from' | '--to';

/** One for rows, which are copied one batch after another, and one for the lock. */
const POOL_SIZE = 2;

export const copy: Command = {
  options: ['from', 'to'],
  help: `usage: tradepost copy [--from URL] [--to URL] [--env-file PATH]

Copies accounts, live sessions, cards, trade logs and idempotency records into an empty store, then reads both stores
again and compares them. Nobody is logged out. Stop the servers of the source first: what they write during the copy is
not copied, and the copy ends with an error that says so. The source is only read.

If a copy is interrupted, run the same command again. Until a copy has finished, the target cannot be opened.

  --from URL, --to URL  ${STORE_FORMS.persistent}
                        For URLs with passwords use the variables below, because other users of the machine can see the
                        command line.
  COPY_FROM_URL, COPY_TO_URL
                        environment variables, in place of --from and --to
  COPY_FROM_URL_FILE, COPY_TO_URL_FILE
                        files that hold the URLs, in place of these
  SESSION_IDLE_TIMEOUT  environment variable, seconds, the same as for the server: sessions that were idle for longer
                        are not copied (none)`,

  async run(context) {
    const [from, to] = [storeOf('--from', context), storeOf('--to', context)];
    if (isSameStore(from, to)) throw new UsageError('--from and --to name the same store');
    const [source, target] = [await loadCopyable('--from', from), await loadCopyable('--to', to)];
    const report = await copyAll(source, target, context);
    context.print(`${target.description} now holds what ${source.description} does: ${describeReport(report)}`);
    noteSecret(from, context);
    return 0;
  },
};

const VARIABLES = { '--from': 'COPY_FROM_URL', '--to': 'COPY_TO_URL' } as const satisfies Record<Option, string>;

/** Messages do not repeat the URL, which may hold a password. */
function storeOf(option: Option, context: CommandContext): StoreUrl {
  const url = urlOf(option, context);
  const store = parseStoreUrl(url);
  if (!store) throw new UsageError(`${option} must be ${STORE_FORMS.persistent}`);
  if (isPersistent(store)) return store;
  throw new UsageError(`${option} is ${store.kind}:, a store that starts empty and ends with its process`);
}

/** A password at the begin of a URL or in its query. */
const PASSWORD = /:\/\/\S*:\S*@|password=/i;

/** Returns the URL of the option or of its variable. Warns of a password on the command line, which everybody can see. */
function urlOf(option: Option, { options, environment, complain }: CommandContext): string {
  const variable = VARIABLES[option];
  const given = options[option.slice('--'.length)];
  const url = given ?? readVariable(environment, variable);
  if (url === undefined)
    throw new UsageError(`${option} is missing, and neither ${variable} nor ${variable}_FILE is set`);
  if (given !== undefined && PASSWORD.test(given)) {
    complain(
      `warning: ${option} has a password, which other users of this machine may have seen in the list of processes. ` +
        `Set ${variable} or ${variable}_FILE instead.`,
    );
  }
  return url;
}

/** The part of a connector that copying needs. */
type Copyable = Pick<CopyableConnector, 'description' | 'copying'>;

async function loadCopyable(option: Option, store: StoreUrl): Promise<Copyable> {
  const { description, copying } = await loadConnector(store, { poolSize: POOL_SIZE });
  if (copying) return { description, copying };
  throw nameStore(option, description, new CopyingUnsupported());
}

async function copyAll(from: Copyable, to: Copyable, { environment, screen }: CommandContext): Promise<CopyReport> {
  // Only this setting: the others are those of a server, and errors in them do not matter here.
  const { session } = readConfig({ SESSION_IDLE_TIMEOUT: environment.SESSION_IDLE_TIMEOUT });
  const copyStorage = new CopyStorage(new SystemClock(), session, new Sha256Fingerprints());
  const signal = abortOnSignal();
  const progress = progressDisplay(screen);
  const source = await open('--from', from, copying => copying.openArchive());
  try {
    const target = await open('--to', to, copying => copying.beginImport());
    try {
      return await copyStorage.execute({ source, target, signal, onProgress: at => progress.show(at) });
    } finally {
      progress.end();
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Aborted by SIGINT or SIGTERM. The copy ends after the current batch. */
function abortOnSignal(): AbortSignal {
  const controller = new AbortController();
  void untilSignal().then(signal =>
    controller.abort(
      new PlainError(
        `stopped by ${signal}. Run the same command again to start over; until it has finished, the target cannot be opened.`,
      ),
    ),
  );
  return controller.signal;
}

async function open<Archive>(
  option: Option,
  { description, copying }: Copyable,
  opening: (copying: StorageCopying) => Promise<Archive>,
): Promise<Archive> {
  try {
    return await opening(copying);
  } catch (error) {
    throw nameStore(option, description, error);
  }
}

/** The same error with the name of the store it is about. */
const nameStore = (option: Option, description: string, error: unknown): Error =>
  new PlainError(`${option} (${description}): ${reasonOf(error)}`, { cause: error });

const describeReport = (report: CopyReport): string =>
  [...report].map(([collection, count]) => `${formatCount(count)} ${COLLECTION_NAMES[collection]}`).join(', ');

/** The secret that signs cookies is not part of the store, so it is not copied. */
function noteSecret({ directory }: StoreUrl, { print }: CommandContext): void {
  if (directory === null || !existsSync(secretPath(directory))) return;
  print(`note: unless SESSION_SECRETS is set, cookies are signed with the secret in ${secretPath(directory)}.`);
  print('      Start the server of the new store with SESSION_SECRETS set to it, so that cookies stay valid.');
}
