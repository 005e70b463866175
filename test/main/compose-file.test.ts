import { existsSync, readFileSync } from 'node:fs';
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

const PASSWORDS = { DATABASE_PASSWORD: 'p4ssw0rd', DATABASE_ADMIN_PASSWORD: '4dm1n' };
const SECRETS = { ...PASSWORDS, SESSION_SECRETS: 'q7Jw2mXzR9tK4vB8nL1cF6hD3gS5pY0a' };

/** Fills in `${NAME:-default}` and `${NAME:?message}` as Compose does, and refuses a missing value as Compose does. */
const interpolate = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_all, name: string, kind: string, rest: string) => {
    if (values[name]) return values[name];
    if (kind === '?') throw new Error(`${name} ${rest}`);
    return rest;
  });

describe.each([
  { service: 'server', kind: 'postgres', database: 'postgres' },
  { service: 'server-on-mongo', kind: 'mongo', database: 'mongo' },
])('docker-compose.yml, $service', ({ service, kind, database }) => {
  const environment = environmentOf(service);

  it('sets variables that the server knows, to valid values', () => {
    expect(Object.keys(environment)).toEqual(expect.arrayContaining(['DATABASE_URL', 'HOST', 'SESSION_SECRETS']));
    for (const variable of Object.keys(environment)) expect(VARIABLES).toContain(variable);
    const values = Object.fromEntries(
      Object.entries(environment).map(([key, value]) => [key, interpolate(value, SECRETS)]),
    );
    expect(readConfig(values)).toMatchObject({ host: '0.0.0.0', store: { kind } });
  });

  it('waits only for the database of its URL', () => {
    const url = new URL(interpolate(environment.DATABASE_URL ?? '', SECRETS));
    expect(url.hostname).toBe(database);
    const [, waitsFor] = /depends_on:\n +(\w+): \{ condition: service_healthy \}/.exec(blockUnder(service, file)) ?? [];
    expect(waitsFor).toBe(database);
    expect(blockUnder(database, blockUnder('services', file))).toContain('healthcheck:');
  });
});

it('MongoDB is a replica set of one with the name in the URL, and starts only with its profile', () => {
  const mongo = blockUnder('mongo', file);
  const [, replicaSet] = /--replSet (\w+)/.exec(mongo) ?? [];
  expect(environmentOf('server-on-mongo').DATABASE_URL).toContain(`replicaSet=${replicaSet}`);
  expect(mongo).toContain(`rs.initiate({ _id: '${replicaSet}', members: [{ _id: 0, host: 'mongo:27017' }] })`);
  for (const service of ['mongo', 'server-on-mongo']) expect(blockUnder(service, file)).toContain('profiles: [mongo]');
});

describe('docker-compose.yml', () => {
  it.each(Object.keys(SECRETS))('is refused without %s, which .env.example names without a value', name => {
    expect(() => interpolate(file, { ...SECRETS, [name]: '' })).toThrow(`${name} is not set, see .env.example`);
    const uses = [...file.matchAll(new RegExp(`\\$\\{${name}\\b([^}]*)\\}`, 'g'))].map(([, rest]) => rest);
    expect(new Set(uses)).toEqual(new Set([':?is not set, see .env.example']));
    expect(readFileSync('.env.example', 'utf8')).toMatch(new RegExp(`^${name}=$`, 'm'));
  });

  it('has no other password, and needs nothing else', () => {
    const filled = interpolate(file, SECRETS);
    expect(filled).not.toMatch(/(?<!\$)\$\{/);
    const values = [...filled.matchAll(/^ +\w*PASSWORD\w*: (.*)$/gm)].map(([, value]) => value);
    expect(values.length).toBeGreaterThanOrEqual(4);
    for (const value of values) expect(Object.values(PASSWORDS)).toContain(value);
  });

  it.each([
    ['server', 'postgres'],
    ['server-on-mongo', 'mongo'],
  ])('%s has a role of its own in %s, which a mounted script creates', (server, database) => {
    const url = new URL(interpolate(environmentOf(server).DATABASE_URL ?? '', SECRETS));
    expect([url.username, url.password]).toEqual(['tradepost', PASSWORDS.DATABASE_PASSWORD]);
    expect(blockUnder(server, file)).not.toContain('DATABASE_ADMIN_PASSWORD');
    const service = blockUnder(database, blockUnder('services', file));
    const [, script = ''] = /- \.\/(compose\/\S+):\/docker-entrypoint-initdb\.d\/\S+:ro$/m.exec(service) ?? [];
    expect(existsSync(script)).toBe(true);
    expect(readFileSync(script, 'utf8')).toMatch(/tradepost[\s\S]*DATABASE_PASSWORD|DATABASE_PASSWORD[\s\S]*tradepost/);
    expect(interpolate(environmentOf(database).DATABASE_PASSWORD ?? '', SECRETS)).toBe(PASSWORDS.DATABASE_PASSWORD);
  });

  it('publishes ports of servers only, and on the loopback interface only', () => {
    const ports = [...file.matchAll(/^ +ports:(.*)$/gm)].map(([, port]) => port?.trim());
    expect(ports).toEqual(['["127.0.0.1:3000:3000"]', '["127.0.0.1:3001:3000"]']);
    for (const service of ['postgres', 'mongo']) {
      expect(blockUnder(service, blockUnder('services', file))).not.toMatch(/ports:|network_mode:/);
    }
  });

  it('PostgreSQL creates its superuser under another name', () => {
    // The image calls the superuser POSTGRES_USER, or `postgres` where that is not set.
    expect(environmentOf('postgres')).not.toHaveProperty('POSTGRES_USER');
  });

  it('MongoDB has users and a key file, and shows no password in its list of processes', () => {
    const mongo = blockUnder('mongo', file);
    expect(environmentOf('mongo')).toMatchObject({ MONGO_INITDB_ROOT_USERNAME: 'root' });
    expect(mongo).toContain('--keyFile $$key');
    expect(mongo).toContain('umask 077; head -c 756 /dev/urandom');
    const [, command = ''] = /command:\n([\s\S]*?)volumes:/.exec(mongo) ?? [];
    const [, check = ''] = /healthcheck:\n([\s\S]*)/.exec(mongo) ?? [];
    for (const text of [command, check]) {
      expect(text.length).toBeGreaterThan(100);
      expect(text).not.toContain('${');
    }
  });
});

it('the image runs as a user without rights, and continuous integration may only read the repository', () => {
  const [, ...stages] = readFileSync('Dockerfile', 'utf8').split(/^FROM /m);
  expect([...(stages.at(-1) ?? '').matchAll(/^USER (.*)$/gm)].map(([, user]) => user)).toEqual(['node']);
  const workflow = readFileSync('.github/workflows/ci.yml', 'utf8');
  expect(workflow).toContain('\npermissions:\n  contents: read\n\n');
  expect(workflow.match(/permissions:/g)).toHaveLength(1);
});

describe('images and actions', () => {
  const DIGEST = /@sha256:[0-9a-f]{64}$/;

  it('are named by digest in docker-compose.yml and in the Dockerfile', () => {
    const images = [...file.matchAll(/^ +image: (.*)$/gm)].map(([, image]) => image);
    const bases = [...readFileSync('Dockerfile', 'utf8').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect([images.length, bases.length]).toEqual([2, 2]);
    for (const image of [...images, ...bases]) expect(image).toMatch(DIGEST);
  });

  it('are named by digest and by commit in continuous integration', () => {
    const workflow = readFileSync('.github/workflows/ci.yml', 'utf8');
    const actions = [...workflow.matchAll(/uses: (.*)$/gm)].map(([, action]) => action);
    expect(actions.length).toBeGreaterThanOrEqual(2);
    for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    const rows = blockUnder('include', workflow)
      .split(/- node:/)
      .slice(1);
    expect(rows.length).toBeGreaterThanOrEqual(3);
    for (const row of rows) {
      for (const image of ['postgres', 'mongo'])
        expect(row).toMatch(new RegExp(`${image}-digest: sha256:[0-9a-f]{64}\n`));
    }
    for (const image of ['postgres', 'mongo']) expect(workflow).toContain(`_IMAGE" \${{ matrix.${image}-digest }}`);
  });
});
