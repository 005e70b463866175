import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfig, VARIABLES } from '../../src/main/config.js';

const file = readFileSync('docker-compose.yml', 'utf8');

/** The lines of a block, found by indentation. */
const blockUnder = (heading: string, text: string): string => {
  const [, indentation = '', ...rest] = new RegExp(`^( *)${heading}:.*\\n((?:\\1 +.*\\n|\\n)+)`, 'm').exec(text) ?? [];
  return rest.join(indentation);
};

/** The environment variables of a service. */
function environmentOf(service: string): Record<string, string> {
  const own = blockUnder('environment', blockUnder(service, file));
  const shared = own.includes('<<: *environment') ? blockUnder('x-environment', file) : '';
  return Object.fromEntries([...`${shared}${own}`.matchAll(/^ +(\w+): (.*)$/gm)].map(([, key, value]) => [key, value]));
}

/** Replaces `${NAME:-default}` by the default. */
const applyDefaults = (value: string): string => value.replace(/\$\{\w+:-([^}]*)\}/g, '$1');

describe.each([
  { service: 'server', kind: 'postgres', database: 'postgres' },
  { service: 'server-on-mongo', kind: 'mongo', database: 'mongo' },
])('docker-compose.yml, $service', ({ service, kind, database }) => {
  const environment = environmentOf(service);

  it('sets variables that the server knows, to valid values', () => {
    expect(Object.keys(environment)).toEqual(expect.arrayContaining(['DATABASE_URL', 'HOST', 'SESSION_SECRETS']));
    for (const variable of Object.keys(environment)) expect(VARIABLES).toContain(variable);
    const values = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, applyDefaults(value)]));
    expect(readConfig(values)).toMatchObject({ host: '0.0.0.0', store: { kind } });
  });

  it('waits only for the database of its URL', () => {
    const url = new URL(applyDefaults(environment.DATABASE_URL ?? ''));
    expect(url.hostname).toBe(database);
    const [, waitsFor] = /depends_on:\n +(\w+): \{ condition: service_healthy \}/.exec(blockUnder(service, file)) ?? [];
    expect(waitsFor).toBe(database);
    expect(blockUnder(database, blockUnder('services', file))).toContain('healthcheck:');
  });
});

it('MongoDB is a replica set of one with the name in the URL, and starts only with its profile', () => {
  const mongo = blockUnder('mongo', file);
  const [, replicaSet] = /"--replSet", "(\w+)"/.exec(mongo) ?? [];
  expect(environmentOf('server-on-mongo').DATABASE_URL).toContain(`replicaSet=${replicaSet}`);
  expect(mongo).toContain(`rs.initiate({ _id: '${replicaSet}', members: [{ _id: 0, host: 'mongo:27017' }] })`);
  for (const service of ['mongo', 'server-on-mongo']) expect(blockUnder(service, file)).toContain('profiles: [mongo]');
});
