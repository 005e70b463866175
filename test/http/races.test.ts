import pg from 'pg';
import { afterAll, describe, inject } from 'vitest';
import { mongo } from '../../src/adapters/driven/mongo/index.js';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { freshSchema } from '../support/servers/http-server.js';
import { describeMongo } from '../support/stores/mongo-database.js';
import { mongoFacts, postgresFacts } from '../support/stores/stored-facts.js';
import { raceCases } from './race-cases.js';

describe('races on PostgreSQL', () => {
  const schema = freshSchema();
  const url = inject('postgresUrl');
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  afterAll(() => pool.end());
  raceCases(() => postgres({ url, schema }), postgresFacts(pool, schema));
});

describeMongo('races on MongoDB', ({ url, client, database }) =>
  raceCases(() => mongo({ url, database }), mongoFacts(client, database)),
);
