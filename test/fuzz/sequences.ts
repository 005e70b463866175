import fc from 'fast-check';
import { expect } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { StorageConnector } from '../../src/index.js';
import { timestamp } from '../../src/index.js';
import { ManualClock } from '../../src/testing/index.js';
import type { Settings } from './settings.js';
import { Side } from './side.js';
import { Findings, PROLOGUE, STEPS } from './steps.js';

type Sequence = Iterable<fc.AsyncCommand<Findings, { model: Side; real: Side; clock: ManualClock }>>;

/** The fewest steps of a sequence, as long as no difference was found. */
const LENGTH = 50;

/** Sequences of at least `LENGTH` steps. They shrink to fewer. */
class LongSequences extends fc.Arbitrary<Sequence> {
  constructor(private readonly any: fc.Arbitrary<Sequence>) {
    super();
  }

  override generate(...how: Parameters<fc.Arbitrary<Sequence>['generate']>): fc.Value<Sequence> {
    for (;;) {
      const value = this.any.generate(...how);
      // `value` would make a copy, and the steps that a run marks as needed would not be those that are shrunk.
      if ([...value.value_].length >= LENGTH) return value;
    }
  }

  override canShrinkWithoutContext(value: unknown): value is Sequence {
    return this.any.canShrinkWithoutContext(value);
  }

  override shrink(value: Sequence, context: unknown): fc.Stream<fc.Value<Sequence>> {
    return this.any.shrink(value, context);
  }
}

const { FUZZ_REPLAY_PATH: replayPath } = process.env;

// Without bias, because it makes sequences short.
const sequences = new LongSequences(
  fc.noBias(
    fc.commands(STEPS, { maxCommands: LENGTH + 10, size: 'max', ...(replayPath === undefined ? {} : { replayPath }) }),
  ),
);

/**
 * After today, because MongoDB deletes sessions by itself that expired long ago, by its own clock; and more for each
 * sequence than a session or an idempotency key lives.
 */
const START = timestamp(Date.UTC(2100, 0, 1));
const BETWEEN = 3 * 86_400;

/** Runs random sequences on a store in memory and on this store, and compares every result and what is stored. */
export async function compareWithModel(connector: StorageConnector, settings: Settings) {
  const clock = new ManualClock(START);
  const [ideal, storage] = [await memory().open(), await connector.open()];
  // Kept for the whole run, so that not each watch connects anew.
  const unsubscribe = storage.signals.subscribe(() => undefined);
  const [model, real] = [new Side(ideal, clock), new Side(storage, clock)];
  let count = 0;
  let steps = 0;

  const property = fc.asyncProperty(sequences, async sequence => {
    count += 1;
    clock.advance(BETWEEN);
    const findings = new Findings(count);
    const sides = { model, real, clock };
    for (const side of [model, real]) await side.begin(count);
    for (const step of PROLOGUE) await step.run(findings, sides);
    steps += [...sequence].length;
    await fc.asyncModelRun(() => ({ model: findings, real: sides }), sequence);
    expect(await real.read(findings.users), 'what is stored at the end').toEqual(await model.read(findings.users));
  });
  try {
    const details = await fc.check(property, settings);
    const shrunk = details.counterexample === null ? [] : [...details.counterexample[0]].map(nameOf);
    return { failed: details.failed, shrunk, steps, report: await fc.asyncDefaultReportMessage(details) };
  } finally {
    unsubscribe();
    for (const side of [model, real]) side.close();
    await storage.close();
  }
}

/** The name that a step's text begins with. */
const nameOf = (step: object): string => String(step).replace(/\{.*/s, '');
