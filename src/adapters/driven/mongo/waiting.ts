export class DeadlinePassed extends Error {
  constructor(milliseconds: number) {
    super(`the database did not answer within ${milliseconds} ms`);
    this.name = 'DeadlinePassed';
  }
}

/** Returns the result of `work`. @throws DeadlinePassed if it takes longer; `work` itself then continues unobserved */
export async function withDeadline<Result>(milliseconds: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlinePassed(milliseconds)), milliseconds);
  });
  try {
    return await Promise.race([work, passed]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs work that shares a key one after another, in the order of the calls. MongoDB's transactions do not wait for one
 * another, so without it those of one process would abort each other again and again.
 */
export class Lanes {
  /** For each key, the end of the work that was added last. */
  private readonly ends = new Map<string, Promise<void>>();

  async run<Result>(keys: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const earlier = keys.map(key => this.ends.get(key));
    let finish = (): void => undefined;
    const end = new Promise<void>(resolve => {
      finish = resolve;
    });
    // All lanes are entered in one step, so no two calls can wait for each other.
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
