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
}

const COMPILER = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const OPTIONS = ['--ignoreConfig', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];

export function createProject({ packages, packed }: ProjectOptions): Project {
  const directory = mkdtempSync(join(tmpdir(), 'tradepost-project-'));
  if (packed) installPacked(directory);
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
    },
  };
}

function startProgram(cwd: string, args: readonly string[], env: Readonly<Record<string, string>>): Program {
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

function installPacked(directory: string): void {
  const installed = join(directory, 'node_modules', 'tradepost');
  mkdirSync(installed, { recursive: true });
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory];
  const archive = join(directory, execFileSync('npm', pack, { encoding: 'utf8' }).trim());
  execFileSync('tar', ['-xzf', archive, '--strip-components=1', '-C', installed]);
  rmSync(archive);
  // Only what the package declares is there, so an undeclared dependency is missed here as it would be by a user.
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
  for (const name of Object.keys(dependencies)) link(installed, name);
}

/** The code blocks of a document that have a name after their language, by that name. */
export function blocksOf(document: string): Readonly<Record<string, string>> {
  const found = readFileSync(document, 'utf8').matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm);
  return Object.fromEntries([...found].map(([, name = '', code = '']) => [name, code]));
}
