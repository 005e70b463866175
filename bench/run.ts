import { type Bench, PACES, type StageResult } from './bench.js';
import { startBenchPostgres } from './database/postgres.js';
import { installPeers } from './install-peers.js';
import { readOptions } from './options.js';
import { beginStage, endProgress, progress, startProgress } from './progress.js';
import { writeDocument } from './report/document.js';
import { saveResults } from './report/results.js';
import { plainTable } from './report/table.js';
import { readVersions, versionsText } from './report/versions.js';
import { STAGES } from './stages/index.js';

const { quick, stages } = readOptions(STAGES.map(({ name }) => name));
startProgress();
installPeers();
progress('starting PostgreSQL');
const postgres = await startBenchPostgres();

// A container does not end with this process, so a signal ends the run and PostgreSQL is stopped below.
const interrupted = new Promise<never>((_resolve, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error(signal)));
});

try {
  await Promise.race([run(), interrupted]);
} catch (error) {
  endProgress();
  console.error(error);
  process.exitCode = 1;
} finally {
  await postgres.dropDatabases();
  await postgres.stop();
}
process.exit();

async function run(): Promise<void> {
  const bench: Bench = {
    quick,
    pace: quick ? PACES.quick : PACES.full,
    postgres,
    mongoUrl: process.env.TEST_MONGODB_URL || undefined,
  };
  const versions = await readVersions(postgres, bench.mongoUrl);
  const chosen = STAGES.filter(({ name }) => stages.includes(name));
  for (const [index, stage] of chosen.entries()) {
    beginStage(stage.name, index + 1, chosen.length);
    const result = await stage.run(bench);
    endProgress();
    show(result);
    // Saved after each stage, so that a failure in a later one loses nothing.
    const saved = saveResults(quick, versions, { [stage.name]: { ranAt: new Date().toISOString(), ...result } });
    if (!quick) writeDocument(saved);
  }
  console.log(`\n${versionsText(versions)}`);
}

function show({ tables, leftOut = [] }: StageResult): void {
  for (const table of tables) console.log(`\n${plainTable(table)}`);
  for (const what of leftOut) console.log(`\nNot measured: ${what}.`);
}
