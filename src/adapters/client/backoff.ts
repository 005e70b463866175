/** Milliseconds. */
const FIRST = 250;
const LONGEST = 30_000;

/**
 * How long to wait before attempt `failures` + 1: anything up to a bound that doubles ("full jitter"), so that clients
 * that lost one server together do not come back together.
 */
export const fullJitter = (failures: number, random: () => number = Math.random): number =>
  Math.round(random() * Math.min(LONGEST, FIRST * 2 ** Math.min(failures, 16)));
