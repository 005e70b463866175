import { parseArgs } from 'node:util';

export interface Options {
  /** Short rounds and small tables: all stages in under three minutes. */
  readonly quick: boolean;
  /** Names of the stages to run. */
  readonly stages: readonly string[];
}

const USAGE = (names: readonly string[]): string => `usage: npm run bench -- [--quick] [--stage NAME[,NAME…]]

  --quick   short rounds and small tables: under three minutes, noisier figures; writes bench/results/quick.json and
            leaves docs/performance.md alone
  --stage   only these: ${names.join(', ')}`;

/** Ends the process with status 0 after `--help`, and with 2 for unknown arguments. */
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
