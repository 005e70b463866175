import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { separability } from '../support/auc.js';
import { type Registered, register } from '../support/http/http-users.js';
import { type Answer, send } from '../support/http/requests.js';
import { type ServingProcess, serveInProcess } from '../support/servers/processes.js';
import { temporaryStores } from '../support/stores/temporary-stores.js';

/**
 * Samples of each kind. `npm run timing` takes 500 and judges the times. `npm test` takes a few, and judges only the
 * answers, because the times of a busy machine prove nothing.
 */
const SAMPLES = Number(process.env.TIMING_SAMPLES ?? 8);
const JUDGED = process.env.TIMING_SAMPLES !== undefined;
const ACCOUNTS = 25;

const stores = temporaryStores();
let server: ServingProcess;
let known: Registered[];

beforeAll(async () => {
  server = await serveInProcess({ DATABASE_URL: await stores.postgres() });
  known = [];
  for (let made = 0; made < Math.min(ACCOUNTS, SAMPLES); made += 1) known.push(await register(server.origin));
});
afterAll(async () => {
  await server?.stop();
});

interface Sample {
  readonly milliseconds: number;
  readonly answer: Answer;
}

async function sample(email: string): Promise<Sample> {
  const body = { email, password: 'wrong horse battery' };
  const started = performance.now();
  const answer = await send(server.origin, '/login', { method: 'POST', body });
  return { milliseconds: performance.now() - started, answer };
}

it(
  'failed logins look and take the same, with and without an account',
  async () => {
    const samples: { readonly of: 'known' | 'unknown'; readonly taken: Sample }[] = [];
    for (let round = 0; round < SAMPLES; round += 1) {
      const email = known[round % known.length]?.email ?? '';
      // The same number of tries for each, in random order.
      const pair = [
        ['known', email],
        ['unknown', email.replace('@', '@not.')],
      ] as const;
      for (const [of, address] of Math.random() < 0.5 ? pair : pair.toReversed()) {
        samples.push({ of, taken: await sample(address) });
      }
    }
    const timesOf = (kind: string) => samples.flatMap(({ of, taken }) => (of === kind ? taken.milliseconds : []));
    for (const { taken } of samples) expect(taken.answer.json).toMatchObject({ code: 'invalid_credentials' });
    const [of, without] = [timesOf('known'), timesOf('unknown')];
    expect([of.length, without.length]).toEqual([SAMPLES, SAMPLES]);
    const area = separability(of, without);
    const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]?.toFixed(2);
    if (!JUDGED) return;
    console.log(
      `${SAMPLES} + ${SAMPLES} failed logins: area under the curve ${area.toFixed(3)}, medians ${median(of)} and ${median(without)} ms`,
    );
    expect(area).toBeLessThan(0.55);
  },
  60_000 + 500 * SAMPLES,
);

describe('the measure', () => {
  it('separates what can be separated, and nothing else', () => {
    const numbers = Array.from({ length: 200 }, (_, index) => (index * 7919) % 1000);
    expect(separability(numbers, numbers)).toBe(0.5);
    const later = numbers.map(value => value + 1000);
    expect(separability(numbers, later)).toBe(1);
    expect(separability(later, numbers)).toBe(1);
    expect(
      separability(
        numbers,
        numbers.map(value => value + 100),
      ),
    ).toBeGreaterThan(0.55);
  });
});
