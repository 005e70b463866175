import type { Timers } from '../ports/driven/system.js';

/** The timers of the runtime. */
export const systemTimers: Timers = {
  now: () => performance.now(),
  after: (milliseconds, task) => {
    const timer = setTimeout(task, milliseconds).unref();
    return () => clearTimeout(timer);
  },
  every: (milliseconds, task) => {
    const timer = setInterval(task, milliseconds).unref();
    return () => clearInterval(timer);
  },
};
