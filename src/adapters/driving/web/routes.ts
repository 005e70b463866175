import type { Operation, OperationName } from '../operations/index.js';
import { MalformedRequest, operations } from '../operations/index.js';
import type { ReadInput } from './read-input.js';
import { inputReader } from './read-input.js';

export interface Endpoint {
  readonly name: OperationName;
  readonly operation: Operation;
  readonly readInput: ReadInput;
}

/** The operations with one path. */
export interface Route {
  /** With `{name}` instead of values. */
  readonly path: string;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** The value of `Allow`. */
  readonly allow: string;
  /** @throws `malformed_request` if a part of the path is not percent-encoded UTF-8 */
  paramsOf(path: string): Readonly<Record<string, string>>;
}

export type FindRoute = (path: string) => Route | null;

/** Derives routes from the operations table. Paths are compared exactly: case and a trailing slash count. */
export function createRoutes(offers: (name: OperationName) => boolean): FindRoute {
  const fixed = new Map<string, Route>();
  const patterns: { readonly pattern: RegExp; readonly route: Route }[] = [];
  for (const [path, rows] of rowsByPath(offers)) {
    const route = routeOf(path, rows);
    if (path.includes('{')) patterns.push({ pattern: patternOf(path), route });
    else fixed.set(path, route);
  }
  return path => fixed.get(path) ?? patterns.find(({ pattern }) => pattern.test(path))?.route ?? null;
}

type Row = readonly [OperationName, Operation];

function rowsByPath(offers: (name: OperationName) => boolean): Map<string, Row[]> {
  const byPath = new Map<string, Row[]>();
  for (const [name, row] of Object.entries(operations) as [OperationName, Operation][]) {
    if (offers(name)) byPath.set(row.route.path, [...(byPath.get(row.route.path) ?? []), [name, row]]);
  }
  return byPath;
}

function routeOf(path: string, rows: readonly Row[]): Route {
  const endpoints = new Map<string, Endpoint>();
  for (const [name, operation] of rows) {
    endpoints.set(operation.route.method, { name, operation, readInput: inputReader(operation) });
  }
  const get = endpoints.get('GET');
  if (get) endpoints.set('HEAD', get);
  const keys = [...path.matchAll(/\{(\w+)\}/g)].map(([, key]) => key ?? '');
  const pattern = patternOf(path);
  const paramsOf = (actual: string): Record<string, string> => {
    const values = pattern.exec(actual)?.slice(1) ?? [];
    return Object.fromEntries(keys.map((key, index) => [key, decode(values[index] ?? '')]));
  };
  const none = {};
  return {
    path,
    endpoints,
    allow: [...endpoints.keys(), 'OPTIONS'].join(', '),
    paramsOf: keys.length === 0 ? () => none : paramsOf,
  };
}

const patternOf = (path: string): RegExp => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MalformedRequest('The path of the URL is not percent-encoded UTF-8.');
  }
}
