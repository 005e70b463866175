import { parseArgs } from 'node:util';

export interface Options {
  /** Short rounds and small tables, for a look at everything in under three minutes. */
  readonly quick: boolean;
  /** Names of stages; all of them where none is named. */
  readonly stages: readonly string[];
}

const USAGE = (names: readonly string[]): string => `usage: npm run bench -- [--quick] [--stage NAME[,NAME…]]

  --quick   short rounds and small tables: under three minutes, noisier figures; writes bench/results/quick.json and
            leaves docs/performance.md alone
  --stage   only these: ${names.join(', ')}`;

/** Ends the process after `--help` and after arguments that it does not know. */
export function readOptions(names: readonly string[]): Options {
  try {
    const { values } = parseArgs({
      options: { quick: { type: 'boolean' }, stage: { type: 'string', multiple: true }, help: { type: 'boolean' } },
    });
    if (values.help) {
      console.log(USAGE(names));
      process.exit(0);
    }
    const stages = (values.stage ?? []).flatMap(list => list.split(','));
    const unknown = stages.filter(stage => !names.includes(stage));
    if (unknown.length > 0) throw new Error(`There is no stage ${unknown.join(', ')}.`);
    return {
      quick: values.quick ?? false,
      stages: stages.length > 0 ? names.filter(name => stages.includes(name)) : names,
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE(names)}`);
    process.exit(2);
  }
}
