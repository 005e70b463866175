import { Agent, request } from 'node:http';
import type { Bench, StageResult } from '../bench.js';
import { built } from '../built.js';
import { type Contestant, socketUrlOf, startTradepost } from '../contestants/contestant.js';
import { listRequestOf } from '../contestants/requests.js';
import { type CpuClock, processCpu } from '../cpu.js';
import { addEntries } from '../database/entries.js';
import { addMissedEntries } from '../database/logs.js';
import { addPeople, type Person } from '../database/people.js';
import { ascending, quantile, round } from '../measure.js';
import { type RunningPeer, startPeer } from '../processes.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { type Ending, stage } from './stage.js';

const SOCKETS_PER_USER = 5;
const GENERATORS = 2;
/** Trades of each user that were recorded while the watchers were away. */
const MISSED = 3;
/** Milliseconds between the other requests, and their connections. */
const INTERVAL = 20;
const CONNECTIONS = 16;

interface Comeback {
  readonly live: readonly number[];
  readonly caughtUp: readonly number[];
  readonly attempts: number;
  readonly failures: Readonly<Record<string, number>>;
}

/**
 * Cuts all watchers of a server off and lets them return at once, five sockets of each user, which have missed three
 * trades. Other requests go on at a steady rate.
 */
export const comeback = stage('comeback', measure);

async function measure({ quick, postgres, pace }: Bench, ending: Ending): Promise<StageResult> {
  const count = quick ? 1000 : 5000;
  const url = await postgres.createDatabase();
  progress('adding people');
  const people = await addPeople((await built.postgres()).postgres({ url }), count / SOCKETS_PER_USER);
  await addEntries(url, 20);
  const rows = [];
  for (const resumes of [false, true]) {
    const crowd = new Crowd({ url, people, count, resumes, databaseCpu: postgres.cpu });
    ending.add(crowd);
    await crowd.open();
    for (let turn = 0; turn < (quick ? 1 : pace.rounds); turn += 1) {
      progress(`${count} return, token with ${crowd.way}, round ${turn + 1}`);
      rows.push(await crowd.cutAndReturn());
    }
    await crowd.stop();
  }
  const columns = {
    way: 'token sent with',
    live: 'all watch after, s',
    median: 'half caught up, s',
    caughtUp: 'all caught up, s',
    attempts: 'attempts',
    failed: 'refused',
    cpu: 'server CPU, s',
    databaseCpu: 'database CPU, s',
    clientCpu: 'clients CPU, s',
    p50: 'other requests, p50 ms',
    p99: 'p99 ms',
    slowest: 'slowest ms',
    othersRefused: 'of them failed',
  };
  return { tables: [table(`${count} watchers of ${people.length} users cut off and back`, columns, rows)] };
}

interface CrowdParts {
  readonly url: string;
  readonly people: readonly Person[];
  readonly count: number;
  readonly resumes: boolean;
  readonly databaseCpu: CpuClock;
}

/** Watchers of one server, in processes of their own. */
class Crowd {
  private server: Contestant | undefined;
  private peers: readonly RunningPeer[] = [];

  constructor(private readonly parts: CrowdParts) {}

  get way(): string {
    return this.parts.resumes ? 'sessions.resume' : 'Authorization';
  }

  async open(): Promise<void> {
    const { url, people, count, resumes } = this.parts;
    const server = await startTradepost(url);
    this.server = server;
    this.peers = await Promise.all(Array.from({ length: GENERATORS }, () => startPeer('load/comeback-load.mjs', {})));
    progress(`opening ${count} sockets`);
    const tokens = Array.from({ length: count }, (_, index) => people[index % people.length]?.token ?? '');
    const share = Math.ceil(count / GENERATORS);
    await this.callAll(index => {
      const first = index * share;
      return { url: socketUrlOf(server), tokens: tokens.slice(first, first + share), resumes, first };
    });
  }

  async cutAndReturn() {
    const { server } = this;
    if (!server) throw new Error('not open');
    await this.callAll(() => ({ cut: true }));
    const others = new OtherRequests(server, this.parts.people);
    await addMissedEntries(this.parts.url, MISSED);
    await others.open();
    const ids = { cpu: [server.pid], clientCpu: this.peers.map(({ pid }) => pid) };
    const clocks = [sumOf(ids.cpu), this.parts.databaseCpu, sumOf(ids.clientCpu)];
    const before = clocks.map(clock => clock());
    others.start();
    const returned = (await this.callAll(() => ({ entries: MISSED }))) as Comeback[];
    const milliseconds = await others.stop();
    const [cpu, databaseCpu, clientCpu] = clocks.map((clock, index) => difference(before[index] ?? null, clock()));
    const of = (key: 'live' | 'caughtUp'): number[] => ascending(returned.flatMap(each => each[key]));
    const seconds = (sorted: readonly number[], share: number): number => round(quantile(sorted, share) / 1000, 2);
    const failures = returned.flatMap(each => Object.entries(each.failures));
    return {
      way: this.way,
      live: seconds(of('live'), 1),
      median: seconds(of('caughtUp'), 0.5),
      caughtUp: seconds(of('caughtUp'), 1),
      attempts: returned.reduce((sum, { attempts }) => sum + attempts, 0),
      failed: failures.map(([reason, count]) => `${count} x ${reason}`).join(', ') || 'none',
      cpu: cpu ?? null,
      databaseCpu: databaseCpu ?? null,
      clientCpu: clientCpu ?? null,
      p50: round(quantile(milliseconds, 0.5), 1),
      p99: round(quantile(milliseconds, 0.99), 0),
      slowest: round(quantile(milliseconds, 1), 0),
      othersRefused: others.refused,
    };
  }

  async stop(): Promise<void> {
    for (const peer of this.peers) await peer.stop();
    await this.server?.stop();
  }

  private callAll(messageOf: (index: number) => object): Promise<unknown[]> {
    return Promise.all(this.peers.map((peer, index) => call(peer, messageOf(index))));
  }
}

const sumOf = (pids: readonly number[]): CpuClock => {
  const clocks = pids.map(processCpu);
  return () =>
    clocks.reduce<number | null>((sum, clock) => {
      const value = clock();
      return sum === null || value === null ? null : sum + value;
    }, 0);
};

const difference = (before: number | null, after: number | null): number | null =>
  before === null || after === null ? null : round(after - before, 2);

async function call({ child, output }: RunningPeer, message: object): Promise<unknown> {
  const result = await new Promise<unknown>((resolve, reject) => {
    const onExit = (): void => reject(new Error(`the load generator ended: ${output()}`));
    child.once('exit', onExit);
    child.once('message', answer => {
      child.off('exit', onExit);
      resolve(answer);
    });
    child.send(message);
  });
  if (typeof result === 'object' && result && 'error' in result) throw new Error(String(result.error));
  return result;
}

/** A page of trades every 20 ms, over connections that were open before. */
class OtherRequests {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  private readonly pending: Promise<void>[] = [];
  private readonly milliseconds: number[] = [];
  refused = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: Contestant,
    private readonly people: readonly Person[],
  ) {}

  /** Opens the connections. */
  async open(): Promise<void> {
    await Promise.all(Array.from({ length: CONNECTIONS }, () => this.send()));
    this.milliseconds.length = 0;
  }

  start(): void {
    this.timer = setInterval(() => this.pending.push(this.send()), INTERVAL);
  }

  /** Returns the milliseconds that each took, ascending. */
  async stop(): Promise<number[]> {
    clearInterval(this.timer);
    await Promise.all(this.pending);
    this.agent.destroy();
    return ascending(this.milliseconds);
  }

  private send(): Promise<void> {
    const person = this.people[this.pending.length % this.people.length];
    if (!person) throw new Error('nobody');
    const { path, headers } = listRequestOf(person);
    const began = performance.now();
    return new Promise(resolve => {
      const sent = request(this.server.origin + path, { agent: this.agent, headers }, answer => {
        if (answer.statusCode !== 200) this.refused += 1;
        answer.resume().once('end', () => {
          this.milliseconds.push(performance.now() - began);
          resolve();
        });
      });
      const lost = (): void => {
        this.refused += 1;
        resolve();
      };
      sent.once('error', lost).end();
    });
  }
}
