import { expect, test } from 'vitest';
import { median, quantile, spread } from '../../bench/measure.js';
import { alternate, type Measured, type Round, summarise } from '../../bench/rounds.js';

test('the median is the middle one, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('spread is in percent of the median', () => {
  expect(spread([90, 100, 120])).toBe(30);
});

test('a quantile is one of the values', () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(quantile(values, 0.99)).toBe(100);
  expect(quantile(values, 0.5)).toBe(51);
});

const PACE = { rounds: 3, warmUp: 1, measured: 5 };

function contestants(): { loads: string[]; all: Measured[] } {
  const loads: string[] = [];
  const all = ['a', 'b', 'c'].map((name): Measured => {
    let cpu = 0;
    return {
      name,
      cpu: () => cpu,
      databaseCpu: () => null,
      load: async seconds => {
        loads.push(`${name}${seconds}`);
        cpu += seconds;
        return { answers: 1000 * seconds, refused: 1, seconds, p50: 1, p99: 2 };
      },
    };
  });
  return { loads, all };
}

test('contestants take turns, each time from the next one on, and are warmed up before each', async () => {
  const { loads, all } = contestants();
  const rounds = await alternate(all, PACE);
  expect(loads.join(' ')).toBe('a1 a5 b1 b5 c1 c5 b1 b5 c1 c5 a1 a5 c1 c5 a1 a5 b1 b5');
  expect(rounds.map(each => each.length)).toEqual([3, 3, 3]);
});

test('without a warm-up each is measured at once', async () => {
  const { loads, all } = contestants();
  await alternate(all, { ...PACE, rounds: 1, warmUp: 0 });
  expect(loads).toEqual(['a5', 'b5', 'c5']);
});

test('what the warm-up costs is not counted', async () => {
  const [[round] = []] = await alternate(contestants().all, PACE);
  // 5 CPU seconds for 5,000 answers.
  expect(round).toMatchObject({ perSecond: 1000, cpu: 1, databaseCpu: null });
});

test('a contestant that answers nothing ends the run', async () => {
  const mute: Measured = {
    name: 'mute',
    cpu: () => 0,
    databaseCpu: () => 0,
    load: async seconds => ({ answers: 0, refused: 0, seconds, p50: 0, p99: 0 }),
  };
  await expect(alternate([mute], PACE)).rejects.toThrow('mute: no answer in 5 s');
});

test('rows are medians, with ratios to the reference', () => {
  const round = (perSecond: number, cpu: number): Round => ({
    answers: 1,
    refused: 2,
    seconds: 1,
    p50: 1,
    p99: 2,
    perSecond,
    cpu,
    databaseCpu: null,
  });
  const [reference, other] = [
    [round(100, 1), round(110, 1), round(90, 1)],
    [round(50, 3), round(60, 2), round(10, 9)],
  ];
  const { all } = contestants();
  const rows = summarise(all.slice(0, 2), [reference, other], 'a');
  expect(rows).toEqual([
    {
      name: 'a',
      perSecond: 100,
      spread: 20,
      p50: 1,
      p99: 2,
      cpu: 1,
      databaseCpu: null,
      ratio: 1,
      cpuRatio: 1,
      refused: 6,
    },
    {
      name: 'b',
      perSecond: 50,
      spread: 100,
      p50: 1,
      p99: 2,
      cpu: 3,
      databaseCpu: null,
      ratio: 0.5,
      cpuRatio: 3,
      refused: 6,
    },
  ]);
  expect(() => summarise(all, [], 'nobody')).toThrow('nobody');
});
