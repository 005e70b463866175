import * as fc from 'fast-check';
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

/** One step of a history: a task of a client arrives, or one of the running tasks ends. */
type Step = { readonly arrives: string | null } | { readonly ends: number };

const CLIENTS = ['a', 'b', 'c', 'd', null] as const;

const histories = fc.record({
  inFlight: fc.integer({ min: 1, max: 3 }),
  waiting: fc.integer({ min: 0, max: 8 }),
  steps: fc.array(
    fc.oneof(
      // A client that floods, and others.
      { weight: 4, arbitrary: fc.constant<Step>({ arrives: 'a' }) },
      { weight: 4, arbitrary: fc.constantFrom(...CLIENTS).map((arrives): Step => ({ arrives })) },
      { weight: 2, arbitrary: fc.nat({ max: 2 }).map((ends): Step => ({ ends })) },
    ),
    // Long, so that the queue is full in most histories.
    { minLength: 40, maxLength: 120 },
  ),
});

type Task = { readonly client: string | null; state: 'waiting' | 'running' | 'done' | 'refused'; finish?: () => void };

/** Carries out a history and calls `check` after each step with the tasks in the order of their arrival. */
async function replay(
  { inFlight, waiting, steps }: { inFlight: number; waiting: number; steps: readonly Step[] },
  check: (change: { before: readonly Task['state'][]; tasks: readonly Task[]; started: readonly Task[] }) => void,
): Promise<readonly Task[]> {
  const queue = new BoundedQueue({ inFlight, waiting, patience: 60_000 });
  const tasks: Task[] = [];
  const ends: Promise<void>[] = [];
  const started: Task[] = [];
  const run = async (step: Step): Promise<void> => {
    const before = tasks.map(({ state }) => state);
    if ('arrives' in step) {
      const task: Task = { client: step.arrives, state: 'waiting' };
      tasks.push(task);
      const work = () =>
        new Promise<void>(resolve => {
          task.state = 'running';
          started.push(task);
          task.finish = resolve;
        });
      const settle = (state: Task['state']) => () => {
        task.state = state;
      };
      ends.push(queue.run(work, task.client).then(settle('done'), settle('refused')));
    } else {
      tasks.filter(({ state }) => state === 'running')[step.ends]?.finish?.();
    }
    await settled();
    check({ before, tasks, started });
  };
  for (const step of steps) await run(step);
  while (tasks.some(({ state }) => state === 'running')) await run({ ends: 0 });
  await Promise.all(ends);
  return tasks;
}

const waitingOf = (tasks: readonly Task[], client: string | null): number =>
  tasks.filter(task => task.state === 'waiting' && task.client === client).length;

describe('the bounded queue, whatever clients do', () => {
  it('keeps its bounds, is never idle while a task waits, and ends every task', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async history => {
        const tasks = await replay(history, ({ tasks: all }) => {
          const count = (state: Task['state']) => all.filter(task => task.state === state).length;
          expect(count('running')).toBeLessThanOrEqual(history.inFlight);
          expect(count('waiting')).toBeLessThanOrEqual(history.waiting);
          if (count('waiting') > 0) expect(count('running')).toBe(history.inFlight);
        });
        expect(tasks.filter(({ state }) => state === 'waiting' || state === 'running')).toEqual([]);
      }),
    );
  });

  it('refuses no client that has fewer waiting tasks than its even share', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async history => {
        await replay(history, ({ before, tasks }) => {
          const refused = tasks.find((task, index) => task.state === 'refused' && before[index] !== 'refused');
          if (!refused) return;
          const clients = new Set(tasks.filter(({ state }) => state === 'waiting').map(({ client }) => client));
          clients.add(refused.client);
          const own = waitingOf(tasks, refused.client);
          // The queue is full, and one more task would have been more than the share.
          expect(tasks.filter(({ state }) => state === 'waiting')).toHaveLength(history.waiting);
          expect((own + 1) * clients.size).toBeGreaterThan(history.waiting);
          for (const client of clients) expect(waitingOf(tasks, client)).toBeLessThanOrEqual(own + 1);
          // It was the newest of its client.
          const later = tasks.slice(tasks.indexOf(refused) + 1);
          expect(waitingOf(later, refused.client)).toBe(0);
        });
      }),
    );
  });

  it('lets clients take turns, and each client in the order of its arrivals', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async history => {
        let seen = 0;
        // For each client that waits, how often every other one has started since its last turn.
        const passed = new Map<string | null, Map<string | null, number>>();
        await replay(history, ({ tasks, started }) => {
          for (const { client } of started.slice(seen)) {
            passed.delete(client);
            for (const counts of passed.values()) counts.set(client, (counts.get(client) ?? 0) + 1);
          }
          seen = started.length;
          for (const client of CLIENTS) {
            if (waitingOf(tasks, client) === 0) passed.delete(client);
            else if (!passed.has(client)) passed.set(client, new Map());
          }
          for (const counts of passed.values()) expect(Math.max(0, ...counts.values())).toBeLessThanOrEqual(1);
          for (const client of CLIENTS) {
            const order = started.filter(task => task.client === client).map(task => tasks.indexOf(task));
            expect(order).toEqual(order.toSorted((a, b) => a - b));
          }
        });
      }),
    );
  });

  it('serves a client among floods of others as soon as each of them has had one turn', async () => {
    const queue = new BoundedQueue({ inFlight: 1, waiting: 20, patience: 60_000 });
    const work = tasks();
    const flood = (client: string) =>
      Array.from({ length: 30 }, () => queue.run(work.task, client).catch((error: unknown) => error));
    const floods = [...flood('a'), ...flood('b')];
    let served = false;
    const lone = queue.run(async () => {
      served = true;
    }, 'c');
    for (let turn = 0; turn < 3; turn += 1) {
      work.finishOne();
      await settled();
    }
    expect(served).toBe(true);
    await lone;
    while (work.running > 0) {
      work.finishOne();
      await settled();
    }
    // One that ran at once, and all that waited but the one which made room.
    expect((await Promise.all(floods)).filter(result => result === undefined)).toHaveLength(20);
  });

  it('is open to a lone client as a whole, to one after another', async () => {
    const queue = new BoundedQueue({ inFlight: 1, waiting: 20, patience: 60_000 });
    for (let client = 0; client < 50; client += 1) {
      const work = tasks();
      const accepted = Array.from({ length: 21 }, () => queue.run(work.task, `client ${client}`));
      await expect(queue.run(work.task, `client ${client}`)).rejects.toEqual(overloaded);
      while (work.running > 0) {
        work.finishOne();
        await settled();
      }
      await Promise.all(accepted);
    }
  });
});
