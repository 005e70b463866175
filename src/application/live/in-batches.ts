/** Items of one query at most, so that no parameter list grows without bound. */
const BATCH = 1000;

export async function inBatches<Item>(items: readonly Item[], work: (batch: Item[]) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += BATCH) await work(items.slice(start, start + BATCH));
}
