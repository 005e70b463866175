export type Cell = string | number | null;

export interface Column {
  /** Of the value in each row, also in the JSON of the results. */
  readonly key: string;
  /** At the top of the column. */
  readonly title: string;
}

export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

export const table = <Row extends object>(
  title: string,
  columns: { readonly [Key in keyof Row & string]?: string },
  rows: readonly Row[],
): Table => ({
  title,
  columns: Object.entries(columns).map(([key, value]) => ({ key, title: String(value) })),
  rows: rows as unknown as Table['rows'],
});

const text = (cell: Cell | undefined): string =>
  cell === null || cell === undefined ? '-' : typeof cell === 'number' ? cell.toLocaleString('en-US') : cell;

/** Returns aligned columns for a terminal, numbers to the right. */
export function plainTable({ title, columns, rows }: Table): string {
  const lines = [columns.map(column => column.title), ...rows.map(row => columns.map(({ key }) => text(row[key])))];
  const widths = columns.map((_, index) => Math.max(...lines.map(line => line[index]?.length ?? 0)));
  const numeric = columns.map(({ key }) => rows.some(row => typeof row[key] === 'number'));
  const padded = lines.map(line =>
    line
      .map((cell, index) => (numeric[index] ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return [title, ...padded].join('\n');
}

export function markdownTable({ title, columns, rows }: Table): string {
  const numeric = columns.map(({ key }) => rows.some(row => typeof row[key] === 'number'));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    `${title}:`,
    '',
    line(columns.map(column => column.title)),
    `|${numeric.map(right => (right ? '---:' : '---')).join('|')}|`,
    ...rows.map(row => line(columns.map(({ key }) => text(row[key])))),
  ].join('\n');
}
