import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { embedded } from '../../src/adapters/driven/embedded/index.js';
import { mongo } from '../../src/adapters/driven/mongo/index.js';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { addUser } from '../../src/testing/storage-conformance/fixtures.js';
import { Relay } from '../support/relay.js';
import { startPgBouncer } from '../support/servers/pgbouncer.js';
import type { Outcome } from '../support/servers/processes.js';
import { serveInProcess } from '../support/servers/processes.js';
import { temporaryStores } from '../support/stores/temporary-stores.js';

// Each row is a set-up that is made for real. `doctor` has to report what `serve` then fails on, in the same words, and
// to change nothing.

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const SECRET = 'q7Jw2mXzR9tK4vB8nL1cF6hD3gS5pY0a';
const OTHERS = 'https://other-product.example/';

const root = mkdtempSync(join(tmpdir(), 'tradepost-setups-'));
chmodSync(root, 0o755);
/** What is undone after all tests, the last first. */
const undo: (() => unknown)[] = [];
afterAll(async () => {
  for (const each of undo.reverse()) await each();
  rmSync(root, { recursive: true, force: true });
});
const stores = temporaryStores();
const [mongoUrl, pgbouncer] = [inject('mongoUrl'), inject('pgbouncer')];

interface SetUp {
  readonly variables?: Readonly<Record<string, string>>;
  /** As the user nobody, because root may do everything. Left out where this process is not root. */
  readonly isNobody?: boolean;
  /** A command line in another folder than dist. */
  readonly cli?: string;
  /** Returns the content of a database, to see that it stays as it is. */
  contents?(): Promise<unknown>;
}

interface Row {
  readonly name: string;
  /** What doctor has to name: where, the cause and the remedy. */
  readonly reports: readonly (string | RegExp)[];
  /** Why the row cannot run here; null where it can. */
  readonly impossible?: string | null;
  make(folder: string): SetUp | Promise<SetUp>;
}

const CLI = resolve('dist/main/cli.js');

function runTradepost(command: string, folder: string, { variables, isNobody = false, cli = CLI }: SetUp) {
  const user = isNobody && isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const env = { PATH: process.env.PATH, LOG_LEVEL: 'warn', PORT: '0', ...variables };
  return new Promise<Outcome>(done => {
    const child = execFile(
      process.execPath,
      [cli, command],
      { ...user, cwd: folder, env, timeout: 50_000 },
      (_error, stdout, stderr) => done({ status: child.exitCode, stdout, stderr }),
    );
  });
}

/** Everything about the files in a folder that a command could change. The server that holds a lock touches it. */
const listing = (folder: string): string[] =>
  ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })].sort().map(name => {
    const { mode, uid, size, mtimeMs, ino } = lstatSync(join(folder, name));
    const changed = name.endsWith('tradepost.lock') ? '' : mtimeMs;
    return `${name} ${mode.toString(8)} ${uid} ${size} ${changed} ${ino}`;
  });

const linesOf = (text: string, prefix: string): string[] =>
  text.split('\n').flatMap(line => (line.startsWith(prefix) ? [line.slice(prefix.length)] : []));

let rows = 0;
async function newFolder(): Promise<string> {
  rows += 1;
  const folder = join(root, `row-${rows}`);
  mkdirSync(folder);
  return folder;
}

const give = (folder: string): void => {
  if (!isRoot) return;
  lchownSync(folder, NOBODY, NOBODY);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(folder, name), NOBODY, NOBODY);
  }
};

/** Makes the data folder of an embedded database that works, of the user nobody. */
function dataFolder(folder: string, change: (data: string) => void = () => undefined): SetUp {
  give(folder);
  const directory = join(folder, 'data');
  cpSync(template, directory, { recursive: true });
  change(directory);
  give(directory);
  return { isNobody: true, variables: { DATABASE_URL: 'file:data' } };
}

/** Changes the tables of an embedded database. */
async function changedFolder(folder: string, sql: string): Promise<SetUp> {
  const setUp = dataFolder(folder);
  const database = await PGlite.create(join(folder, 'data', 'data'));
  await database.exec(sql);
  await database.close();
  give(join(folder, 'data'));
  return setUp;
}

const template = join(root, 'template');
beforeAll(async () => {
  const storage = await embedded({ directory: template }).open();
  await addUser(storage);
  await storage.close();
});

const withClient = async <Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

/** Tables, rights and rows, with the transaction that wrote each row. */
const contentsOf = (url: string) =>
  withClient(url, async client => {
    const { rows: tables } = await client.query<{ schema: string; name: string }>(
      "SELECT nspname AS schema, relname AS name, relkind, relacl, relfilenode FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' ORDER BY 1, 2",
    );
    const kept: unknown[] = [];
    for (const table of tables.filter(each => !/_(?:pkey|key|at|owner|direction|expires_at)$/.test(each.name))) {
      kept.push(
        table,
        (await client.query(`SELECT xmin, t::text FROM "${table.schema}"."${table.name}" t ORDER BY 2`)).rows,
      );
    }
    return kept;
  });

/** A database, empty or with Tradepost's tables, changed by SQL. */
async function database(sql: string, { isMigrated = true } = {}): Promise<{ url: string } & SetUp> {
  const url = await stores.postgres();
  if (isMigrated) {
    const storage = await postgres({ url }).open();
    await addUser(storage);
    await storage.close();
  }
  await withClient(url, client => client.query(sql));
  return { url, variables: { DATABASE_URL: url }, contents: () => contentsOf(url) };
}

let roles = 0;
/** A role that may connect, and what else `grants` gives it. Connects as that role. */
async function asRole(grants: (role: string) => string, isMigrated = true): Promise<SetUp> {
  const { url } = await database('', { isMigrated });
  roles += 1;
  const role = `role_${process.pid}_${roles}`;
  await withClient(url, client => client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'hunter2'; ${grants(role)}`));
  undo.push(() =>
    withClient(url, client => client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)).catch(() => undefined),
  );
  const own = new URL(url);
  own.username = role;
  own.password = 'hunter2';
  return { variables: { DATABASE_URL: own.href }, contents: () => contentsOf(url) };
}

const NO_MONGO = mongoUrl === null ? 'there is no MongoDB' : null;

async function documents(change: (db: ReturnType<MongoClient['db']>) => Promise<unknown>): Promise<SetUp> {
  const url = stores.mongo();
  const storage = await mongo({ url }).open();
  await addUser(storage);
  await storage.close();
  const withDatabase = async <Result>(work: (db: ReturnType<MongoClient['db']>) => Promise<Result>) => {
    const client = new MongoClient(url);
    const result = await work(client.db());
    await client.close();
    return result;
  };
  await withDatabase(change);
  const contents = () =>
    withDatabase(async db => {
      const names = (await db.listCollections().toArray()).map(({ name }) => name).sort();
      return Promise.all(names.map(async name => [name, await db.collection(name).find().sort({ _id: 1 }).toArray()]));
    });
  return { variables: { DATABASE_URL: url }, contents };
}

/** A file system of 8 MiB, which only root can mount. */
function mount(folder: string, options: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=8m,mode=755,${options}`, 'none', folder], { stdio: 'pipe' });
  undo.push(() => execFileSync('umount', [folder], { stdio: 'pipe' }));
}

const canMount = ((): boolean => {
  const folder = join(root, 'mounted');
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'none', folder], { stdio: 'pipe' });
    execFileSync('umount', [folder], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
})();

const CANNOT_MOUNT = canMount ? null : 'only root can mount file systems';
const NOT_ROOT = isRoot ? null : 'only root can make files of another user';
const lowestPort = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));

const configuration = (name: string, variables: Record<string, string>, ...reports: (string | RegExp)[]): Row => ({
  name,
  reports,
  make: () => ({ variables: { DATABASE_URL: 'memory:', ...variables } }),
});

const ROWS: readonly Row[] = [
  configuration('a wrong port', { PORT: 'x' }, 'PORT: must be a whole number from 0 to 65535'),
  configuration('a short secret', { SESSION_SECRETS: 'hunter2' }, 'SESSION_SECRETS: must be at least 32 bytes long'),
  configuration('a repeated secret', { SESSION_SECRETS: 'abcdefgh'.repeat(5) }, 'SESSION_SECRETS: must be random'),
  configuration(
    "a template's secret",
    { SESSION_SECRETS: 'please-change-me-to-something-random' },
    'SESSION_SECRETS: must be random: this is the text of a template',
  ),
  configuration('a secret twice', { SESSION_SECRETS: `${SECRET},${SECRET}` }, 'must not hold a secret twice'),
  configuration(
    'no secret in production',
    { NODE_ENV: 'production' },
    'is required when NODE_ENV=production; make one',
  ),
  configuration('trust in everybody', { TRUST_PROXY: '0.0.0.0/0' }, 'TRUST_PROXY: must not trust everybody'),
  configuration('a URL of no store', { DATABASE_URL: 'mysql://db' }, 'DATABASE_URL: must be postgres://'),
  {
    name: 'an unreadable file of the URL',
    reports: [/DATABASE_URL_FILE: \S+\/url cannot be read \(EACCES\)\. Correct the path, or let this user read/],
    make: folder => {
      writeFileSync(join(folder, 'url'), 'memory:', { mode: 0o000 });
      return { isNobody: true, variables: { DATABASE_URL_FILE: join(folder, 'url') } };
    },
  },

  {
    name: 'a folder that cannot be created',
    reports: [
      /data_folder|may not create a folder in \S+row-\d+ \(EACCES\)/,
      'Give this user the right (chmod or chown)',
    ],
    make: folder => {
      chmodSync(folder, 0o555);
      return { isNobody: true, variables: { DATABASE_URL: 'file:data' } };
    },
  },
  {
    name: 'a folder behind one that cannot be entered',
    reports: [/may not enter \S+\/closed \(EACCES\)/, 'choose another folder (DATABASE_URL=file:DIRECTORY)'],
    make: folder => {
      mkdirSync(join(folder, 'closed'), { mode: 0o000 });
      return { isNobody: true, variables: { DATABASE_URL: 'file:closed/data' } };
    },
  },
  {
    name: 'a folder that cannot be written',
    reports: [/may not read and write \S+\/data \(EACCES\)/],
    make: folder => {
      const setUp = dataFolder(folder);
      chmodSync(join(folder, 'data'), 0o500);
      return setUp;
    },
  },
  {
    name: 'a file in the way of the folder',
    reports: [/\S+\/data is not a folder \(ENOTDIR\)\. Move \S+\/data away, or choose another/],
    make: folder => {
      writeFileSync(join(folder, 'data'), 'a file');
      give(folder);
      return { isNobody: true, variables: { DATABASE_URL: 'file:data' } };
    },
  },
  {
    name: 'a file in the way of a folder above it',
    reports: [/\S+\/above is not a folder \(ENOTDIR\)/],
    make: folder => {
      writeFileSync(join(folder, 'above'), 'a file');
      give(folder);
      return { isNobody: true, variables: { DATABASE_URL: 'file:above/data' } };
    },
  },
  {
    name: 'a folder of another user',
    impossible: NOT_ROOT,
    reports: ['belongs to the user with the id 0, and this process runs as 65534', 'chown -R 65534'],
    make: folder => {
      const setUp = dataFolder(folder);
      chownSync(join(folder, 'data'), 0, 0);
      return setUp;
    },
  },
  {
    name: 'a folder that everybody can write to',
    reports: ['can be written by every user of this machine', 'then run: chmod -R go='],
    make: folder => {
      const setUp = dataFolder(folder);
      chmodSync(join(folder, 'data'), 0o777);
      return setUp;
    },
  },
  {
    name: 'a folder behind a symbolic link',
    reports: ['is a symbolic link. Use what it points to instead'],
    make: folder => {
      dataFolder(folder);
      symlinkSync(join(folder, 'data'), join(folder, 'link'));
      give(folder);
      return { isNobody: true, variables: { DATABASE_URL: 'file:link' } };
    },
  },
  {
    name: 'a folder on a full file system',
    impossible: CANNOT_MOUNT,
    reports: ['its file system has less than the 64 MiB of free space that a new database needs. Free some space'],
    make: folder => {
      mkdirSync(join(folder, 'disk'));
      mount(join(folder, 'disk'), 'uid=65534');
      return { isNobody: true, variables: { DATABASE_URL: 'file:disk/data' } };
    },
  },
  {
    name: 'a folder on a read-only file system',
    impossible: CANNOT_MOUNT,
    reports: ['is on a read-only file system (EROFS). Mount it for writing, or choose another folder'],
    make: folder => {
      mkdirSync(join(folder, 'disk'));
      mount(join(folder, 'disk'), 'ro');
      return { variables: { DATABASE_URL: 'file:disk/data' } };
    },
  },
  {
    name: 'a folder that a running server holds',
    reports: [/is in use by process \d+ on \S+\. One process at a time .*: stop that process/],
    make: async folder => {
      const { variables } = dataFolder(folder);
      if (isRoot) execFileSync('chown', ['-R', '0:0', folder]);
      const server = await serveInProcess({ ...variables }, folder);
      undo.push(() => server.stop());
      return { variables: { DATABASE_URL: 'file:data' } };
    },
  },
  {
    name: 'a folder without PG_VERSION',
    reports: [/The embedded database in \S+\/data\/data is damaged: PG_VERSION is missing\. Restore the folder/],
    make: folder => dataFolder(folder, data => rmSync(join(data, 'data/PG_VERSION'))),
  },
  {
    name: 'a folder without its write-ahead log',
    reports: ['PostgreSQL does not start with its files. Restore the folder from a backup', 'mv '],
    make: folder => dataFolder(folder, data => rmSync(join(data, 'data/pg_wal'), { recursive: true })),
  },
  {
    name: 'a folder with a damaged control file',
    reports: ['PostgreSQL does not start with its files'],
    make: folder =>
      dataFolder(folder, data => writeFileSync(join(data, 'data/global/pg_control'), Buffer.alloc(8192, 7))),
  },
  {
    name: 'an embedded database with newer migrations',
    reports: ['storage: embedded data: The database has the migrations 9999-later, which this version does not know'],
    make: folder => changedFolder(folder, "INSERT INTO tradepost.migrations VALUES ('9999-later', now())"),
  },
  {
    name: 'an embedded database whose migrations were emptied',
    reports: ['no migration of Tradepost is recorded there', 'restore the record from a backup'],
    make: folder => changedFolder(folder, 'DELETE FROM tradepost.migrations'),
  },

  {
    name: 'a file of the secret that others can write',
    reports: [/session secret: .*\/session-secret could be written by other users\. Delete the file/],
    make: folder =>
      dataFolder(folder, data => {
        writeFileSync(join(data, 'session-secret'), SECRET);
        chmodSync(join(data, 'session-secret'), 0o666);
      }),
  },
  {
    name: 'a file of the secret that holds something else',
    reports: [/session-secret must be at least 32 bytes long\. Delete the file, and the next start makes a new/],
    make: folder => dataFolder(folder, data => writeFileSync(join(data, 'session-secret'), 'hunter2', { mode: 0o600 })),
  },
  {
    name: 'a folder in place of the file of the secret',
    reports: ['session-secret is not a file'],
    make: folder => dataFolder(folder, data => mkdirSync(join(data, 'session-secret'))),
  },
  {
    name: 'a file of the secret of another user',
    impossible: NOT_ROOT,
    reports: ['session-secret belongs to the user with the id 0, and this process runs as 65534'],
    make: folder => {
      const setUp = dataFolder(folder, data => writeFileSync(join(data, 'session-secret'), SECRET, { mode: 0o600 }));
      chownSync(join(folder, 'data/session-secret'), 0, 0);
      return setUp;
    },
  },

  {
    name: 'a port that is in use',
    reports: [/port: 127\.0\.0\.1:\d+ is in use \(EADDRINUSE\): .*Stop it, or set PORT to another port/],
    make: async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      undo.push(() => server.close());
      const { port } = server.address() as { port: number };
      return { variables: { DATABASE_URL: 'memory:', PORT: String(port) } };
    },
  },
  {
    name: 'a port that only root may have',
    impossible: lowestPort > 81 ? null : 'every user may listen on every port here',
    reports: ['this user may not listen on 127.0.0.1:81 (EACCES)', 'CAP_NET_BIND_SERVICE'],
    make: () => ({ isNobody: true, variables: { DATABASE_URL: 'memory:', PORT: '81' } }),
  },
  {
    name: 'a host that is not of this machine',
    reports: ['203.0.113.1:0 is no address of this machine (EADDRNOTAVAIL). Set HOST'],
    make: () => ({ variables: { DATABASE_URL: 'memory:', HOST: '203.0.113.1' } }),
  },
  {
    name: 'a host name that nobody knows',
    reports: [/the host name nowhere\.invalid is not known \((?:ENOTFOUND|EAI_AGAIN)\)/],
    make: () => ({ variables: { DATABASE_URL: 'memory:', HOST: 'nowhere.invalid' } }),
  },
  {
    name: 'a package without the files of the console',
    reports: [
      /console: A file of the console cannot be read: \S+\.css\. To fix it, build Tradepost .* set CONSOLE=off/,
    ],
    make: folder => {
      cpSync('dist', join(folder, 'dist'), { recursive: true });
      cpSync('package.json', join(folder, 'package.json'));
      symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
      return { cli: join(folder, 'dist/main/cli.js'), variables: { DATABASE_URL: 'memory:' } };
    },
  },

  {
    name: 'a PostgreSQL that does not answer',
    reports: [/storage: postgres 127\.0\.0\.1:1\/none: .*ECONNREFUSED.*Start the database, or correct host and port/],
    make: () => ({ variables: { DATABASE_URL: 'postgres://ann:hunter2@127.0.0.1:1/none' } }),
  },
  {
    name: 'a PostgreSQL with an unknown host name',
    reports: [/storage: postgres nowhere\.invalid\/none: .*Correct the host name of DATABASE_URL/],
    make: () => ({ variables: { DATABASE_URL: 'postgres://ann:hunter2@nowhere.invalid/none' } }),
  },
  {
    name: 'a role that PostgreSQL does not let in',
    reports: [/storage: postgres .*Correct user and password of DATABASE_URL/],
    make: async () => {
      const { url } = await database('');
      const other = new URL(url);
      other.username = 'nobody_has_this_name';
      other.password = 'hunter2';
      return { variables: { DATABASE_URL: other.href } };
    },
  },
  {
    name: 'a database that does not exist',
    reports: [/database "not_there" does not exist.*Create the database, or correct its name/],
    make: () => ({ variables: { DATABASE_URL: new URL('/not_there', inject('postgresUrl')).href } }),
  },
  {
    name: 'a role that may not create the schema',
    reports: [/may not create the schema tradepost\. Run as the owner: GRANT CREATE ON DATABASE \w+ TO role_\w+/],
    make: () => asRole(() => '', false),
  },
  {
    name: 'a role that may not use the schema',
    reports: ['may not use the schema tradepost. Run as the owner: GRANT USAGE ON SCHEMA tradepost TO role_'],
    make: () => asRole(() => ''),
  },
  {
    name: 'a role that may not create tables',
    reports: ['may not create tables in the schema tradepost. Run as the owner: GRANT CREATE ON SCHEMA tradepost TO'],
    make: () => asRole(role => `CREATE SCHEMA tradepost; GRANT USAGE ON SCHEMA tradepost TO ${role}`, false),
  },
  {
    name: 'a role that only reads',
    reports: [
      'lacks rights to attempts, cards',
      'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tradepost',
    ],
    make: () =>
      asRole(
        role => `GRANT USAGE ON SCHEMA tradepost TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA tradepost TO ${role}`,
      ),
  },
  {
    name: 'a role that may not read the migrations',
    reports: ['lacks rights to migrations. Run as the owner'],
    make: () =>
      asRole(
        role => `GRANT USAGE ON SCHEMA tradepost TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA tradepost TO ${role};
          REVOKE ALL ON tradepost.migrations FROM ${role}`,
      ),
  },
  {
    name: 'a database that accepts no writes',
    reports: ['default_transaction_read_only is on', 'Turn it off.'],
    make: async () => {
      const { url, ...setUp } = await database('');
      const name = new URL(url).pathname.slice(1);
      await withClient(url, client => client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`));
      return setUp;
    },
  },
  {
    name: 'a PostgreSQL with newer migrations',
    reports: ['The database has the migrations 9999-later, which this version does not know', 'Run that version'],
    make: () => database("INSERT INTO tradepost.migrations VALUES ('9999-later', now())"),
  },
  {
    name: 'a PostgreSQL with older migrations',
    reports: ['lacks the migrations 0003-attempts. Run `tradepost migrate`'],
    make: () =>
      database("DELETE FROM tradepost.migrations WHERE name = '0003-attempts'; DROP TABLE tradepost.attempts"),
  },
  {
    name: 'a PostgreSQL whose migrations were emptied',
    reports: [/The schema tradepost already holds attempts, cards, .* no migration of Tradepost is recorded there/],
    make: () => database('TRUNCATE tradepost.migrations'),
  },
  {
    name: 'a schema with the tables of another product',
    reports: ['The schema tradepost already holds orders, users', 'Give Tradepost a database of its own'],
    make: () =>
      database(
        `CREATE SCHEMA tradepost; CREATE TABLE tradepost.users (id int); CREATE TABLE tradepost.orders (id int);
        COMMENT ON TABLE tradepost.users IS '${OTHERS}'`,
        { isMigrated: false },
      ),
  },
  {
    name: "a schema with another product's record of migrations",
    reports: ['The schema tradepost already holds migrations', 'another product made them'],
    make: () =>
      database('CREATE SCHEMA tradepost; CREATE TABLE tradepost.migrations (id int, batch int)', { isMigrated: false }),
  },
  {
    name: 'a PostgreSQL with an unfinished copy',
    reports: ['A copy into this store has not finished', 'run the same `tradepost copy` or `tradepost seed` again'],
    make: () => database("INSERT INTO tradepost.migrations VALUES ('unfinished-copy-1', now())"),
  },
  {
    name: 'a PgBouncer that loses prepared statements',
    impossible: pgbouncer === null ? 'there is no PgBouncer' : null,
    reports: ['loses prepared statements', 'Set DATABASE_PREPARE=off'],
    make: async () => {
      const { url, contents } = await database('');
      const bouncer = await startPgBouncer(pgbouncer ?? '', url);
      undo.push(() => bouncer.stop());
      return { variables: { DATABASE_URL: bouncer.url, DATABASE_PREPARE: 'on' }, ...(contents && { contents }) };
    },
  },

  {
    name: 'a MongoDB that does not answer',
    reports: [/storage: mongodb 127\.0\.0\.1:1\/none: .*ECONNREFUSED.*Start the database, or correct host and port/],
    make: () => ({ variables: { DATABASE_URL: 'mongodb://ann:hunter2@127.0.0.1:1/none' } }),
  },
  {
    name: 'a MongoDB without transactions',
    impossible: NO_MONGO,
    reports: ['This MongoDB server is standalone', 'start mongod with --replSet rs0'],
    make: async () => {
      const relay = new Relay(mongoUrl ?? '');
      undo.push(() => relay.close());
      relay.replace('isdbgrid', 'standard');
      relay.replace('setName', 'xetName');
      return { variables: { DATABASE_URL: await relay.listen() } };
    },
  },
  {
    name: 'a MongoDB with newer migrations',
    impossible: NO_MONGO,
    reports: ['The database has the migrations 9999-later, which this version does not know'],
    make: () =>
      documents(db => db.collection<{ _id: string }>('tradepost.migrations').insertOne({ _id: '9999-later' })),
  },
  {
    name: 'a MongoDB whose migrations were emptied',
    impossible: NO_MONGO,
    reports: ['already holds tradepost.users, and no migration of Tradepost is recorded there'],
    make: () => documents(db => db.collection('tradepost.migrations').deleteMany({})),
  },
  {
    name: 'a MongoDB with an unfinished copy',
    impossible: NO_MONGO,
    reports: ['A copy into this store has not finished'],
    make: () =>
      documents(db => db.collection<{ _id: string }>('tradepost.migrations').insertOne({ _id: 'unfinished-copy' })),
  },
];

describe.concurrent('doctor and serve agree on', () => {
  it('more than twenty set-ups', ({ expect }) =>
    expect(ROWS.filter(row => !row.impossible).length).toBeGreaterThan(20));

  for (const row of ROWS) {
    if (row.impossible) console.error(`NOT RUN: ${row.name}: ${row.impossible}`);
    it.skipIf(row.impossible)(row.name, { timeout: 180_000 }, async ({ expect }) => {
      const folder = await newFolder();
      const setUp = await row.make(folder);
      const before = [listing(folder), await setUp.contents?.()];
      const doctor = await runTradepost('doctor', folder, setUp);
      expect([listing(folder), await setUp.contents?.()]).toEqual(before);
      const found = linesOf(doctor.stdout, 'problem  ').map(line => line.replace(/^configuration: /, ''));
      expect({ status: doctor.status, found, stderr: doctor.stderr }).toMatchObject({ status: 1, stderr: '' });
      for (const report of row.reports) {
        expect(found.join('\n')).toEqual(
          typeof report === 'string' ? expect.stringContaining(report) : expect.stringMatching(report),
        );
      }
      const serve = await runTradepost('serve', folder, setUp);
      expect({ status: serve.status, lines: linesOf(serve.stderr, 'tradepost: ') }).toEqual({
        status: 1,
        lines: found,
      });
      expect(doctor.stdout + serve.stdout + serve.stderr).not.toContain('hunter2');
    });
  }
});

/** Shifts the clock of a process by an hour. */
const AN_HOUR_AHEAD = `--import=data:text/javascript,${encodeURIComponent(
  'const now = Date.now; Date.now = () => now() + 3600000; globalThis.Date = class extends Date { constructor(...a) { a.length ? super(...a) : super(Date.now()); } };',
)}`;

interface Healthy {
  readonly name: string;
  readonly warns?: RegExp;
  readonly impossible?: string | null;
  make(folder: string): SetUp | Promise<SetUp>;
}

const HEALTHY: readonly Healthy[] = [
  { name: 'the store in memory', make: () => ({ variables: { DATABASE_URL: 'memory:' } }) },
  {
    name: 'no folder yet, as any user',
    make: folder => {
      give(folder);
      return { isNobody: true };
    },
  },
  { name: 'an embedded database', make: folder => dataFolder(folder) },
  {
    name: 'an embedded database with a file of a mode that a start repairs',
    make: folder => dataFolder(folder, data => chmodSync(join(data, 'data/PG_VERSION'), 0o000)),
  },
  {
    name: 'an embedded database whose last process was killed',
    make: folder =>
      dataFolder(folder, data =>
        writeFileSync(
          join(data, 'tradepost.lock'),
          JSON.stringify({ pid: 999999, host: hostname(), startedAt: null, nonce: 'n' }),
          {
            mode: 0o600,
          },
        ),
      ),
  },
  { name: 'an empty PostgreSQL', make: () => database('', { isMigrated: false }) },
  { name: 'a PostgreSQL', make: () => database('') },
  {
    name: 'a role with the rights to rows alone',
    make: () =>
      asRole(
        role =>
          `GRANT USAGE ON SCHEMA tradepost TO ${role};
          GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tradepost TO ${role}`,
      ),
  },
  {
    name: 'a clock that is ahead of PostgreSQL',
    warns: /the clock of this machine is 3[56]\d\d s ahead of the one of the database.*NTP/,
    make: async () => {
      const { variables, ...setUp } = await database('');
      return { ...setUp, variables: { ...variables, NODE_OPTIONS: AN_HOUR_AHEAD } };
    },
  },
  {
    name: 'a PgBouncer',
    impossible: pgbouncer === null ? 'there is no PgBouncer' : null,
    warns: /a pooler such as PgBouncer is in front of PostgreSQL.*Set SIGNALS_DATABASE_URL/,
    make: async () => {
      const { url, contents } = await database('');
      const bouncer = await startPgBouncer(pgbouncer ?? '', url);
      undo.push(() => bouncer.stop());
      return { variables: { DATABASE_URL: bouncer.url }, ...(contents && { contents }) };
    },
  },
  {
    name: 'a URL of signals that does not answer',
    warns: /SIGNALS_DATABASE_URL does not answer \(.*ECONNREFUSED.*\), so watchers learn of trades late/,
    make: async () => {
      const { variables, ...setUp } = await database('');
      return { ...setUp, variables: { ...variables, SIGNALS_DATABASE_URL: 'postgres://a:hunter2@127.0.0.1:1/x' } };
    },
  },
  { name: 'a MongoDB', impossible: NO_MONGO, make: () => documents(async () => undefined) },
  {
    name: 'a clock that is ahead of MongoDB',
    impossible: NO_MONGO,
    warns: /the clock of this machine is 3[56]\d\d s ahead/,
    make: async () => {
      const { variables, ...setUp } = await documents(async () => undefined);
      return { ...setUp, variables: { ...variables, NODE_OPTIONS: AN_HOUR_AHEAD } };
    },
  },
];

describe('doctor and serve find nothing wrong with', () => {
  for (const { name, warns, impossible, make } of HEALTHY) {
    if (impossible) console.error(`NOT RUN: ${name}: ${impossible}`);
    it.skipIf(impossible)(name, { timeout: 180_000 }, async () => {
      const folder = await newFolder();
      const setUp = await make(folder);
      const before = [listing(folder), await setUp.contents?.()];
      const doctor = await runTradepost('doctor', folder, setUp);
      expect([listing(folder), await setUp.contents?.()]).toEqual(before);
      expect(doctor).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^ok {7}storage: /m) });
      const warnings = linesOf(doctor.stdout, 'warning  ');
      expect(warnings).toEqual(warns ? [expect.stringMatching(warns)] : []);
      if (isRoot) execFileSync('chown', ['-R', '0:0', folder]);
      const server = await serveInProcess({ ...setUp.variables, LOG_FORMAT: 'json' }, folder);
      expect((await fetch(`${server.origin}/health/ready`)).status).toBe(200);
      expect(await server.stop()).toBe(0);
      const logged = server
        .output()
        .split('\n')
        .flatMap(line => /"msg":"(.*)"/.exec(line)?.[1] ?? []);
      const own = logged.filter(line => !line.startsWith('SESSION_SECRETS is not set'));
      expect(own).toEqual(warns ? [expect.stringMatching(warns)] : []);
    });
  }
});
