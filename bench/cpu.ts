import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';

// CPU seconds come from Linux's /proc. Elsewhere, and for a database on another machine, they are null.

const TICKS = process.platform === 'linux' ? Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) : 100;

interface Stat {
  readonly parent: number;
  /** Seconds in user and system mode: of the process itself, and of its children that have ended. */
  readonly own: number;
  readonly ended: number;
}

/** Returns null where there is no such process. See proc(5), /proc/pid/stat; only its second field can have spaces. */
function statOf(pid: number | string): Stat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const field = (number: number): number => fields[number - 3] ?? Number.NaN;
  return { parent: field(4), own: (field(14) + field(15)) / TICKS, ended: (field(16) + field(17)) / TICKS };
}

/** Returns the CPU seconds, user and system, used so far; null where they are unknown. */
export type CpuClock = () => number | null;

export const processCpu =
  (pid: number): CpuClock =>
  () =>
    statOf(pid)?.own ?? null;

/** Measures all processes of the PostgreSQL server at a URL, those that have ended included. */
export async function postgresCpu(url: string): Promise<CpuClock> {
  const postmaster = await findPostmaster(url);
  if (postmaster === null) return () => null;
  return () => {
    const main = statOf(postmaster);
    if (!main) return null;
    const children = pids().flatMap(pid => statOf(pid) ?? []);
    return children.reduce((sum, { parent, own }) => sum + (parent === postmaster ? own : 0), main.own + main.ended);
  };
}

const pids = (): string[] => readdirSync('/proc').filter(name => /^\d+$/.test(name));

/**
 * Returns the id of the server's main process on this machine, inside a container or not: the parent of the process that
 * serves our connection. That process has the port of our end in its title.
 */
async function findPostmaster(url: string): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ port: number | null }>('SELECT inet_client_port() AS port');
    const port = rows[0]?.port;
    const serving = pids().find(pid => titleOf(pid).includes(`(${port}) `));
    return (serving && statOf(serving)?.parent) || null;
  } finally {
    await client.end();
  }
}

function titleOf(pid: string): string {
  try {
    const title = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return title.startsWith('postgres: ') ? `${title} ` : '';
  } catch {
    return '';
  }
}

/** Returns the resident memory in MiB; null where there is no /proc. */
export function residentOf(pid: number): number | null {
  if (process.platform !== 'linux') return null;
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) / 1024;
}
