import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, StageResult } from '../bench.js';
import { built } from '../built.js';
import { type Contestant, socketUrlOf, startTradepost } from '../contestants/contestant.js';
import { residentOf } from '../cpu.js';
import { addPeople } from '../database/people.js';
import { closeAll, openSocket, openSockets, watch } from '../load/sockets.js';
import { round } from '../measure.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { type Ending, stage } from './stage.js';

/** Memory of a server process for each idle socket. Every socket has a user and a session of its own. */
export const socketMemory = stage('socket-memory', measure);

async function measure({ quick, postgres }: Bench, ending: Ending): Promise<StageResult> {
  if (process.platform !== 'linux') return { tables: [], leftOut: ['socket-memory: needs /proc, as Linux has it'] };
  const rows = [];
  for (const size of quick ? [300] : [1000, 2000])
    rows.push(await memoryOf(await postgres.createDatabase(), size, quick, ending));
  const columns = { sockets: 'sockets', before: 'before, MiB', each: 'each, KiB', eachWatching: 'each watching, KiB' };
  return { tables: [table('resident memory of idle sockets', columns, rows)] };
}

async function memoryOf(url: string, size: number, quick: boolean, ending: Ending) {
  progress(`making ${size} people with a session each`);
  const tokens = (await addPeople((await built.postgres()).postgres({ url }), size)).map(({ token }) => token);
  const server = ending.add(await startTradepost(url));
  const open = (count: number) => openSockets(count, index => openSocket(socketUrlOf(server), tokens[index] ?? ''));
  // Warms up code and database connections. More sockets would leave free memory for the measured ones to fill.
  await closeAll(await open(20));
  const limit = quick ? 4 : 120;
  const before = await settled(server, limit);
  progress(`${size} open`);
  const sockets = await open(size);
  const resident = await settled(server, limit);
  progress(`${size} watching`);
  for (const socket of sockets) await watch(socket);
  const watching = await settled(server, limit);
  await closeAll(sockets);
  const each = (memory: number): number => round(((memory - before) * 1024) / size, 1);
  return { sockets: size, before: round(before, 1), each: each(resident), eachWatching: each(watching) };
}

const SAMPLES = 10;
const STABLE = 0.5;
/** Long enough for a garbage collection. */
const LEAST_SECONDS = 15;

/** Returns MiB, once ten samples in five seconds are within half a MiB of one another, or after `limit` seconds. */
async function settled({ pid }: Contestant, limit: number): Promise<number> {
  const samples: number[] = [];
  for (let taken = 0; taken < limit * 2; taken += 1) {
    samples.push(residentOf(pid) ?? Number.NaN);
    const last = samples.slice(-SAMPLES);
    if (taken > LEAST_SECONDS * 2 && Math.max(...last) - Math.min(...last) <= STABLE) break;
    await sleep(500);
  }
  return samples.at(-1) ?? Number.NaN;
}
