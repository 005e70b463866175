/**
 * Lets work that shares a key run one after another, in the order it came. Where a database does not let transactions
 * wait for one another, those of one process would otherwise undo each other again and again.
 */
export class Lanes {
  /** For each key the end of the work that came last. */
  private readonly ends = new Map<string, Promise<void>>();

  async run<Result>(keys: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const earlier = keys.map(key => this.ends.get(key));
    let finish = (): void => undefined;
    const end = new Promise<void>(resolve => {
      finish = resolve;
    });
    // In all lanes in one step: nobody is before us in one and behind us in another, so nobody waits in a circle.
    for (const key of keys) this.ends.set(key, end);
    try {
      await Promise.all(earlier);
      return await work();
    } finally {
      finish();
      for (const key of keys) if (this.ends.get(key) === end) this.ends.delete(key);
    }
  }
}
