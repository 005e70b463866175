import { expect, it } from 'vitest';
import { readOptions, UsageError } from '../../src/main/commands/command.js';
import { copy } from '../../src/main/commands/copy.js';

it.each([
  [['--to', 'file:x'], '--from is missing'],
  [['--from', 'file:x'], '--to is missing'],
  [['--from', 'file:x', '--to'], '--to needs a value'],
  [['--from', '--to', 'file:x'], '--from needs a value'],
  [['--from', 'file:x', '--from', 'file:y', '--to', 'file:z'], '--from is given twice'],
  [['--from', 'mysql://ann:hunter2@db/x', '--to', 'file:x'], '--from must be postgres://…'],
  [['postgres://ann:hunter2@db/x', '--to', 'file:x'], 'unexpected "postgres://…@db/x"'],
  [['--url=postgres://ann:hunter2@db/x'], 'unexpected "--url"'],
  [['--from', 'memory:', '--to', 'file:x'], '--from is memory:, a store that starts empty'],
  [['--from', 'file:x', '--to', 'memory:'], '--to is memory:, a store that starts empty'],
  [['--from', 'file:x', '--to', 'file:./y/../x'], '--from and --to name the same store'],
  [['--from', 'postgres://ann:hunter2@db/x', '--to', 'postgres://DB:5432/x?a=b'], 'name the same store'],
])('tradepost copy called with %j says what is wrong, and no password', async (args, message) => {
  const silent = () => undefined;
  const context = { environment: {}, print: silent, complain: silent, screen: { write: silent } };
  const calling = async () => {
    const options = readOptions(args, copy.options ?? []);
    return options === 'help' ? 0 : copy.run({ ...context, options });
  };
  const error: unknown = await calling().catch((error: unknown) => error);
  expect(error).toBeInstanceOf(UsageError);
  expect(String(error)).toContain(message);
  expect(String(error)).not.toContain('hunter2');
});
