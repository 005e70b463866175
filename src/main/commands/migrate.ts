import { readConfig } from '../config.js';
import { connectorFor } from '../storage-choice.js';
import type { Command } from './command.js';

export const migrate: Command = {
  summary: 'bring the database up to date',
  help: `usage: tradepost migrate

Applies the migrations the database of DATABASE_URL lacks, all of them or none. Several at once wait for one another.`,

  async run({ environment, print }) {
    const storage = await connectorFor(readConfig(environment).storage);
    const { applied, current } = await storage.migrate();
    for (const name of applied) print(`applied ${name}`);
    print(`${storage.description} is up to date${current === null ? '' : ` (${current})`}`);
    return 0;
  },
};
