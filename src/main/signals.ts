/** Resolves at the first SIGTERM or SIGINT. The second ends the process at once: somebody is losing patience. */
export const untilSignal = (): Promise<NodeJS.Signals> =>
  new Promise(resolve => {
    const onSignal = (signal: NodeJS.Signals): void => {
      for (const name of ['SIGTERM', 'SIGINT'] as const) {
        process.off(name, onSignal);
        process.on(name, () => process.exit(1));
      }
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
