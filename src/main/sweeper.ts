import type { SweepExpired } from '../application/use-cases/sweep-expired.js';

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
