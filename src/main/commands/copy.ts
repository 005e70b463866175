import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Sha256Fingerprints } from '../../adapters/driven/system/sha256-fingerprints.js';
import { SystemClock } from '../../adapters/driven/system/system-clock.js';
import { COLLECTION_NAMES } from '../../application/copy/refusals.js';
import type { StorageConnector } from '../../application/ports/driven/storage.js';
import type { CopyReport } from '../../application/use-cases/copy-storage.js';
import { CopyStorage } from '../../application/use-cases/copy-storage.js';
import { readConfig, storageChoice } from '../config.js';
import { describeFailure } from '../failure.js';
import { grouped, progressDisplay } from '../progress.js';
import { isSameStorage } from '../same-storage.js';
import { untilSignal } from '../signals.js';
import { connectorFor } from '../storage-choice.js';
import type { StorageAddress } from '../storage-url.js';
import { parseStorageUrl } from '../storage-url.js';
import type { Command, CommandContext } from './command.js';
import { UsageError } from './command.js';

export const copy: Command = {
  summary: 'copy everything from one store into an empty other one',
  options: ['from', 'to'],
  help: `usage: tradepost copy --from URL --to URL

Copies accounts, live sessions, cards, trade logs and idempotency records into an empty store, reads both again and
compares them. Nobody is logged out by it. Stop the servers of the source first: what they write meanwhile is not
copied, and the copy ends with an error that says so. The source is only read.

A copy that was broken off, however it ended, is repeated with the same command. Until one has finished, the target
cannot be opened.

  --from URL, --to URL  postgres://…, mongodb://… or file:DIRECTORY
  SESSION_IDLE_TIMEOUT  in the environment, seconds, as the server has it: which sessions are over (none)`,

  async run(context) {
    const [from, to] = [addressOf('from', context), addressOf('to', context)];
    if (isSameStorage(from, to)) throw new UsageError('--from and --to name the same store');
    const [source, target] = [await connectorFor(storageChoice(from, 2)), await connectorFor(storageChoice(to, 2))];
    const report = await copyAll(source, target, context);
    context.print(`${target.description} now holds what ${source.description} does: ${counted(report)}`);
    noteSecret(from, context);
    return 0;
  },
};

function addressOf(name: 'from' | 'to', { options }: CommandContext): StorageAddress {
  const url = options[name];
  if (url === undefined) throw new UsageError(`--${name} is missing`);
  const address = parseStorageUrl(url);
  // The value may hold a password, so it is not repeated.
  if (!address) throw new UsageError(`--${name} must be postgres://…, mongodb://… or file:DIRECTORY`);
  if (address.kind !== 'memory') return address;
  throw new UsageError(
    `--${name} is memory:, a store that begins empty and ends with its process: no other can copy it`,
  );
}

async function copyAll(
  from: StorageConnector,
  to: StorageConnector,
  { environment, screen }: CommandContext,
): Promise<CopyReport> {
  // The rest of the configuration is a server's, and has no say in this.
  const { session } = readConfig({ SESSION_IDLE_TIMEOUT: environment.SESSION_IDLE_TIMEOUT });
  const copying = new CopyStorage(new SystemClock(), session, new Sha256Fingerprints());
  const signal = stopOnSignal();
  const progress = progressDisplay(screen);
  const source = await opened('--from', from, from.openArchive());
  try {
    const target = await opened('--to', to, to.beginImport());
    try {
      return await copying.execute({ source, target, signal, onProgress: at => progress.show(at) });
    } finally {
      progress.end();
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Aborted by SIGINT or SIGTERM: the batch under way is finished then. */
function stopOnSignal(): AbortSignal {
  const controller = new AbortController();
  void untilSignal().then(signal =>
    controller.abort(
      new Error(
        `stopped by ${signal}. Run the same command again to start over; until it has finished, the target cannot be opened.`,
      ),
    ),
  );
  return controller.signal;
}

/** Of two stores it has to be said which one a failure is about. */
async function opened<Archive>(
  option: string,
  { description }: StorageConnector,
  opening: Promise<Archive>,
): Promise<Archive> {
  try {
    return await opening;
  } catch (error) {
    throw new Error(`${option} (${description}): ${describeFailure(error)}`);
  }
}

const counted = (report: CopyReport): string =>
  [...report].map(([collection, count]) => `${grouped(count)} ${COLLECTION_NAMES[collection]}`).join(', ');

/** Cookies are signed with a secret that is no part of the store. */
function noteSecret(from: StorageAddress, { print }: CommandContext): void {
  if (from.kind !== 'embedded') return;
  const path = join(from.directory, 'session-secret');
  if (!existsSync(path)) return;
  print(`note: unless SESSION_SECRETS is set, cookies are signed with the secret in ${path}.`);
  print('      Start the server of the new store with SESSION_SECRETS set to it, and cookies stay valid too.');
}
