import type { Config } from '../config.js';
import { ConfigError, readConfig } from '../config.js';
import type { Command, CommandContext } from './command.js';
import { connectorOf } from './command.js';

export const doctor: Command = {
  help: `usage: tradepost doctor [--env-file PATH]

Checks the configuration, the connection to the database and its schema. Reports what is wrong and what to do about it.
Exit status 0 when all is well, else 1. Changes nothing.`,

  async run(context) {
    const config = checkConfig(context);
    if (!config) return 1;
    return (await checkStorage(config, context)) ? 0 : 1;
  },
};

function checkConfig({ environment, print }: CommandContext): Config | null {
  try {
    const config = readConfig(environment);
    print('ok       configuration');
    if (config.sessionSecrets === null) {
      print('note     SESSION_SECRETS is not set: fine for development, required when NODE_ENV=production');
    }
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.messages) print(`problem  configuration: ${problem}`);
    return null;
  }
}

async function checkStorage(config: Config, { print }: CommandContext): Promise<boolean> {
  const connector = await connectorOf(config);
  const { ok, detail } = await connector.inspect();
  print(`${ok ? 'ok      ' : 'problem '} storage: ${connector.description}: ${detail}`);
  return ok;
}
