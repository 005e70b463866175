import { describe, expect, it } from 'vitest';
import { BoundedQueue } from '../../../src/adapters/driven/argon2/bounded-queue.js';

const overloaded = expect.objectContaining({ code: 'overloaded' });

/** Tasks that end when `finishOne` is called. */
function tasks() {
  const running: (() => void)[] = [];
  let most = 0;
  return {
    task: () =>
      new Promise<void>(resolve => {
        running.push(resolve);
        most = Math.max(most, running.length);
      }),
    finishOne: () => running.shift()?.(),
    get running() {
      return running.length;
    },
    get most() {
      return most;
    },
  };
}

const settled = () => new Promise(resolve => setImmediate(resolve));

describe('the bounded queue', () => {
  it('runs some tasks, lets some wait, and refuses all others at once', async () => {
    const queue = new BoundedQueue({ inFlight: 2, waiting: 3, patience: 60_000 });
    const work = tasks();
    const accepted = Array.from({ length: 5 }, () => queue.run(work.task));
    await expect(queue.run(work.task)).rejects.toEqual(overloaded);
    for (let done = 0; done < 5; done += 1) {
      await settled();
      expect(work.running).toBe(Math.min(2, 5 - done));
      work.finishOne();
    }
    await Promise.all(accepted);
    expect(work.most).toBe(2);
  });

  it('starts the next task after one that fails', async () => {
    const queue = new BoundedQueue({ inFlight: 1, waiting: 0, patience: 60_000 });
    await expect(queue.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await queue.run(async () => 'done')).toBe('done');
  });

  it('refuses a task that has waited too long, and continues', async () => {
    const queue = new BoundedQueue({ inFlight: 1, waiting: 1, patience: 10 });
    const work = tasks();
    const first = queue.run(work.task);
    await expect(queue.run(work.task)).rejects.toMatchObject({ code: 'overloaded', retryAfter: 1 });
    work.finishOne();
    await first;
    expect(await queue.run(async () => 'done')).toBe('done');
  });

  it('serves in the order of arrival', async () => {
    const queue = new BoundedQueue({ inFlight: 1, waiting: 10, patience: 60_000 });
    const order: number[] = [];
    await Promise.all([1, 2, 3, 4].map(number => queue.run(async () => order.push(number))));
    expect(order).toEqual([1, 2, 3, 4]);
  });
});
