/** Median and 99th percentile. */
export function quantiles(milliseconds) {
  const sorted = Float64Array.from(milliseconds).sort();
  const at = share => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50: at(0.5), p99: at(0.99) };
}
