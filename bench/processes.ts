import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program of the bench in a process of its own. It ends with the bench, however that ends. */
export interface RunningProcess {
  readonly pid: number;
  /** What it has written so far. */
  output(): string;
  stop(): Promise<void>;
}

export interface RunningPeer extends RunningProcess {
  /** The first message it sent. */
  readonly ready: unknown;
  readonly child: ChildProcess;
}

type Variables = Readonly<Record<string, string>>;

const folder = mkdtempSync(join(tmpdir(), 'tradepost-bench-'));
const running = new Set<ChildProcess>();
let files = 0;

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Milliseconds until a process has to be ready, and until one that was asked to end is killed. */
const START_LIMIT = 30_000;
const STOP_LIMIT = 10_000;

/** A module of bench/, which gets its settings as JSON and sends a message when it is ready. */
export async function startPeer(module: string, settings: object, variables: Variables = {}): Promise<RunningPeer> {
  const log = newLog();
  const env = { ...environment(variables), BENCH_SETTINGS: JSON.stringify(settings) };
  const child = fork(join('bench', module), [], { env, execArgv: [], stdio: ['ignore', log.file, log.file, 'ipc'] });
  const started = watched(child, module, log);
  const ready = await Promise.race([
    once(child, 'message').then(([message]) => message as unknown),
    died(child, module, log.text),
    tooLate(module, log.text),
  ]);
  return { ...started, child, ready };
}

/**
 * A command of the built product. Its output goes to a file, as an operator's does; it is ready when that has a line
 * that matches.
 */
export async function startProgram(
  args: readonly string[],
  variables: Variables,
  readyLine: RegExp,
): Promise<RunningProcess & { readonly ready: RegExpExecArray }> {
  const log = newLog();
  const env = environment(variables);
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', log.file, log.file] });
  const name = args.join(' ');
  const started = watched(child, name, log);
  const ready = await Promise.race([
    matching(child, readyLine, log.text),
    died(child, name, log.text),
    tooLate(name, log.text),
  ]);
  return { ...started, ready };
}

/** Nothing of this machine's settings but what programs need to run at all. */
const environment = (variables: Variables): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  NODE_ENV: 'production',
  ...variables,
});

interface Log {
  readonly file: number;
  text(): string;
}

function newLog(): Log {
  files += 1;
  const path = join(folder, `${files}.log`);
  return { file: openSync(path, 'w'), text: () => readFileSync(path, 'utf8') };
}

function watched(child: ChildProcess, name: string, { file, text }: Log): RunningProcess {
  closeSync(file);
  running.add(child);
  child.once('exit', () => running.delete(child));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started`);
  return { pid, output: text, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT);
  await ended;
  clearTimeout(late);
}

async function matching(child: ChildProcess, line: RegExp, text: () => string): Promise<RegExpExecArray> {
  while (running.has(child)) {
    const found = line.exec(text());
    if (found) return found;
    await sleep(10);
  }
  // `died` says why.
  return new Promise(() => undefined);
}

async function died(child: ChildProcess, name: string, text: () => string): Promise<never> {
  const [status] = await once(child, 'exit');
  throw new Error(`${name} ended with ${status} before it was ready:\n${text()}`);
}

async function tooLate(name: string, text: () => string): Promise<never> {
  await sleep(START_LIMIT, undefined, { ref: false });
  throw new Error(`${name} was not ready after ${START_LIMIT} ms:\n${text()}`);
}
