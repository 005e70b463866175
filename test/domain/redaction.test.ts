import { inspect } from 'node:util';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { PlainError, redactError, redactMessage, redactText } from '../../src/domain/redaction.js';
import { StorageUnavailable, StoreNotEmpty } from '../../src/index.js';

const CANARY = 'can4ry';
const TOKEN = 'Tq7J-w2mXzR9tK4vB8nL1cF6hD3gS5pY0aE_uIoWsGk';

/** An error in the form of the driver `pg`, with values wherever PostgreSQL puts them. */
const ofPostgres = (code: string, message: string): Error =>
  Object.assign(new Error(message), {
    name: 'error',
    severity: 'ERROR',
    code,
    constraint: 'users_email_key',
    detail: `Key (email)=(${CANARY}@example.org) already exists.`,
    hint: CANARY,
    where: `COPY users, line 1, column email: "${CANARY}"`,
    internalQuery: `SELECT '${CANARY}'`,
    parameters: [CANARY],
  });

const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

const keyValue = { email: `${CANARY}@example.org` };

/** Whatever a logger writes of the error: pino as JSON, and the console as text. */
function logged(thrown: unknown): string {
  const lines: string[] = [inspect(redactError(thrown), { depth: 20, showHidden: true })];
  pino({ level: 'debug' }, { write: line => lines.push(line) }).error({ err: redactError(thrown) }, 'unhandled error');
  return lines.join('\n');
}

describe('what is logged of an error', () => {
  it.each<[string, unknown, string]>([
    [
      'a broken constraint',
      ofPostgres('23505', 'duplicate key value violates unique constraint "users_email_key"'),
      'duplicate key value violates unique constraint "users_email_key"',
    ],
    ['a missing table', ofPostgres('42P01', 'relation "users" does not exist'), 'relation "users" does not exist'],
    [
      'a value of the wrong type',
      ofPostgres('22P02', `invalid input syntax for type uuid: "${CANARY}"`),
      'invalid input syntax for type uuid: "…"',
    ],
    [
      'a value with quotation marks',
      ofPostgres('22P02', `invalid input syntax for type uuid: "a"${CANARY}"b"`),
      'invalid input syntax for type uuid: "…"',
    ],
    [
      'a value without a second quotation mark',
      new Error(`unterminated string: "${CANARY}`),
      'unterminated string: "…"',
    ],
    [
      'a driver whose code is a number',
      Object.assign(new Error(`refused: "${CANARY}"`), { severity: 'ERROR', code: 23505 }),
      'refused: "…"',
    ],
    ['an exception of a trigger', ofPostgres('P0001', `refused: '${CANARY}'`), 'refused: "…"'],
    [
      'a duplicate key of MongoDB',
      Object.assign(
        new Error(`E11000 duplicate key error index: email_1 dup key: { email: "${CANARY}@example.org" }`),
        {
          name: 'MongoServerError',
          code: 11000,
          keyValue,
          errInfo: { details: { consideredValue: CANARY } },
          errorResponse: { keyValue },
          writeErrors: [{ op: keyValue }],
        },
      ),
      'E11000 duplicate key error index: email_1 dup key: …',
    ],
    [
      'a document that MongoDB refuses',
      new Error(`Cannot create field 'x' in element {name: ${CANARY}}`),
      'Cannot create field "…" in element {…}',
    ],
    ['text that is not JSON', thrownBy(() => JSON.parse(`${CANARY}`)), 'Unexpected token "…" is not valid JSON'],
    ['text that is not a URL', thrownBy(() => new URL(`postgres//ann:${CANARY}@db`)), 'Invalid URL'],
    [
      'an argument of the wrong type',
      Object.assign(new TypeError(`The "x" argument must be a Buffer. Received type string ('${CANARY}')`), {
        code: 'ERR_INVALID_ARG_TYPE',
      }),
      'The "…" argument must be a Buffer. Received …',
    ],
    [
      'an invalid value of zod',
      Object.assign(new Error(`[{"input":"${CANARY}"}]`), {
        name: 'ZodError',
        issues: [{ code: 'invalid_type', path: ['items', 0, 'email'], input: CANARY, message: CANARY }],
      }),
      '/items/0/email: invalid_type',
    ],
    [
      'an unreachable database',
      new StorageUnavailable({
        cause: new Error(`connect postgres://ann:${CANARY}@db:5432/x?password=${CANARY} failed`),
      }),
      'The storage does not respond. Try again in a moment.',
    ],
    ['a password with an @', new Error(`mongodb://ann:p@${CANARY}@db/x`), 'mongodb://…@db/x'],
    ['an e-mail address', new PlainError(`mail to <${CANARY}@example.org> failed`), 'mail to <…@…> failed'],
    [
      'hash, token and digest',
      new PlainError(`$argon2id$v=19$m=19456,t=2,p=1$${CANARY}$x ${TOKEN} ${TOKEN}.${CANARY}/+= ${'0f'.repeat(32)}`),
      '$argon2… … … …',
    ],
    [
      'a message that ends as those of Node.js do',
      new Error(`Cannot read '${CANARY}' (reading '${CANARY}')`),
      'Cannot read "…")',
    ],
    [
      'a message with a value behind the name of a property',
      new TypeError(`Cannot read properties (reading 'x') of '${CANARY}'`),
      'Cannot read properties (reading "…"',
    ],
    [
      'a name and a code that are secret',
      Object.assign(new Error('no'), { name: TOKEN, code: TOKEN, constraint: TOKEN }),
      'no',
    ],
    ['a constraint that is a value', Object.assign(new Error('no'), { constraint: `(${CANARY})` }), 'no'],
    ['null', null, 'null was thrown instead of an error'],
    ['text', CANARY, 'string was thrown instead of an error'],
    ['an object', { message: CANARY, stack: CANARY }, 'object was thrown instead of an error'],
    [
      'a name and a code that are values',
      Object.assign(new Error('no'), { name: `${CANARY}@x.y`, code: `c ${CANARY}` }),
      'no',
    ],
    [
      'an error that cannot be read',
      Object.defineProperty(new Error(CANARY), 'message', {
        get: () => {
          throw new Error(CANARY);
        },
      }),
      'an error that cannot be read was thrown',
    ],
  ])('of %s: no value', (_what, thrown, message) => {
    expect(redactError(thrown).message).toBe(message);
    expect(logged(thrown)).not.toContain(CANARY);
    expect(logged(thrown)).not.toContain(TOKEN);
    expect(logged(thrown)).toContain(message.replaceAll('"', '\\"'));
  });

  it('are code, constraint, stack and causes', () => {
    const cause = ofPostgres('23505', 'duplicate key value violates unique constraint "users_email_key"');
    const error = redactError(new Error('outer', { cause }));
    expect(error.cause).toMatchObject({ name: 'error', code: '23505', constraint: 'users_email_key' });
    expect(Object.keys(error.cause as object).sort()).toEqual(['code', 'constraint', 'name']);
    expect(error.stack).toMatch(/^Error: outer\n {4}at .*redaction\.test\.ts:\d+:\d+/);
    expect(logged(error)).toMatch(/caused by: error: duplicate key/);
  });

  it('are a code that is a number, and a name in place of one that is a value', () => {
    const error = Object.assign(new Error('no'), { name: `of ${CANARY}`, code: 11000 });
    expect(redactError(error)).toMatchObject({ name: 'Error', code: 11000 });
    expect(redactError(error).stack).toMatch(/^Error: no\n {4}at /);
  });

  it('are five causes at most, and five parts of an aggregate', () => {
    const namesOf = (error: unknown): string[] =>
      error instanceof Error ? [error.message, ...namesOf(error.cause)] : [];
    let chain = new Error('0');
    for (let number = 1; number <= 9; number += 1) chain = new Error(`${number}`, { cause: chain });
    expect(namesOf(redactError(chain))).toEqual(['9', '8', '7', '6', '5', '4']);
    const parts = Array.from({ length: 9 }, (_, index) => new Error(`${index}`));
    const { errors } = redactError(new AggregateError(parts)) as AggregateError;
    expect(errors.map(({ message }) => message)).toEqual(['0', '1', '2', '3', '4']);
  });

  it('are five levels of aggregates, also in a circle', () => {
    const circle = new AggregateError([], 'round');
    circle.errors.push(circle);
    let level: Error | undefined = redactError(circle);
    let levels = 0;
    for (; level?.message === 'round'; level = (level as Partial<AggregateError>).errors?.[0]) levels += 1;
    expect(levels).toBe(6);
  });

  it('are the pointers and codes of what zod refuses, bounded, and of nothing else that has issues', () => {
    const issue = { code: 'too_small', path: ['name'] };
    const ofZod = (name: string, issues: unknown) => Object.assign(new Error(`"${CANARY}"`), { name, issues });
    expect(redactMessage(ofZod('ZodError', [issue, issue]))).toBe('/name: too_small; /name: too_small');
    expect(redactMessage(ofZod('$ZodError', [issue]))).toBe('/name: too_small');
    expect(redactMessage(ofZod('ZodError', Array(500).fill(issue)))).toHaveLength(2000);
    expect(redactMessage(ofZod('ZodErrorReport', [issue]))).toBe('"…"');
    expect(redactMessage(ofZod('Error', [issue]))).toBe('"…"');
    expect(redactMessage(ofZod('ZodError', 'none'))).toBe('"…"');
  });

  it('are the parts of an aggregate', () => {
    const parts = [new Error('connect ECONNREFUSED ::1'), new Error(`"${CANARY}"`)];
    expect(redactError(new AggregateError(parts))).toMatchObject({
      errors: [{ message: 'connect ECONNREFUSED ::1' }, { message: '"…"' }],
    });
  });

  it('are no lines of the message that look like the stack', () => {
    const error = new Error(`'\n    at ${CANARY} (x.js:1:1)\n'`);
    expect(logged(error)).not.toContain(CANARY);
    const last = new Error(`refused\n    at ${CANARY} (x.js:1:1)`);
    expect(
      redactError(last)
        .stack?.split('\n')
        .filter(line => line.includes(CANARY)),
    ).toHaveLength(1);
    const renamed = Object.assign(new Error(`'\n    at ${CANARY} (x.js:1:1)\n'`), { message: 'other' });
    expect(redactError(renamed).stack).toMatch(/^Error: other\n {4}at /);
    expect(logged(renamed)).not.toContain(CANARY);
  });

  it('is name and message where there is no stack', () => {
    const error = new TypeError('no');
    delete error.stack;
    expect(redactError(error).stack).toBe('TypeError: no');
  });

  it('is bounded, also for causes in a circle', () => {
    const error = new Error('x '.repeat(10_000));
    error.cause = error;
    expect(redactError(error).message).toBe('x '.repeat(1000));
    expect(logged(error).length).toBeLessThan(100_000);
  });

  it('keeps what quotes no values: own messages, paths and properties', () => {
    expect(redactError(new StoreNotEmpty(['users'])).message).toBe(new StoreNotEmpty(['users']).message);
    expect(redactMessage(new PlainError('the store "memory" is closed'))).toBe('the store "memory" is closed');
    const missing = Object.assign(new Error("ENOENT: no such file, open '/data/x'"), {
      code: 'ENOENT',
      syscall: 'open',
    });
    expect(redactError(missing).message).toBe("ENOENT: no such file, open '/data/x'");
    const missed = thrownBy(() => (undefined as unknown as { email: string }).email);
    expect(redactError(missed).message).toBe("Cannot read properties of undefined (reading 'email')");
  });
});

describe('what is secret or personal in a text', () => {
  it.each([
    [
      'names of constraints, tables and indexes',
      'a_very_long_name_of_a_constraint_in_snake_case_key on tradepost.users',
    ],
    ['ids', '01890a5d-ac96-774b-bcce-b302099a8057'],
    ['hosts and ports', 'connect ECONNREFUSED 127.0.0.1:5432 db.example.org'],
    ['URLs without credentials', 'postgres://db.example.org:5432/tradepost'],
  ])('does not include %s', (_what, text) => expect(redactText(text)).toBe(text));
});
