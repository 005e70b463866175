import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PlainError } from '../../../domain/redaction.js';
import { SECURITY_HEADERS } from '../web/answer.js';

/** A file of the console, ready to be sent. */
export interface ConsoleFile {
  readonly bytes: Buffer;
  readonly etag: string;
  /** Names and values in turn, without those of the body. */
  readonly headers: readonly string[];
  readonly type: string;
}

/** The package: both `src` and `dist` are directly in it. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const PAGES = join(ROOT, 'console');
/** The page's modules run as they were compiled, and import one another by relative paths. */
const COMPILED = join(ROOT, 'dist');
const ENTRY = 'adapters/driving/console/page/main.js';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * The page loads nothing from elsewhere, runs no inline code and can be shown in no frame (CSP 3). `'self'` in
 * `connect-src` covers the WebSocket of the same host. No string becomes HTML or code (Trusted Types).
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/**
 * Reads the files of the console and returns them by their paths. `/` is the page. The others are below a folder that is
 * named after the content of all of them, so that caches may keep them for ever (RFC 8246) and never mix two versions.
 *
 * @throws PlainError if a file is missing
 */
export function loadConsole(): ReadonlyMap<string, ConsoleFile> {
  const files = new Map([
    ...readModules(),
    ...['console.css', 'icon.svg'].map(name => [name, readPage(name)] as const),
  ]);
  const page = readPage('index.html');
  const version = createHash('sha256');
  for (const [name, text] of files) version.update(`${name}\0${text}\0`);
  const folder = `console/${version.digest('base64url').slice(0, 16)}`;
  const preloads = [...files.keys()].filter(name => name.endsWith('.js'));
  const loaded = new Map([['/', pageFile(fill(page, folder, preloads))]]);
  for (const [name, text] of files) loaded.set(`/${folder}/${name}`, assetFile(name, text));
  return loaded;
}

/** Paths in the page are relative, so that it also works below a path of a proxy. */
const fill = (page: string, folder: string, modules: readonly string[]): string =>
  page
    .replace(
      '<!-- modules -->',
      modules.map(name => `<link rel="modulepreload" href="{folder}/${name}" />`).join('\n    '),
    )
    .replaceAll('{entry}', `${folder}/${ENTRY}`)
    .replaceAll('{folder}', folder);

function pageFile(text: string): ConsoleFile {
  const headers = [...SECURITY_HEADERS];
  headers[headers.indexOf('Content-Security-Policy') + 1] = POLICY;
  return prepare(text, 'text/html; charset=utf-8', [...headers, 'Cache-Control', 'no-cache']);
}

const assetFile = (name: string, text: string): ConsoleFile =>
  prepare(text, TYPES[extname(name)] ?? 'application/octet-stream', [
    ...SECURITY_HEADERS,
    'Cache-Control',
    'public, max-age=31536000, immutable',
  ]);

function prepare(text: string, type: string, headers: readonly string[]): ConsoleFile {
  const bytes = Buffer.from(text);
  return { bytes, type, headers, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
}

/** Returns the compiled modules that the page loads, by their paths in `dist`. */
function readModules(): Map<string, string> {
  const modules = new Map<string, string>();
  const visit = (file: string): void => {
    const name = relative(COMPILED, file).split(sep).join('/');
    if (modules.has(name)) return;
    const text = readFile(file).replace(/^\/\/# sourceMappingURL=.*$/m, '');
    modules.set(name, text);
    for (const [, specifier = ''] of text.matchAll(/^(?:import|export)\b[^;]*?['"](\.[^'"]+)['"];/gm))
      visit(resolve(dirname(file), specifier));
  };
  visit(join(COMPILED, ENTRY));
  return modules;
}

const readPage = (name: string): string => readFile(join(PAGES, name));

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const remedy = 'build Tradepost (npm run build) or set CONSOLE=off';
    throw new PlainError(`A file of the console cannot be read: ${path}. To fix it, ${remedy}.`, { cause });
  }
}
