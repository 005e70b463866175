/**
 * How well a classifier can separate two kinds by one number, as the area under the ROC curve: 0.5 is not at all, 1 is
 * perfectly, in whichever direction. It is the probability that a sample of one kind is greater than one of the other
 * (Mann-Whitney U).
 */
export function separability(one: readonly number[], other: readonly number[]): number {
  let wins = 0;
  for (const a of one) for (const b of other) wins += a > b ? 1 : a === b ? 0.5 : 0;
  const area = wins / (one.length * other.length);
  return Math.max(area, 1 - area);
}
