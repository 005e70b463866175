#!/usr/bin/env node
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = 'npm create tradepost FOLDER [-- --tradepost SPEC]';
const TEMPLATE = new URL('template/', import.meta.url);

/** npm leaves out files with these names, so the template has them without the dot. */
const HIDDEN = { gitignore: '.gitignore', 'env.example': '.env.example' };

class UsageError extends Error {}

/** Reads the command line. `spec` is a version of Tradepost or the path of its archive; undefined for the default. */
function readArguments() {
  try {
    const options = { tradepost: { type: 'string' } };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    if (positionals.length !== 1) throw new Error('name one folder');
    return { folder: positionals[0], spec: values.tradepost ?? process.env.TRADEPOST_PACKAGE };
  } catch (error) {
    throw new UsageError(`${error.message} (usage: ${USAGE})`);
  }
}

/** Creates the folder where it does not exist. @throws Error if it has files */
function openFolder(folder) {
  const path = resolve(folder);
  mkdirSync(path, { recursive: true });
  if (readdirSync(path).length > 0) throw new Error(`${folder} is not empty; name a new folder`);
  return path;
}

/** The path as a shell takes it. */
const quoted = text => (/^[\w./\\-]*$/.test(text) ? text : `"${text}"`);

/** An archive is named by its absolute path, because npm resolves paths from the new folder. */
const specOf = text => (text.endsWith('.tgz') ? `file:${resolve(text)}` : text);

function writeProject(path, spec) {
  for (const name of readdirSync(TEMPLATE)) copyFileSync(new URL(name, TEMPLATE), join(path, HIDDEN[name] ?? name));
  const file = join(path, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  // The rules of npm for names: https://docs.npmjs.com/cli/configuring-npm/package-json#name
  manifest.name = basename(path).toLowerCase().replace(/[^a-z0-9-]+/g, '-').replace(/^-+|-+$/g, '') || manifest.name;
  if (spec !== undefined) manifest.dependencies.tradepost = specOf(spec);
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

try {
  const { folder, spec } = readArguments();
  const path = openFolder(folder);
  writeProject(path, spec);
  const directory = quoted(relative('', path));
  console.log(`Created ${folder}. Next:
${directory === '' ? '' : `\n  cd ${directory}`}
  npm install
  npm start               # the server; open http://127.0.0.1:3000 in a browser
  npm run first-trade     # in another terminal: a trade, seen live`);
} catch (error) {
  console.error(`create-tradepost: ${error.message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
