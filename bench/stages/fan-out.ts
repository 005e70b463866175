import { once } from 'node:events';
import type { Bench, StageResult } from '../bench.js';
import { processCpu } from '../cpu.js';
import { closeAll } from '../load/sockets.js';
import { ascending, median, quantile, round } from '../measure.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { type FanOutSubject, startBareLoop, startSocketIo, startTradepostTrades } from './fan-out-subjects.js';
import { type Ending, stage } from './stage.js';

const SOCKETS = 1000;
/** Turns of each subject, events in a turn, and how many of them are a warm-up. */
const TURNS = { full: 6, quick: 2 };
const EVENTS = 40;
const WARM_UP = 5;

/**
 * Measures the time from the request that causes an event until the last of 1,000 sockets has it, beside a loop that
 * sends one string of the same length with `ws`, and beside socket.io; then again with one socket that has stopped
 * reading. Reading 1,000 sockets takes the bench about as long as writing them takes a server, so the server's CPU time
 * is measured too.
 */
export const fanOut = stage('fan-out', measure);

async function measure({ quick }: Bench, ending: Ending): Promise<StageResult> {
  const tradepost = await startTradepostTrades(SOCKETS, ending);
  const [first] = tradepost.sockets;
  if (!first) throw new Error('no sockets');
  const notified = once(first, 'message') as Promise<[Buffer]>;
  await tradepost.send();
  const [notification] = await notified;
  const bare = await startBareLoop(SOCKETS, notification.length, ending);
  const subjects = [tradepost, bare, await startSocketIo(SOCKETS, notification.length, ending)];
  for (const { sockets } of subjects) ending.add({ stop: () => closeAll(sockets) });

  const turns = quick ? TURNS.quick : TURNS.full;
  const all = await compare(subjects, bare, turns, 'all read');
  for (const { sockets } of subjects) sockets[0]?.pause();
  const stalled = await compare(subjects, bare, turns, 'one stalled');
  for (const { sockets } of subjects) sockets[0]?.resume();
  const columns = {
    name: '',
    case: '',
    p50: 'p50, ms',
    p99: 'p99, ms',
    ratio: 'time ratio',
    cpu: 'CPU ms/event',
    cpuRatio: 'CPU ratio',
  };
  return { tables: [table(`one event to ${SOCKETS} sockets`, columns, [...all, ...stalled])] };
}

interface Taken {
  readonly milliseconds: number[];
  /** Seconds of each turn; empty where they are unknown. */
  readonly cpu: number[];
}

async function compare(subjects: readonly FanOutSubject[], reference: FanOutSubject, turns: number, what: string) {
  const results = new Map(subjects.map((subject): [FanOutSubject, Taken] => [subject, { milliseconds: [], cpu: [] }]));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [subject, taken] of results) {
      progress(`${what}, round ${turn + 1} of ${turns}: ${subject.name}`);
      await takeTurn(subject, taken);
    }
  }
  const baseline = results.get(reference);
  return [...results].map(([{ name }, taken]) => rowOf(name, what, taken, baseline ?? taken));
}

function rowOf(name: string, what: string, taken: Taken, baseline: Taken) {
  const p50 = median(taken.milliseconds);
  const cpuOf = ({ cpu }: Taken): number => (median(cpu) / EVENTS) * 1000;
  const known = taken.cpu.length > 0;
  return {
    name,
    case: what,
    p50: round(p50, 1),
    p99: round(quantile(ascending(taken.milliseconds), 0.99), 1),
    ratio: round(p50 / median(baseline.milliseconds), 2),
    cpu: known ? round(cpuOf(taken), 1) : null,
    cpuRatio: known ? round(cpuOf(taken) / cpuOf(baseline), 2) : null,
  };
}

async function takeTurn({ pid, sockets, send }: FanOutSubject, { milliseconds, cpu }: Taken): Promise<void> {
  const reading = sockets.filter(socket => !socket.isPaused);
  let missing = 0;
  let complete = (): void => undefined;
  const count = (): void => {
    missing -= 1;
    if (missing === 0) complete();
  };
  for (const socket of reading) socket.on('message', count);
  const clock = processCpu(pid);
  const before = clock();
  for (let event = 0; event < EVENTS; event += 1) {
    missing = reading.length;
    const received = new Promise<void>(resolve => {
      complete = resolve;
    });
    const began = performance.now();
    const sent = send();
    await received;
    const taken = performance.now() - began;
    await sent;
    if (event >= WARM_UP) milliseconds.push(taken);
  }
  const after = clock();
  if (before !== null && after !== null) cpu.push(after - before);
  for (const socket of reading) socket.off('message', count);
}
