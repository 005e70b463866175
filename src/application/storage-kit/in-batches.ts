/** The most items or rows of one query, so that no parameter list and no lock grows without bound. */
const BATCH = 1000;

/** Calls `work` with up to 1,000 items at a time, one call after the other. */
export async function inBatches<Item>(items: readonly Item[], work: (batch: Item[]) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += BATCH) await work(items.slice(start, start + BATCH));
}

/** Calls `remove` until it removes less than a full batch, 100 times at most. Returns how many rows it removed. */
export async function removeInBatches(remove: (limit: number) => Promise<number>): Promise<number> {
  let total = 0;
  for (let batch = 0; batch < 100; batch += 1) {
    const removed = await remove(BATCH);
    total += removed;
    if (removed < BATCH) break;
  }
  return total;
}
