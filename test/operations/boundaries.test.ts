import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errorTable, surface } from '../../src/adapters/driving/operations/index.js';
import { SOCKET_METHODS, TRADE_NOTIFICATION } from '../../src/adapters/driving/websocket/protocol.js';

interface Rule {
  readonly folders: readonly string[];
  /** Files in those folders that may. */
  readonly except?: readonly string[];
  readonly pattern: RegExp;
  /** A file, and a line that breaks the rule in it. */
  readonly planted: readonly (readonly [file: string, line: string])[];
}

const alternatives = (names: readonly string[]): string => names.map(name => name.replaceAll('.', '\\.')).join('|');

/** Between quotation marks or backquotes: in code and in comments. */
const literal = (names: readonly string[]): RegExp => new RegExp(`(['"\`])(?:${alternatives(names)})\\1`, 'g');

const TRANSPORT_CODES = [
  'malformed_request',
  'origin_forbidden',
  'route_not_found',
  'method_not_allowed',
  'payload_too_large',
  'unsupported_media_type',
  'misdirected_request',
  'request_timeout',
  'headers_too_large',
];

const DRIVING = 'src/adapters/driving';

const RULES: Readonly<Record<string, Rule>> = {
  'domain and application know no code of a transport': {
    folders: ['src/domain', 'src/application'],
    pattern: new RegExp(alternatives(TRANSPORT_CODES), 'g'),
    planted: [
      ['src/domain/errors.ts', "export const code = 'route_not_found';"],
      ['src/application/cursor.ts', '// throws malformed_request'],
    ],
  },
  'no transport names an operation': {
    folders: [...['http', 'web', 'websocket', 'library'].map(folder => `${DRIVING}/${folder}`), 'src/adapters/client'],
    pattern: literal(Object.keys(surface)),
    planted: [
      [`${DRIVING}/http/http-handler.ts`, "if (name === 'sessions.login') sendLogin();"],
      [`${DRIVING}/websocket/call.ts`, 'const name = "sessions.revokeAll";'],
      [`${DRIVING}/web/request-checks.ts`, '// As with `cards.add`.'],
      [`${DRIVING}/library/library.ts`, "delete methods['users.me'];"],
      ['src/adapters/client/http.ts', "await call('trades.record');"],
    ],
  },
  'the names of the protocol stand in one file': {
    folders: ['src'],
    except: [`${DRIVING}/websocket/protocol.ts`, `${DRIVING}/operations/surface.ts`],
    pattern: new RegExp(`'(?:${alternatives([...Object.values(SOCKET_METHODS), TRADE_NOTIFICATION])})'`, 'g'),
    planted: [
      ['src/adapters/client/trade-connection.ts', "socket.call('trades.watch');"],
      [`${DRIVING}/websocket/socket-watch.ts`, "send('trades.recorded');"],
    ],
  },
  'statuses and numbers of errors stand in one table': {
    folders: ['src'],
    except: [`${DRIVING}/operations/error-table.ts`],
    pattern: new RegExp(`\\b(?:${alternatives(Object.keys(errorTable))})['"]?\\]?\\s*[:=]\\s*-?\\d[\\d_]*`, 'g'),
    planted: [
      [`${DRIVING}/websocket/json-rpc.ts`, 'const CODES = { self_trade: 422 };'],
      [`${DRIVING}/web/answer.ts`, "const STATUS = { 'internal': 500 };"],
      ['src/adapters/client/errors.ts', 'const NUMBERS = { malformed_request: -32_600 };'],
    ],
  },
};

const filesIn = (root: string, folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter(file => file.endsWith('.ts'))
        .map(file => `${folder}/${file}`)
    : [];

function violations({ folders, except = [], pattern }: Rule, root = '.'): { read: number; found: string[] } {
  const files = folders.flatMap(folder => filesIn(root, folder));
  const found = files
    .filter(file => !except.includes(file))
    .flatMap(file =>
      [...readFileSync(join(root, file), 'utf8').matchAll(pattern)].map(([match]) => `${file}: ${match}`),
    );
  return { read: files.length, found };
}

describe.each(Object.entries(RULES))('%s', (_rule, rule) => {
  it('in src', () => {
    const { read, found } = violations(rule);
    expect(found).toEqual([]);
    // A rule that reads nothing passes everything.
    expect(read).toBeGreaterThan(30);
  });

  it.each(rule.planted)('is broken by a line in %s: %s', (file, line) => {
    const root = mkdtempSync(join(tmpdir(), 'tradepost-boundaries-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), `${readFileSync(file, 'utf8')}\n${line}\n`);
    const { read, found } = violations(rule, root);
    expect(read).toBe(1);
    expect(found).toEqual([expect.stringContaining(`${file}: `)]);
  });
});

it('the codes of transports are those that the domain does not have', () => {
  const domain = readFileSync('src/domain/errors.ts', 'utf8');
  const union = /export type ErrorCode =([^;]+);/.exec(domain)?.[1] ?? '';
  const ofDomain = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code ?? '');
  expect(ofDomain.length).toBeGreaterThan(10);
  expect([...ofDomain, ...TRANSPORT_CODES].sort()).toEqual(Object.keys(errorTable).sort());
});
