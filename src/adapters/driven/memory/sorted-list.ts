/** Values in ascending order of a unique key, with the range reads that pages need. */
export class SortedList<Key, Value> {
  private readonly values: Value[] = [];

  constructor(private readonly keyOf: (value: Value) => Key) {}

  get length(): number {
    return this.values.length;
  }

  get last(): Value | undefined {
    return this.values.at(-1);
  }

  add(value: Value): void {
    this.values.splice(this.countBelow(this.keyOf(value)), 0, value);
  }

  remove(key: Key): void {
    const at = this.countBelow(key);
    const found = this.values[at];
    if (found !== undefined && this.keyOf(found) === key) this.values.splice(at, 1);
  }

  /** Returns up to `limit` values below the key, or from the end where it is null, greatest first. */
  below(key: Key | null, limit: number): Value[] {
    const end = key === null ? this.values.length : this.countBelow(key);
    return this.values.slice(Math.max(0, end - limit), end).reverse();
  }

  /** Returns up to `limit` values from the key on, smallest first. */
  from(key: Key, limit: number): Value[] {
    const start = this.countBelow(key);
    return this.values.slice(start, start + limit);
  }

  private countBelow(key: Key): number {
    let low = 0;
    let high = this.values.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const value = this.values[middle];
      if (value !== undefined && this.keyOf(value) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
