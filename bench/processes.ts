import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OutputFile } from './output-file.js';

/** A process of the bench. It is killed when the bench ends. */
export interface RunningProcess {
  readonly pid: number;
  /** Its output so far. */
  output(): string;
  stop(): Promise<void>;
}

export interface RunningPeer extends RunningProcess {
  /** The first message it sent. */
  readonly ready: unknown;
  readonly child: ChildProcess;
}

type Variables = Readonly<Record<string, string>>;

interface Started {
  readonly name: string;
  readonly child: ChildProcess;
  readonly output: OutputFile;
}

/** Milliseconds until a process has to be ready, and until one that was asked to end is killed. */
const START_LIMIT = 30_000;
const STOP_LIMIT = 10_000;

const running = new Map<ChildProcess, OutputFile>();

process.once('exit', () => {
  for (const [child, output] of running) {
    child.kill('SIGKILL');
    output.remove();
  }
});

/** Starts a module of bench/, which gets its settings as JSON and sends a message when it is ready. */
export async function startPeer(module: string, settings: object): Promise<RunningPeer> {
  const env = environment({ BENCH_SETTINGS: JSON.stringify(settings) });
  const started = start(module, file =>
    fork(join('bench', module), [], { env, execArgv: [], stdio: ['ignore', file, file, 'ipc'] }),
  );
  const { child } = started;
  const ready = await untilReady(
    started,
    once(child, 'message').then(([message]) => message as unknown),
  );
  return { ...handleOf(started), child, ready };
}

/** Starts a Node program, which is ready when its output matches `readyLine`. */
export async function startProgram(
  args: readonly string[],
  variables: Variables,
  readyLine: RegExp,
): Promise<RunningProcess & { readonly ready: RegExpExecArray }> {
  const env = environment(variables);
  const started = start(args.join(' '), file => spawn(process.execPath, args, { env, stdio: ['ignore', file, file] }));
  const ready = await untilReady(started, untilWritten(started, readyLine));
  return { ...handleOf(started), ready };
}

/** Passes on no variables of this machine but those that programs need to run. */
const environment = (variables: Variables): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  NODE_ENV: 'production',
  ...variables,
});

function start(name: string, run: (file: number) => ChildProcess): Started {
  const output = new OutputFile();
  const child = run(output.descriptor);
  output.closeHere();
  running.set(child, output);
  child.once('exit', () => {
    running.delete(child);
    output.remove();
  });
  return { name, child, output };
}

const handleOf = ({ child, output }: Started): RunningProcess => ({
  pid: Number(child.pid),
  output: () => output.read(),
  stop: () => stop(child),
});

async function stop(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT);
  await ended;
  clearTimeout(late);
}

async function untilReady<Ready>({ name, child, output }: Started, ready: Promise<Ready>): Promise<Ready> {
  const died = once(child, 'exit').then(([status]) => {
    throw new Error(`${name} ended with ${status} before it was ready:\n${output.read()}`);
  });
  const tooLate = sleep(START_LIMIT, undefined, { ref: false }).then(() => {
    throw new Error(`${name} was not ready after ${START_LIMIT} ms:\n${output.read()}`);
  });
  // `race` handles later rejections of the others, such as when the process ends.
  return await Promise.race([ready, died, tooLate]);
}

async function untilWritten({ child, output }: Started, line: RegExp): Promise<RegExpExecArray> {
  while (running.has(child)) {
    const found = line.exec(output.read());
    if (found) return found;
    await sleep(10);
  }
  // `untilReady` reports the end of the process.
  return new Promise(() => undefined);
}
