import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { JointQuery } from '../../src/application/storage-kit/index.js';

/** A query that runs until `answer` or `fail` is called, and returns each input doubled. */
function controlled(parallel: number, inputs?: number) {
  const runs: { readonly inputs: readonly number[]; answer(): void; fail(error: Error): void }[] = [];
  const joint = new JointQuery<number, number>(
    asked =>
      new Promise((resolve, reject) => {
        const answer = (): void => resolve(asked.map(each => each * 2));
        runs.push({ inputs: asked, answer, fail: reject });
      }),
    { parallel, ...(inputs !== undefined && { inputs }) },
  );
  return { joint, runs, asked: () => runs.map(run => run.inputs) };
}

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

describe('a joint query', () => {
  it('runs at once while few queries run; further inputs share the next one', async () => {
    const { joint, runs, asked } = controlled(2);
    const outputs = Promise.all([1, 2, 3, 4, 5].map(input => joint.request(input)));
    expect(asked()).toEqual([[1], [2]]);
    runs[1]?.answer();
    await settle();
    expect(asked()).toEqual([[1], [2], [3, 4, 5]]);
    runs[0]?.answer();
    runs[2]?.answer();
    expect(await outputs).toEqual([2, 4, 6, 8, 10]);
  });

  it('gives no input to a query that has begun', async () => {
    const { joint, runs, asked } = controlled(1);
    const first = joint.request(1);
    const again = joint.request(1);
    runs[0]?.answer();
    expect(await first).toBe(2);
    await settle();
    expect(asked()).toEqual([[1], [1]]);
    runs[1]?.answer();
    expect(await again).toBe(2);
    await settle();
    const later = joint.request(7);
    expect(asked().at(-1)).toEqual([7]);
    runs[2]?.answer();
    expect(await later).toBe(14);
  });

  it('has at most so many inputs', async () => {
    const { joint, runs, asked } = controlled(1, 2);
    const outputs = Promise.all([1, 2, 3, 4].map(input => joint.request(input)));
    for (const index of [0, 1, 2]) {
      runs[index]?.answer();
      await settle();
    }
    expect(asked()).toEqual([[1], [2, 3], [4]]);
    expect(await outputs).toEqual([2, 4, 6, 8]);
  });

  it('that fails because the store does not respond, fails for those that wait, too', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(0);
    onTestFinished(() => now.mockRestore());
    const { joint, runs, asked } = controlled(1);
    const all = Promise.allSettled([joint.request(1), joint.request(2), joint.request(3)]);
    const failure = new Error('no answer');
    now.mockReturnValue(1000);
    runs[0]?.fail(failure);
    expect((await all).map(each => each.status === 'rejected' && each.reason)).toEqual([failure, failure, failure]);
    await settle();
    expect(asked()).toEqual([[1]]);
    const later = joint.request(4);
    runs[1]?.answer();
    expect(await later).toBe(8);
  });

  it('that fails, fails for its inputs only', async () => {
    const { joint, runs } = controlled(1);
    const failing = joint.request(1);
    const others = [joint.request(2), joint.request(3)];
    const failure = new Error('down');
    runs[0]?.fail(failure);
    await expect(failing).rejects.toBe(failure);
    await settle();
    runs[1]?.answer();
    expect(await Promise.all(others)).toEqual([4, 6]);
  });
});
