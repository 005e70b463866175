import { setTimeout as sleep } from 'node:timers/promises';
import type { Signal } from '../../../application/ports/driven/signals.js';
import { StorageUnavailable } from '../../../domain/errors.js';
import type { Changes } from './change-stream.js';
import { signalOf } from './change-stream.js';
import { storageError } from './failures.js';

/** Milliseconds. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 5_000;

/**
 * Hands over what streams of changes tell, one stream after the other, until it is told to stop. The driver itself goes
 * on where a stream broke, for as long as the server can; where it cannot, a new stream begins, and `missed` says so.
 *
 * @returns whether the server has change streams. False comes at once: asking again would not change it.
 */
export async function watchChanges(
  open: () => Changes,
  tell: (signal: Signal) => void,
  stopped: AbortSignal,
): Promise<boolean> {
  for (let failures = 0; !stopped.aborted; failures += 1) {
    let opened = false;
    try {
      await follow(open(), stopped, signal => {
        opened = true;
        failures = 0;
        tell(signal);
      });
    } catch (error) {
      // One that was open shows that the server has them; what it can't go on with, a new one begins after.
      const refused = !opened && !(storageError(error) instanceof StorageUnavailable);
      if (refused && !stopped.aborted) return false;
    }
    // Somewhat at random, so that many processes do not come back at the same moment.
    const pause = Math.min(FIRST_PAUSE * 2 ** failures, LONGEST_PAUSE) * (0.5 + Math.random());
    await sleep(pause, undefined, { signal: stopped, ref: false }).catch(() => undefined);
  }
  return true;
}

async function follow(changes: Changes, stopped: AbortSignal, tell: (signal: Signal) => void): Promise<void> {
  const close = (): void => void changes.close().catch(() => undefined);
  stopped.addEventListener('abort', close);
  // The first token comes with the answer that opens the stream, before there is any change.
  changes.once('resumeTokenChanged', () => tell({ kind: 'missed' }));
  try {
    for (let change = await changes.tryNext(); !stopped.aborted; change = await changes.next()) {
      if (change) tell(signalOf(change));
    }
  } finally {
    stopped.removeEventListener('abort', close);
    close();
  }
}
