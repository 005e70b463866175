/** Milliseconds. A query that fails after so long failed because the store does not respond. */
const UNRESPONSIVE = 1000;

interface Waiting<Input, Output> {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

/** How much a `JointQuery` does at a time. */
export interface JointQueryLimits {
  /** The most queries that run at a time. While so many run, further inputs wait and share the next query. */
  readonly parallel: number;
  /** The most inputs of one query; 100 if left out. What follows the outputs of one query keeps the event loop busy. */
  readonly inputs?: number;
}

/**
 * Serves many requests with few queries of a store: when thousands of clients come back at once, one query for each
 * would keep other requests waiting for a connection. An input gets a query that begins after `request` was called, at once
 * where few queries run. If a query fails, all of its inputs get the error, and so do those that wait if the store does not
 * respond: otherwise each batch would wait for the limits of the batches before it, too.
 */
export class JointQuery<Input, Output> {
  private readonly waiting: Waiting<Input, Output>[] = [];
  private running = 0;

  constructor(
    /** Returns an output for each input, in the same order. */
    private readonly run: (inputs: readonly Input[]) => Promise<readonly Output[]>,
    private readonly limits: JointQueryLimits,
  ) {}

  /** Returns the output for an input, from a query that begins after this call. */
  request(input: Input): Promise<Output> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ input, resolve, reject });
      if (this.running < this.limits.parallel) void this.runNext();
    });
  }

  private async runNext(): Promise<void> {
    this.running += 1;
    while (this.waiting.length > 0) await this.runBatch(this.waiting.splice(0, this.limits.inputs ?? 100));
    this.running -= 1;
  }

  private async runBatch(batch: readonly Waiting<Input, Output>[]): Promise<void> {
    const began = performance.now();
    try {
      const outputs = await this.run(batch.map(({ input }) => input));
      for (const [index, { resolve }] of batch.entries()) resolve(outputs[index] as Output);
    } catch (error) {
      const isUnresponsive = performance.now() - began >= UNRESPONSIVE;
      const failing = isUnresponsive ? [...batch, ...this.waiting.splice(0)] : batch;
      for (const { reject } of failing) reject(error);
    }
  }
}
