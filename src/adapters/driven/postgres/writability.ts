import { UnsupportedDeployment } from '../../../application/ports/driven/storage-errors.js';
import type { Database } from './database.js';
import type { Schema } from './schema.js';
import { statement } from './statement.js';

interface Writability {
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
  /** Tables that this role may not read and change; null for none. */
  readonly refused: string | null;
}

const RIGHTS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

/** Changes nothing, and needs no table. @throws UnsupportedDeployment where this connection could not record a trade */
export async function refuseUnwritable(database: Database, { name, statementName }: Schema): Promise<void> {
  const rights = RIGHTS.map(right => `has_table_privilege(oid, '${right}')`).join(' AND ');
  const read = statement(
    statementName('writability'),
    `SELECT pg_is_in_recovery(), current_setting('transaction_read_only')::boolean, (
      SELECT string_agg(relname::text, ', ' ORDER BY relname) FROM pg_class
      WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND relkind IN ('r', 'p') AND relname <> 'migrations' AND NOT (${rights})
    )`,
    ([isStandby, isReadOnly, refused]: readonly [boolean, boolean, string | null]): Writability => ({
      isStandby,
      isReadOnly,
      refused,
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
  if (found?.refused) {
    throw new UnsupportedDeployment(
      `The role lacks rights to ${found.refused}. Run as the owner: GRANT ${RIGHTS.join(', ')} ON ALL TABLES IN ` +
        `SCHEMA ${name} TO the role.`,
    );
  }
}
