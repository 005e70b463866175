import type { Bench, Stage, StageResult } from '../bench.js';

/** Ends what a stage has started, in reverse order. A failure does not keep the rest from being ended. */
export class Ending {
  private readonly steps: (() => Promise<unknown>)[] = [];

  add<Started extends { stop(): Promise<unknown> }>(started: Started): Started {
    this.steps.push(() => started.stop());
    return started;
  }

  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.steps.splice(0).reverse()) await step().catch(error => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be ended');
  }
}

/** Makes a stage that ends its servers and drops its databases afterwards. */
export const stage = (name: string, measure: (bench: Bench, ending: Ending) => Promise<StageResult>): Stage => ({
  name,
  run: async bench => {
    const ending = new Ending();
    try {
      return await measure(bench, ending);
    } finally {
      await ending.run();
      await bench.postgres.dropDatabases();
    }
  },
});
