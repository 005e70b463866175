import { reasonOf, unusable } from '../../application/storage-kit/index.js';
import type { Config } from '../config.js';
import { ConfigError, readConfig } from '../config.js';
import { CHECKS, connectorOf, findProblem } from '../preflight.js';
import type { Command, CommandContext } from './command.js';

export const doctor: Command = {
  help: `usage: tradepost doctor [--env-file PATH]

Checks what \`tradepost serve\` needs, with the same environment: the variables, the secret that signs cookies, the files
of the console, the port, and the store with its folder or connection, rights, schema and clock. Prints one line for each:
ok, note, warning (the server starts nevertheless) or problem (it does not), with the remedy. Exit status 0 without
problems, else 1. Changes nothing. An embedded database is copied to a temporary folder to be checked.`,

  async run(context) {
    const config = checkConfig(context);
    if (!config) return 1;
    let isWell = true;
    for (const check of CHECKS) {
      const problem = await findProblem(check, config);
      context.print(problem ? `problem  ${reasonOf(problem)}` : `ok       ${check.subject}`);
      isWell &&= problem === null;
    }
    return (await checkStorage(config, context)) && isWell ? 0 : 1;
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
  try {
    const connector = await connectorOf(config);
    // A third-party adapter may throw nevertheless.
    const { ok, detail, warnings = [] } = await connector.inspect().catch(unusable);
    print(`${ok ? 'ok      ' : 'problem '} storage: ${connector.description}: ${detail}`);
    for (const warning of warnings) print(`warning  storage: ${connector.description}: ${warning}`);
    // A warning may name what keeps signals away. The trial would only repeat it.
    if (!ok || warnings.length > 0 || !connector.inspectSignals) return ok;
    const signals = await connector.inspectSignals();
    // The server starts and loses nothing without signals.
    print(`${signals.ok ? 'ok      ' : 'warning '} signals: ${signals.detail}`);
    return ok;
  } catch (error) {
    print(`problem  ${reasonOf(error)}`);
    return false;
  }
}
