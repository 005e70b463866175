import { memory } from '../../src/adapters/driven/memory/index.js';
import { Broadcast } from '../../src/application/storage-kit/index.js';
import type { Signals, Storage, StorageConnector } from '../../src/index.js';
import type { Rows } from '../../src/testing/storage-conformance/archive-fixtures.js';
import { fill, readStore } from '../../src/testing/storage-conformance/archive-fixtures.js';

type PartName = Exclude<keyof Storage, 'load'>;

/** A store in memory that can be set back to given rows while a server uses it, so that every case starts the same. */
export class ResettableStore {
  private readonly signals = new Broadcast();
  private before = '';

  private constructor(
    private readonly rows: Rows,
    private current: Awaited<ReturnType<typeof filled>>,
  ) {}

  static async of(rows: Rows): Promise<ResettableStore> {
    const store = new ResettableStore(rows, await filled(rows));
    store.begin();
    store.before = await store.dump();
    return store;
  }

  /** Opening returns one storage whose parts are those of the store as it is at the time of a call. */
  readonly connector: StorageConnector = {
    ...memory(),
    open: async () => {
      const parts = Object.keys(this.current.storage).map(name => [name, this.partOf(name as PartName)]);
      const { check, close } = this.current.storage;
      const signals: Signals = this.signals;
      return { ...Object.fromEntries(parts), signals, check, close } as Storage;
    },
  };

  /** Whether anything differs from the rows at the start. */
  async hasChanged(): Promise<boolean> {
    return (await this.dump()) !== this.before;
  }

  async reset(): Promise<void> {
    this.current = await filled(this.rows);
    this.begin();
  }

  private async dump(): Promise<string> {
    return JSON.stringify(await readStore(this.current.connector));
  }

  private begin(): void {
    this.current.storage.signals.subscribe(signal => this.signals.publish(signal));
  }

  private partOf(name: PartName): object {
    return new Proxy(
      {},
      {
        get: (_, method) => {
          const part = this.current.storage[name];
          const value: unknown = Reflect.get(part, method);
          return typeof value === 'function' ? value.bind(part) : value;
        },
      },
    );
  }
}

async function filled(rows: Rows) {
  const connector = memory();
  await fill(connector, rows, 1000);
  return { connector, storage: await connector.open() };
}
