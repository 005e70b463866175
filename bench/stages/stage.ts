import type { Bench, Stage, StageResult } from '../bench.js';

/** What a stage has started, ended in reverse order, even where ending some of it fails. */
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

/** A stage whose servers and databases are gone when it is over. */
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
