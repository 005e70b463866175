import { readFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { MongoClient } from 'mongodb';
import type { Postgres } from '../database/postgres.js';

export interface Versions {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly system: string };
  readonly node: string;
  readonly postgres: Readonly<Record<string, string>>;
  /** Null without a MongoDB server. */
  readonly mongodb: string | null;
  readonly tradepost: string;
  /** Packages of the product that the bench uses too, and the bench's own. */
  readonly packages: Readonly<Record<string, string>>;
}

/** Packages of the product that the hand-written servers use too. */
const SHARED = ['argon2', 'cookie-signature', 'mongodb', 'pg', 'ws'];

export async function readVersions({ source, settings }: Postgres, mongoUrl: string | undefined): Promise<Versions> {
  const own = Object.keys(readPackage('bench').dependencies ?? {});
  const packages = [
    ...SHARED.map(name => [name, readPackage(`node_modules/${name}`).version]),
    ...own.map(name => [name, readPackage(`bench/node_modules/${name}`).version]),
  ];
  return {
    machine: { cpu: cpus()[0]?.model ?? '?', cores: cpus().length, system: `${type()} ${release()}` },
    node: process.version,
    postgres: { source, ...settings },
    mongodb: mongoUrl === undefined ? null : await mongoVersion(mongoUrl),
    tradepost: readPackage('.').version,
    packages: Object.fromEntries(packages) as Record<string, string>,
  };
}

async function mongoVersion(url: string): Promise<string> {
  const client = new MongoClient(url);
  try {
    const { version } = await client.db().command({ buildInfo: 1 });
    return String(version);
  } finally {
    await client.close();
  }
}

interface Package {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const readPackage = (folder: string): Package => JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Package;

export function versionsText({ machine, node, postgres, mongodb, tradepost, packages }: Versions): string {
  const { source, server_version: version, ...settings } = postgres;
  const pairs = (record: Readonly<Record<string, string>>): string =>
    Object.entries(record)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
  return [
    `Tradepost ${tradepost}, Node ${node.slice(1)}, ${machine.cores} cores (${machine.cpu}), ${machine.system}.`,
    `PostgreSQL ${version} from ${source}, with ${pairs(settings)}.`,
    ...(mongodb === null ? [] : [`MongoDB: a server of TEST_MONGODB_URL that calls itself ${mongodb}.`]),
    `Packages: ${pairs(packages)}.`,
  ].join('\n');
}
