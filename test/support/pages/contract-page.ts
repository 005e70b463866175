import { readFileSync } from 'node:fs';
import { errorTable, surface } from '../../../src/adapters/driving/operations/index.js';

const PAGE = readFileSync(new URL('../../../docs/contract.md', import.meta.url), 'utf8');

type Row = readonly string[];

/** The rows between `<!-- table: name -->` and `<!-- end -->` without the head, each cell without backquotes. */
const rowsOf = (name: string, columns: number): Row[] => {
  const table = new RegExp(`<!-- table: ${name} -->\\n([\\s\\S]*?)\\n<!-- end -->`).exec(PAGE)?.[1] ?? '';
  const rows = table.split('\n').slice(2);
  return rows.map(row =>
    row
      .split('|')
      .slice(1, columns + 1)
      .map(cell => cell.trim().replaceAll('`', '')),
  );
};

export interface Comparison {
  readonly published: readonly Row[];
  readonly actual: readonly Row[];
}

/** Section 2: the published rows, and those of the surface. */
export const compareOperations = (): Comparison => ({
  published: rowsOf('operations', 5),
  actual: Object.entries(surface).map(([name, { library, route, access, session }]) => [
    name,
    library,
    `${route.method} ${route.path} ${route.status}`,
    access,
    session,
  ]),
});

/** Section 3: the published rows, and those of the error table. */
export const compareErrors = (): Comparison => ({
  published: rowsOf('errors', 3),
  actual: Object.entries(errorTable).map(([code, { status, rpcCode }]) => [code, String(status), String(rpcCode)]),
});
