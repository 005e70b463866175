import { readConfig } from '../config.js';
import { connectorOf } from '../preflight.js';
import type { Command } from './command.js';

export const migrate: Command = {
  help: `usage: tradepost migrate [--env-file PATH]

Applies the pending migrations to the database of DATABASE_URL, or of the URL in the file DATABASE_URL_FILE. Several
processes that migrate at once wait for one another.`,

  async run({ environment, print }) {
    const connector = await connectorOf(readConfig(environment));
    const { applied, current } = await connector.migrate();
    for (const name of applied) print(`applied ${name}`);
    print(`${connector.description} is up to date${current === null ? '' : ` (${current})`}`);
    return 0;
  },
};
