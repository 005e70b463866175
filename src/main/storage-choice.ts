import type { StorageConnector } from '../application/ports/driven/storage.js';
import type { StorageChoice } from './config.js';

/** The adapter for a choice; only the driver that is needed is loaded. */
export async function connectorFor(choice: StorageChoice): Promise<StorageConnector> {
  switch (choice.kind) {
    case 'postgres': {
      const { postgres } = await import('../adapters/driven/postgres/index.js');
      return postgres({ url: choice.url, poolSize: choice.poolSize });
    }
    case 'mongo': {
      const { mongo } = await import('../adapters/driven/mongo/index.js');
      return mongo({ url: choice.url, poolSize: choice.poolSize });
    }
    case 'embedded': {
      const { embedded } = await import('../adapters/driven/embedded/index.js');
      return embedded({ directory: choice.directory });
    }
    case 'memory': {
      const { memory } = await import('../adapters/driven/memory/index.js');
      return memory();
    }
  }
}
