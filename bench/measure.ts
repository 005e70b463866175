/** Milliseconds each of `rounds` runs of `work` took, in order of size. */
export async function times(rounds: number, work: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    await work();
    taken.push(performance.now() - began);
  }
  return taken.sort((a, b) => a - b);
}

export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

export const round = (value: number, digits = 3): number => Number(value.toFixed(digits));

export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
