import fc from 'fast-check';
import { expect } from 'vitest';
import type { OperationName } from '../../src/adapters/driving/operations/index.js';
import type { Id, IpAddress } from '../../src/index.js';
import type { ManualClock } from '../../src/testing/index.js';
import type { Call, Side } from './side.js';

/** The model, the store that is compared with it, and the clock of both. */
export interface Sides {
  readonly model: Side;
  readonly real: Side;
  readonly clock: ManualClock;
}

/** What the steps of a sequence have found so far. Steps refer to it by numbers, so that they fit any sequence. */
export class Findings {
  readonly tokens: string[] = [];
  readonly users: Id[] = [];
  readonly sessions: string[] = [];
  readonly cards: string[] = [];
  readonly cursors: string[] = [];

  constructor(readonly sequence: number) {}

  /** Addresses of `user`, which nobody else has. */
  email = (user: number): string => `s${this.sequence}u${user}@example.org`;
  username = (user: number): string => `s${this.sequence}u${user}`;

  token = (index: number): string => recent(this.tokens, index) ?? 'no token'.padEnd(43, 'x');
  session = (index: number): string => recent(this.sessions, index) ?? NOBODY;
  card = (index: number): string => recent(this.cards, index) ?? NOBODY;
  cursor = (index: number | null): string | null => (index === null ? null : (recent(this.cursors, index) ?? 't0'));

  note(name: OperationName, result: unknown): void {
    const { id, token, session, next, latest } = (result ?? {}) as Partial<Found>;
    if (name === 'users.register' && id) this.users.push(id);
    if (name === 'cards.add' && id) this.cards.push(id);
    if (token && session) {
      this.tokens.push(token);
      this.sessions.push(session.id);
    }
    for (const cursor of [next, latest]) if (cursor) this.cursors.push(cursor);
  }
}

interface Found {
  readonly id: Id;
  readonly token: string;
  readonly session: { readonly id: string };
  readonly next: string | null;
  readonly latest: string;
}

const NOBODY = 'ffffffff-ffff-7fff-bfff-ffffffffffff';

const recent = <Item>(items: readonly Item[], index: number): Item | undefined =>
  items[items.length - 1 - (index % items.length)];

type Work = (findings: Findings, sides: Sides) => Promise<void>;

/** One step on both sides. It fails where the store does anything that the model does not. */
export class Step implements fc.AsyncCommand<Findings, Sides> {
  constructor(
    readonly name: string,
    private readonly choices: object,
    private readonly work: Work,
  ) {}

  check = (): boolean => true;

  run(findings: Findings, sides: Sides): Promise<void> {
    return this.work(findings, sides);
  }

  toString(): string {
    return `${this.name}${JSON.stringify(this.choices)}`;
  }
}

async function compare<Outcome>({ model, real }: Sides, act: (side: Side) => Promise<Outcome>): Promise<Outcome> {
  const expected = await act(model);
  expect(await act(real)).toEqual(expected);
  return expected;
}

/** A step that calls an operation with the choices of one case. */
function calls<Choices extends object>(
  name: OperationName,
  choices: fc.Arbitrary<Choices>,
  prepare: (choices: Choices, findings: Findings) => Call,
): fc.Arbitrary<Step> {
  return choices.map(
    chosen =>
      new Step(name, chosen, async (findings, sides) => {
        const call = prepare(chosen, findings);
        const outcome = await compare(sides, side => side.call(name, call));
        if ('result' in outcome) findings.note(name, outcome.result);
      }),
  );
}

const PASSWORD = 'correct horse battery staple';

const user = fc.nat(3);
const token = fc.nat(5);
const index = fc.nat(7);
const limit = fc.constantFrom(1, 2, 3, 100);
const after = fc.option(index);
/** The first two are of one network. Calls without an address are not limited by it. */
const address = fc.constantFrom(
  null,
  null,
  '2001:db8::1',
  '2001:db8::2',
  '192.0.2.1',
) as fc.Arbitrary<IpAddress | null>;
const idempotencyKey = fc.option(fc.constantFrom('k0', 'k1'), { freq: 2 });

const register = calls(
  'users.register',
  fc.record({ user, twist: fc.constantFrom(null, 'email', 'username', 'case'), address }),
  ({ user: who, twist, address: from }, { email, username }) => ({
    address: from,
    input: {
      email: twist === 'email' ? email(who).replace('@', '-other@') : email(who),
      username:
        twist === 'username' ? `${username(who)}-o` : twist === 'case' ? username(who).toUpperCase() : username(who),
      name: 'Somebody',
      password: PASSWORD,
    },
  }),
);

const login = calls(
  'sessions.login',
  fc.record({
    user,
    by: fc.constantFrom('email', 'username'),
    wrong: fc.constantFrom(false, false, false, true),
    address,
  }),
  ({ user: who, by, wrong, address: from }, { email, username }) => ({
    address: from,
    input: {
      ...(by === 'email' ? { email: email(who).toUpperCase() } : { username: username(who).toUpperCase() }),
      password: wrong ? 'wrong' : PASSWORD,
      delivery: 'token',
    },
  }),
);

const loginAgain = calls('sessions.login', fc.record({ user, replaces: token }), ({ user: who, replaces }, found) => ({
  input: { email: found.email(who), password: PASSWORD },
  token: found.token(replaces),
}));

const withToken = fc.record({ token });

const trade = calls(
  'trades.record',
  fc.record({ token, card: index, to: user, by: fc.constantFrom('id', 'username', 'email'), idempotencyKey }),
  ({ token: whose, card, to, by, idempotencyKey: given }, found) => ({
    input: { cardId: found.card(card), recipient: recipientOf(found, to, by) },
    token: found.token(whose),
    idempotencyKey: given,
  }),
);

function recipientOf(found: Findings, to: number, by: string): object {
  if (by === 'id') return { id: recent(found.users, to) ?? NOBODY };
  return by === 'email' ? { email: found.email(to) } : { username: found.username(to).toUpperCase() };
}

const watch = fc.record({ token, after }).map(
  chosen =>
    new Step('trades.watch', chosen, async (findings, sides) => {
      const from = findings.cursor(chosen.after);
      await compare(sides, side => side.watch(findings.token(chosen.token), from));
    }),
);

const SECONDS = [0.001, 1, 59, 60, 299, 599.999, 600, 1800, 3599, 3600, 86_399, 86_400];

const advance = fc
  .constantFrom(...SECONDS)
  .map(seconds => new Step('clock', { seconds }, async (_findings, { clock }) => clock.advance(seconds)));

const sweep = fc.constant(new Step('sweep', {}, async (_, sides) => void (await compare(sides, side => side.sweep()))));

const often = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value>[] => [arbitrary, arbitrary, arbitrary];

/** Every step is one of these. Those that make something come more often than others. */
export const STEPS: fc.Arbitrary<Step>[] = [
  register,
  ...often(login),
  loginAgain,
  calls('sessions.logout', withToken, (chosen, found) => ({ input: {}, token: found.token(chosen.token) })),
  calls('sessions.list', fc.record({ token, limit, after }), (chosen, found) => ({
    input: page(chosen, found),
    token: found.token(chosen.token),
  })),
  calls('sessions.revoke', fc.record({ token, session: index }), (chosen, found) => ({
    input: { id: found.session(chosen.session) },
    token: found.token(chosen.token),
  })),
  calls('sessions.revokeAll', fc.record({ token, keep: fc.boolean() }), (chosen, found) => ({
    input: chosen.keep ? { except: 'current' } : {},
    token: found.token(chosen.token),
  })),
  calls('users.me', withToken, (chosen, found) => ({ input: {}, token: found.token(chosen.token) })),
  ...often(
    calls('cards.add', fc.record({ token, name: fc.constantFrom('Ace', 'King'), idempotencyKey }), (chosen, found) => ({
      input: { name: chosen.name },
      token: found.token(chosen.token),
      idempotencyKey: chosen.idempotencyKey,
    })),
  ),
  calls('cards.list', fc.record({ token, limit, after }), (chosen, found) => ({
    input: page(chosen, found),
    token: found.token(chosen.token),
  })),
  ...often(trade),
  ...often(trade),
  ...often(
    calls(
      'trades.list',
      fc.record({ token, limit, after, direction: fc.constantFrom('all', 'sent', 'received') }),
      (chosen, found) => ({
        input: { ...page(chosen, found), direction: chosen.direction },
        token: found.token(chosen.token),
      }),
    ),
  ),
  watch,
  advance,
  sweep,
];

function page({ limit: most, after: from }: { limit: number; after: number | null }, found: Findings): object {
  const cursor = found.cursor(from);
  return cursor === null ? { limit: most } : { limit: most, after: cursor };
}

/** Two users with a session each, so that most steps of a sequence do something. */
export const PROLOGUE: readonly Step[] = [0, 1].flatMap(who => [
  new Step('users.register', { who }, async (findings, sides) => {
    const [email, username] = [findings.email(who), findings.username(who)];
    const input = { email, username, name: 'Somebody', password: PASSWORD };
    const outcome = await compare(sides, side => side.call('users.register', { input }));
    if ('result' in outcome) findings.note('users.register', outcome.result);
  }),
  new Step('sessions.login', { who }, async (findings, sides) => {
    const input = { email: findings.email(who), password: PASSWORD };
    const outcome = await compare(sides, side => side.call('sessions.login', { input }));
    if ('result' in outcome) findings.note('sessions.login', outcome.result);
  }),
]);
