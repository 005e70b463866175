import { createRequire } from 'node:module';

const requireOfProduct = createRequire(new URL('../../package.json', import.meta.url));

/**
 * A dependency of the product, as the product has it: peers that use a driver use the same version of it, and `bench`
 * does not install it again.
 */
export const fromProduct = name => requireOfProduct(name);

/** What `startPeer` was given. */
export const settings = JSON.parse(process.env.BENCH_SETTINGS ?? '{}');

/**
 * As many connections as `tradepost serve` has by default; times are read as UTC, as Tradepost reads them. Tables of a
 * peer's own go into a schema of its own.
 */
export const createPool = (schema = 'public') => {
  const { Pool } = fromProduct('pg');
  const options = `-c TimeZone=UTC -c search_path=${schema}`;
  const pool = new Pool({ connectionString: settings.databaseUrl, max: 10, options });
  pool.on('error', error => console.error(error));
  return pool;
};

/** Listens on a free port of 127.0.0.1, tells the bench its origin, and ends when the bench does. */
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
