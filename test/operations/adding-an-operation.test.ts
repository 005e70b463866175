import { execFile } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { Coverage } from '../acceptance/checked.js';
import { cheapHashing } from '../support/cheap-hashing.js';

type Edit = (root: string) => void;

/** Puts text in front of what is there already. */
const insert =
  (path: string, before: string, text: string): Edit =>
  root => {
    const file = join(root, path);
    const old = readFileSync(file, 'utf8');
    if (old.split(before).length !== 2) throw new Error(`${path} has to have this once: ${before}`);
    writeFileSync(
      file,
      old.replace(before, () => `${text}${before}`),
    );
  };

const append =
  (path: string, text: string): Edit =>
  root =>
    appendFileSync(join(root, path), text);

const create =
  (path: string, text: string): Edit =>
  root => {
    if (existsSync(join(root, path))) throw new Error(`${path} is there already`);
    writeFileSync(join(root, path), text);
  };

interface Step {
  readonly edits: readonly Edit[];
  /** What is reported if the step is left out. */
  readonly reported: RegExp;
}

/** The files that CONTRIBUTING.md names, in its order, and how `cards.count` changes each. */
const STEPS: Readonly<Record<string, Step>> = {
  'src/application/ports/driving/<topic>.ts': {
    edits: [
      append(
        'src/application/ports/driving/cards.ts',
        `
export interface CountCardsInput {
  readonly caller: Caller;
}

export type CountingCards = UseCase<CountCardsInput, { readonly cards: number }>;
`,
      ),
    ],
    reported: /CountingCards/,
  },
  'src/application/ports/driving/use-cases.ts': {
    edits: [
      insert(
        'src/application/ports/driving/use-cases.ts',
        'import type { AddingCards',
        "import type { CountingCards } from './cards.js';\n",
      ),
      insert(
        'src/application/ports/driving/use-cases.ts',
        '  readonly recordTrade:',
        '  readonly countCards: CountingCards;\n',
      ),
    ],
    reported: /table\.ts.*countCards/,
  },
  'src/application/use-cases/<operation>.ts': {
    edits: [
      create(
        'src/application/use-cases/count-cards.ts',
        `import type { CardRepository } from '../ports/driven/card-repository.js';
import type { CountCardsInput, CountingCards } from '../ports/driving/cards.js';

export class CountCards implements CountingCards {
  constructor(private readonly cards: CardRepository) {}

  async execute({ caller }: CountCardsInput): Promise<{ cards: number }> {
    return { cards: (await this.cards.list(caller.user.id, { before: null, limit: 1000 })).length };
  }
}
`,
      ),
    ],
    reported: /count-cards\.js/,
  },
  'src/application/create-use-cases.ts': {
    edits: [
      insert(
        'src/application/create-use-cases.ts',
        'import { ListCards }',
        "import { CountCards } from './use-cases/count-cards.js';\n",
      ),
      insert('src/application/create-use-cases.ts', '    recordTrade: new', '    countCards: new CountCards(cards),\n'),
    ],
    reported: /create-use-cases\.ts.*countCards/,
  },
  'src/adapters/driving/operations/surface.ts': {
    edits: [
      insert(
        'src/adapters/driving/operations/surface.ts',
        "  'trades.record': {",
        `  'cards.count': {
    library: 'countCards',
    access: 'session',
    route: { method: 'GET', path: '/cards/count', status: 200 },
    idempotent: false,
    session: 'keeps',
  },
`,
      ),
    ],
    reported: /table\.ts.*cards\.count/,
  },
  'src/adapters/driving/operations/methods.ts': {
    edits: [
      insert(
        'src/adapters/driving/operations/methods.ts',
        '  /** Returns a page of the trades',
        "  /** Returns how many cards the caller has. */\n  readonly countCards: Method<'cards.count', None, { readonly cards: number }>;\n",
      ),
    ],
    reported: /table\.ts[\s\S]*methods\.ts lacks the method of cards\.count/,
  },
  'src/adapters/driving/operations/table.ts': {
    edits: [
      insert(
        'src/adapters/driving/operations/table.ts',
        "  'trades.record': {",
        `  'cards.count': {
    summary: 'How many cards the caller has.',
    input: nothing,
    output: object({ cards: z.number() }),
    errors: [],
    run: ({ useCases, caller }) => useCases.countCards.execute({ caller }),
  },

`,
      ),
    ],
    // The compiler finds that the rows are not those of the surface, and complains of each of them.
    reported: /operations\/table\.ts/,
  },
  'PROTOCOL.md': {
    edits: [
      insert(
        'PROTOCOL.md',
        '| `trades.record` |',
        '| `cards.count` | none | `{cards: number}` | `unauthenticated` |\n',
      ),
    ],
    reported: /^PROTOCOL\.md has other methods$/,
  },
  'docs/contract.md': {
    edits: [
      insert(
        'docs/contract.md',
        '| `trades.record` |',
        '| `cards.count` | `countCards` | `GET /cards/count` 200 | session | keeps | `{cards}` |\n',
      ),
    ],
    reported: /^docs\/contract\.md has other operations$/,
  },
  'test/acceptance/scenarios/<topic>.ts': {
    edits: [
      append(
        'test/acceptance/scenarios/cards.ts',
        `
(cards as Scenario[]).push({
  name: 'cards are counted',
  async run(driver, world) {
    const { caller } = await world.member(driver);
    await addCards(driver, caller, '1', '2');
    expect(await driver.call('cards.count', {}, caller)).toEqual({ cards: 2 });
    await refused(driver.call('cards.count', { of: 'me' }, caller), 'validation_failed', '/of');
  },
});
`,
      ),
    ],
    reported: /^no scenario reached cards\.count$/,
  },
};

/** The files that the steps of CONTRIBUTING.md name. */
function filesOfGuide(): string[] {
  const guide = readFileSync('CONTRIBUTING.md', 'utf8');
  const section = /\n## To add an operation\n([\s\S]*?)\n## /.exec(guide)?.[1] ?? '';
  const steps = [...section.matchAll(/^\d+\. (.*(?:\n {3}.*)*)/gm)].map(([, step]) => step ?? '');
  return steps.flatMap(step => [...step.matchAll(/`([^`\s]+\.(?:ts|md))`/g)].map(([, file]) => file ?? ''));
}

const trees: string[] = [];
afterAll(() => {
  for (const tree of trees) rmSync(tree, { recursive: true, force: true });
});

/** A copy of what the checks need, with all steps taken but one. */
function tree(leftOut?: string): string {
  const root = mkdtempSync(join(tmpdir(), 'tradepost-adding-'));
  trees.push(root);
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  for (const path of ['src', 'test', 'docs/contract.md', 'PROTOCOL.md', 'package.json']) {
    cpSync(path, join(root, path), { recursive: true });
  }
  const { compilerOptions } = JSON.parse(readFileSync('tsconfig.json', 'utf8'));
  const include = ['src', 'test/acceptance/scenarios', 'test/acceptance/drivers/library.ts'];
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }));
  for (const [file, { edits }] of Object.entries(STEPS)) if (file !== leftOut) for (const edit of edits) edit(root);
  return root;
}

async function compile(root: string): Promise<string[]> {
  const tsc = resolve('node_modules/typescript/bin/tsc');
  const failure = await promisify(execFile)(process.execPath, [tsc, '-p', root], { cwd: root }).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );
  // What is indented belongs to the line before.
  return failure.split(/\n(?! )/).filter(error => error !== '');
}

/** A module of the copy, with the types of its original. */
const load = async <Module>(root: string, file: string): Promise<Module> => import(/* @vite-ignore */ join(root, file));

async function comparePages(root: string): Promise<string[]> {
  const contract = await load<typeof import('../support/pages/contract-page.js')>(
    root,
    'test/support/pages/contract-page.ts',
  );
  const { published, actual } = contract.compareOperations();
  const page = await load<typeof import('../support/pages/protocol-page.js')>(
    root,
    'test/support/pages/protocol-page.ts',
  );
  const tables = await load<typeof import('../support/pages/protocol-tables.js')>(
    root,
    'test/support/pages/protocol-tables.ts',
  );
  return [
    ...(JSON.stringify(published) === JSON.stringify(actual) ? [] : ['docs/contract.md has other operations']),
    ...(page.marked('table: methods') === tables.methodsTable() ? [] : ['PROTOCOL.md has other methods']),
  ];
}

/** Runs every scenario of the copy through its library on a store in memory. */
async function runScenarios(root: string): Promise<string[]> {
  const { createTradepost } = await load<typeof import('../../src/index.js')>(root, 'src/index.ts');
  const { memory } = await load<typeof import('../../src/adapters/driven/memory/index.js')>(
    root,
    'src/adapters/driven/memory/index.ts',
  );
  const { checked, everything } = await load<typeof import('../acceptance/checked.js')>(
    root,
    'test/acceptance/checked.ts',
  );
  const { AdvancingClock } = await load<typeof import('../support/clock.js')>(root, 'test/support/clock.ts');
  const { World } = await load<typeof import('../acceptance/world.js')>(root, 'test/acceptance/world.ts');
  const { scenarios } = await load<typeof import('../acceptance/scenarios/index.js')>(
    root,
    'test/acceptance/scenarios/index.ts',
  );
  const { libraryDriver } = await load<typeof import('../acceptance/drivers/library.js')>(
    root,
    'test/acceptance/drivers/library.ts',
  );
  const clock = new AdvancingClock();
  const tradepost = await createTradepost({ storage: memory(), clock, hashing: cheapHashing, rateLimits: 'off' });
  const seen: Coverage = { succeeded: new Set(), refused: new Set() };
  const driver = checked(libraryDriver(tradepost), seen);
  const world = new World(clock);
  for (const { run } of Object.values(scenarios).flat()) await run(driver, world);
  await tradepost.close();
  const { succeeded, refused } = everything();
  return [
    ...[...succeeded].filter(name => !seen.succeeded.has(name)),
    ...[...refused].filter(code => !seen.refused.has(code)),
  ].map(missing => `no scenario reached ${missing}`);
}

/** What is missing, by the first check that finds something. */
async function missing(root: string): Promise<string[]> {
  for (const check of [compile, comparePages, runScenarios]) {
    const found = await check(root).catch((error: Error) => [error.message]);
    if (found.length > 0) return found;
  }
  return [];
}

describe('the list in CONTRIBUTING.md of what an operation needs', () => {
  it('names the files that are changed here, and not too many', () => {
    expect(filesOfGuide()).toEqual(Object.keys(STEPS));
    // Of the product and its documents, and one of tests.
    expect(filesOfGuide().length).toBeLessThanOrEqual(10);
    const existing = filesOfGuide().filter(file => !file.includes('<operation>'));
    for (const file of existing) expect(existsSync(file.replace('<topic>', 'cards')), file).toBe(true);
  });

  it('is complete: with every step taken nothing is missing', async () => {
    expect(await missing(tree())).toEqual([]);
  });

  it.each(Object.entries(STEPS))('has no step that can be left out: %s', async (file, { reported }) => {
    expect((await missing(tree(file))).join('\n')).toMatch(reported);
  });
});

describe('the compiler', () => {
  const replaced = (path: string, before: string, after: string): string => {
    const root = tree();
    const text = readFileSync(join(root, path), 'utf8');
    expect(text.split(before)).toHaveLength(2);
    writeFileSync(
      join(root, path),
      text.replace(before, () => after),
    );
    return root;
  };
  const surface = 'src/adapters/driving/operations/surface.ts';
  const route = "path: '/cards/count', status: 200 },\n    idempotent: false,\n";

  it('refuses a method that takes other keys or other types than its operation', async () => {
    const methods = 'src/adapters/driving/operations/methods.ts';
    const method = "Method<'cards.count', None, { readonly cards: number }>";
    const broken = [
      replaced(methods, method, "Method<'cards.count', PageArguments, { readonly cards: number }>"),
      replaced(methods, method, "Method<'cards.list', None, { readonly cards: number }>"),
      replaced(methods, '  readonly cardId: string;\n', ''),
      replaced(methods, '  readonly limit?: number | undefined;\n', '  readonly limit?: string | undefined;\n'),
    ];
    const errors = await Promise.all(broken.map(async root => (await compile(root)).join('\n')));
    const other = [
      'arguments for cards.count',
      'operation for the method of cards.count',
      'arguments for trades.record',
    ];
    for (const [index, what] of [...other, 'arguments for cards.list'].entries()) {
      expect(errors[index]).toContain(`methods.ts has ${index === 1 ? 'another' : 'other'} ${what}`);
    }
  });

  it.each([
    ["session: 'mayEnd'", /table\.ts.*\n.*endsSession/],
    ["session: 'opens'", /table\.ts.*(?:LoginResult|token)/],
    ["session: 'begins'", /surface\.ts.*SessionEffect/],
  ])('refuses a row of the surface with %s and nothing in the table for it', async (session, reported) => {
    const root = replaced(surface, `${route}    session: 'keeps'`, `${route}    ${session}`);
    expect((await compile(root)).join('\n')).toMatch(reported);
  });

  it.each([
    ["'cards.count', None, { readonly cards: number }>", "'cards.count', None, { readonly count: number }>"],
    ['readonly description?: string | undefined;', 'readonly description: string;'],
    ["'sessions.revoke', RevokeSessionArguments>", "'sessions.revoke', { readonly id: string | number }>"],
  ])('refuses a type of a method that is not that of the table: %s as %s', async (before, after) => {
    const root = replaced('src/adapters/driving/operations/methods.ts', before, after);
    expect((await compile(root)).join('\n')).toMatch(/table\.ts/);
  });

  it.each([
    ['src/domain/errors.ts', "  | 'card_not_owned'\n", "  | 'card_not_owned'\n  | 'card_locked'\n"],
    [
      'src/adapters/driving/operations/errors.ts',
      "  | 'route_not_found'\n",
      "  | 'route_not_found'\n  | 'card_locked'\n",
    ],
  ])('refuses an error code in %s without a row in the error table', async (file, before, after) => {
    expect((await compile(replaced(file, before, after))).join('\n')).toMatch(/error-table\.ts.*card_locked/);
  });
});
