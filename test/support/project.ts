import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** A project of somebody else, in a temporary folder, with Tradepost installed. Nothing is downloaded. */
export interface Project {
  readonly directory: string;
  /** Writes files, named by their paths in the project. */
  write(files: Readonly<Record<string, string>>): void;
  /** Compiles files to JavaScript beside them. Returns what the compiler says: nothing where all is well. */
  compile(files: readonly string[], options?: readonly string[]): Promise<string>;
  /** Runs a JavaScript file. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Program;
  /** Ends what is still running, and removes the folder. */
  remove(): Promise<void>;
}

export interface Program {
  /** What it has printed so far. */
  output(): string;
  /** Resolves when it has printed this; @throws what it printed instead, where it ends before. */
  printed(pattern: RegExp): Promise<void>;
  readonly ended: Promise<number | null>;
  /** Sends the signal (SIGKILL if left out), and returns the exit status. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ProjectOptions {
  /** What the project depends on besides Tradepost. */
  readonly packages: readonly string[];
  /** Whether Tradepost is installed from the archive that npm packs, and not from this folder. */
  readonly packed: boolean;
  /** The peers that a packed Tradepost finds; all if left out. */
  readonly peers?: readonly string[];
}

const COMPILER = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const OPTIONS = ['--ignoreConfig', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];

/** The peers that `package.json` declares. */
export const PEERS: readonly string[] = Object.keys(
  (JSON.parse(readFileSync('package.json', 'utf8')) as { peerDependencies: object }).peerDependencies,
);

export function createProject({ packages, packed, peers = PEERS }: ProjectOptions): Project {
  const directory = mkdtempSync(join(tmpdir(), 'tradepost-project-'));
  if (packed) installPacked(directory, peers);
  else link(directory, 'tradepost', resolve());
  for (const name of ['@types/node', ...packages]) link(directory, name);
  const programs: Program[] = [];
  const write: Project['write'] = files => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), text);
    }
  };
  write({ 'package.json': '{ "type": "module" }' });
  return {
    directory,
    write,
    compile: (files, options = []) =>
      new Promise(settle => {
        const args = [COMPILER, ...OPTIONS, ...options, ...files];
        execFile(process.execPath, args, { cwd: directory }, (_error, stdout, stderr) => settle(stdout + stderr));
      }),
    start: (args, env = {}) => {
      const program = startProgram(directory, args, env);
      programs.push(program);
      return program;
    },
    remove: async () => {
      await Promise.all(programs.map(program => program.stop()));
      rmSync(directory, { recursive: true, force: true });
      if (packed) releaseArchive();
    },
  };
}

/** Runs a JavaScript file in a folder. */
export function startProgram(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const child = spawn(process.execPath, args, { cwd, env: { PATH: process.env.PATH, ...env } });
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output += chunk;
      for (const check of waiting) check();
    });
  }
  const ended = new Promise<number | null>(settle => child.once('close', settle));
  return {
    output: () => output,
    printed: pattern =>
      new Promise((settle, reject) => {
        const check = (): void => {
          if (pattern.test(output)) settle();
        };
        waiting.add(check);
        check();
        void ended.then(status => reject(new Error(`exit ${status}: ${output}`)));
      }),
    ended,
    stop: (signal = 'SIGKILL') => {
      child.kill(signal);
      return ended;
    },
  };
}

/** Links a package into a folder's `node_modules`; `target` is where it is, if not in this project's. */
export function link(directory: string, name: string, target = resolve('node_modules', name)): void {
  const path = join(directory, 'node_modules', name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

/** Packs a package as it is built, into a folder. Returns the path of the archive. */
export function pack(directory: string, source = '.'): string {
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory];
  return join(directory, execFileSync('npm', args, { cwd: source, encoding: 'utf8' }).trim());
}

/** The archive that the packed projects share, and how many there are. The last that is removed removes it. */
let shared: { readonly directory: string; readonly archive: string } | undefined;
let sharing = 0;

function shareArchive(): string {
  sharing += 1;
  if (shared) return shared.archive;
  const directory = mkdtempSync(join(tmpdir(), 'tradepost-packed-'));
  shared = { directory, archive: pack(directory) };
  return shared.archive;
}

function releaseArchive(): void {
  sharing -= 1;
  if (sharing > 0 || !shared) return;
  rmSync(shared.directory, { recursive: true, force: true });
  shared = undefined;
}

function installPacked(directory: string, peers: readonly string[]): void {
  const installed = join(directory, 'node_modules', 'tradepost');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', shareArchive(), '--strip-components=1', '-C', installed]);
  // Only what the package declares is there, so an undeclared dependency is missed here as it would be by a user.
  for (const name of peers) link(installed, name);
}

/** The code blocks of a document that have a name after their language, by that name. */
export function blocksOf(document: string): Readonly<Record<string, string>> {
  const found = readFileSync(document, 'utf8').matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm);
  return Object.fromEntries([...found].map(([, name = '', code = '']) => [name, code]));
}
