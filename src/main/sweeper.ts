import type { SweepExpired } from '../application/use-cases/sweep-expired.js';

/** Milliseconds. Expired rows cost nothing but space, so a minute more or less does not matter. */
const INTERVAL = 60_000;

/** Sweeps now and then in the background, one sweep at a time, without keeping the process alive. */
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
