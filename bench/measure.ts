/** Returns the milliseconds of each of `rounds` runs of `work`, ascending. */
export async function times(rounds: number, work: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    await work();
    taken.push(performance.now() - began);
  }
  return ascending(taken);
}

export const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** The middle value, or the mean of the two middle values. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

/** Largest less smallest value, in percent of the median. */
export const spread = (values: readonly number[]): number =>
  ((Math.max(...values) - Math.min(...values)) / median(values)) * 100;

export const round = (value: number, digits = 3): number => Number(value.toFixed(digits));

/** Rounds to significant digits, for columns with figures of very different size. */
export const significant = (value: number, digits = 3): number => Number(value.toPrecision(digits));
