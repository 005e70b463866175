import { UnsupportedDeployment } from '../../../application/ports/driven/storage-errors.js';
import type { Database } from './database.js';
import type { Schema } from './schema.js';
import { statement } from './statement.js';

interface Writability {
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
  /** What the role may not do, as the end of "The role …", and what its owner has to run; null for nothing. */
  readonly lacks: string | null;
  readonly remedy: string | null;
}

const RIGHTS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

/** Changes nothing, and needs no table. @throws UnsupportedDeployment where this connection could not record a trade */
export async function refuseUnwritable(database: Database, { name, statementName }: Schema): Promise<void> {
  const rights = RIGHTS.map(right => `has_table_privilege(oid, '${right}')`).join(' AND ');
  const read = statement(
    statementName('writability'),
    `WITH schema AS (
      SELECT oid, has_schema_privilege(oid, 'USAGE') AS usable, has_schema_privilege(oid, 'CREATE') AS extendable
      FROM pg_namespace WHERE nspname = $1
    ), tables AS (
      SELECT pg_class.oid, relname::text FROM pg_class JOIN schema ON relnamespace = schema.oid WHERE relkind IN ('r', 'p')
    ), lack AS (
      SELECT 1 AS rank, 'may not create the schema ${name}' AS what,
        format('GRANT CREATE ON DATABASE %I TO %I', current_database(), current_user) AS remedy
      WHERE NOT EXISTS (SELECT FROM schema) AND NOT has_database_privilege(current_database(), 'CREATE')
      UNION ALL
      SELECT 2, 'may not use the schema ${name}', format('GRANT USAGE ON SCHEMA ${name} TO %I', current_user)
      FROM schema WHERE NOT usable
      UNION ALL
      SELECT 3, 'may not create tables in the schema ${name}', format('GRANT CREATE ON SCHEMA ${name} TO %I', current_user)
      FROM schema WHERE NOT extendable AND NOT EXISTS (SELECT FROM tables)
      UNION ALL
      SELECT 4, 'lacks rights to ' || string_agg(relname, ', ' ORDER BY relname),
        format('GRANT ${RIGHTS.join(', ')} ON ALL TABLES IN SCHEMA ${name} TO %I', current_user)
      FROM tables WHERE NOT (has_table_privilege(oid, 'SELECT') AND (relname = 'migrations' OR (${rights})))
      HAVING count(*) > 0
    )
    SELECT pg_is_in_recovery(), current_setting('transaction_read_only')::boolean,
      (SELECT what FROM lack ORDER BY rank LIMIT 1), (SELECT remedy FROM lack ORDER BY rank LIMIT 1)`,
    ([isStandby, isReadOnly, lacks, remedy]: readonly [
      boolean,
      boolean,
      string | null,
      string | null,
    ]): Writability => ({
      isStandby,
      isReadOnly,
      lacks,
      remedy,
    }),
  );
  const found = await database.queryOne(read, [name]);
  if (found?.isStandby) {
    throw new UnsupportedDeployment(
      'The PostgreSQL server is a standby, which accepts no writes. Connect to the primary, or name all servers: ' +
        'postgres://…@HOST:PORT,HOST:PORT/DATABASE?target_session_attrs=read-write.',
    );
  }
  if (found?.isReadOnly) {
    throw new UnsupportedDeployment(
      'The database accepts no writes: default_transaction_read_only is on for the server, the database or the role. ' +
        'Turn it off.',
    );
  }
  if (found?.lacks) throw new UnsupportedDeployment(`The role ${found.lacks}. Run as the owner: ${found.remedy}.`);
}
