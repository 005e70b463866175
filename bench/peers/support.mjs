import { createRequire } from 'node:module';

const requireOfProduct = createRequire(new URL('../../package.json', import.meta.url));

/**
 * Loads a dependency of the product from the product's own node_modules, so that all contestants use the same version of
 * a driver.
 */
export const fromProduct = name => requireOfProduct(name);

/** The settings that `startPeer` was given. */
export const settings = JSON.parse(process.env.BENCH_SETTINGS ?? '{}');

/**
 * A pool with as many connections as `tradepost serve` has by default, in UTC as Tradepost's. A peer's own tables go into
 * `schema`.
 */
export const createPool = (schema = 'public') => {
  const { Pool } = fromProduct('pg');
  const options = `-c TimeZone=UTC -c search_path=${schema}`;
  const pool = new Pool({ connectionString: settings.databaseUrl, max: 10, options });
  pool.on('error', error => console.error(error));
  return pool;
};

/** Listens on a free port of 127.0.0.1 and sends the bench the origin. */
export function serve(server) {
  server.listen(0, '127.0.0.1', () => ready(server.address().port));
}

export function ready(port) {
  process.once('disconnect', () => process.exit());
  process.send({ origin: `http://127.0.0.1:${port}` });
}

export const readText = request =>
  new Promise((resolve, reject) => {
    const chunks = [];
    request.on('data', chunk => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
    request.on('error', reject);
  });
