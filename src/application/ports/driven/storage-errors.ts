import { PlainError } from '../../../domain/redaction.js';
import type { ArchiveCollection } from './storage-archive.js';
import { COLLECTION_NAMES } from './storage-archive.js';

/**
 * Every code a store can be refused with. The list is part of the contract (docs/contract.md, 7): codes are added, never
 * renamed, so programs compare codes and never texts.
 */
export const STORAGE_ERROR_CODES = [
  'schema_outdated',
  'schema_newer',
  'schema_foreign',
  'migration_blocked',
  'unsupported_deployment',
  'store_in_use',
  'store_not_lockable',
  'data_folder_unsafe',
  'data_folder_unusable',
  'data_folder_damaged',
  'store_vanished',
  'session_secret_unusable',
  'unfinished_copy',
  'copying_unsupported',
  'nothing_to_copy',
  'store_not_empty',
  'copy_overtaken',
  'source_changed',
  'target_differs',
] as const;

/** The stable codes of errors of opening, migrating and copying a store. */
export type StorageErrorCode = (typeof STORAGE_ERROR_CODES)[number];

/**
 * The base of every error with which a store refuses to be opened, migrated or copied. The message says what is wrong
 * and what to do about it. A database that does not answer is `StorageUnavailable` instead.
 */
export abstract class StorageError extends PlainError {
  /** The stable code of the error. */
  abstract readonly code: StorageErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The store was made by an older version and lacks these migrations. */
export class SchemaOutdated extends StorageError {
  readonly code = 'schema_outdated';

  constructor(
    /** The names of the migrations that are not applied. */
    readonly pending: readonly string[],
  ) {
    super(`The database lacks the migrations ${pending.join(', ')}. Run \`tradepost migrate\` to apply them.`);
  }
}

/** A newer version has applied these migrations to the store. */
export class SchemaNewer extends StorageError {
  readonly code = 'schema_newer';

  constructor(
    /** The names of the migrations that this version does not know. */
    readonly unknown: readonly string[],
  ) {
    super(
      `The database has the migrations ${unknown.join(', ')}, which this version does not know: a newer version made them. ` +
        'Run that version, or restore a backup from before them.',
    );
  }
}

/** The store holds these tables or collections, and none of Tradepost's migrations is recorded in it. */
export class SchemaForeign extends StorageError {
  readonly code = 'schema_foreign';

  constructor(
    where: string,
    /** What was found: tables, collections or the like. */
    readonly found: readonly string[],
  ) {
    super(
      `The ${where} already holds ${found.join(', ')}, and no migration of Tradepost is recorded there: another product ` +
        'made them, or the record of the migrations was emptied. Give Tradepost a database of its own, or restore the ' +
        'record from a backup.',
    );
  }
}

/** Another process has held the lock of migrations for too long. */
export class MigrationBlocked extends StorageError {
  readonly code = 'migration_blocked';

  constructor(minutes: number) {
    super(
      `Another process has been migrating or copying into this database for more than ${minutes} minutes. Wait for it ` +
        'or stop it, then try again.',
    );
  }
}

/** The database server cannot do what Tradepost needs. The message names the remedy. */
export class UnsupportedDeployment extends StorageError {
  readonly code = 'unsupported_deployment';
}

/** Another process holds the data folder. */
export class StoreInUse extends StorageError {
  readonly code = 'store_in_use';

  constructor(
    /** The data folder. */
    readonly directory: string,
    holder: { readonly pid: number; readonly host: string },
  ) {
    super(
      `The data folder ${directory} is in use by process ${holder.pid} on ${holder.host}. One process at a time can ` +
        'hold an embedded database: stop that process, choose another folder, or use a PostgreSQL server ' +
        '(DATABASE_URL=postgres://…).',
    );
  }
}

/**
 * The data folder could not be locked: several processes tried to at the same time and this one never succeeded, or its
 * file system has no hard links.
 */
export class StoreNotLockable extends StorageError {
  readonly code = 'store_not_lockable';

  constructor(
    /** The data folder. */
    readonly directory: string,
    reason: string,
  ) {
    super(`The data folder ${directory} could not be locked ${reason}`);
  }
}

/** Other users of the machine could read or change the data folder, or something in it. */
export class DataFolderUnsafe extends StorageError {
  readonly code = 'data_folder_unsafe';

  constructor(
    /** The file or folder. */
    readonly path: string,
    problem: string,
    remedy: string,
  ) {
    super(`The data folder is not safe from other users: ${path} ${problem}. ${remedy}.`);
  }
}

/** This process cannot create, read or write the data folder: a file is in the way, rights are missing, or it is full. */
export class DataFolderUnusable extends StorageError {
  readonly code = 'data_folder_unusable';

  constructor(
    /** The path of the folder. */
    readonly directory: string,
    problem: string,
    remedy: string,
  ) {
    super(`The data folder ${directory} cannot be used: ${problem}. ${remedy}.`);
  }
}

/** The files of an embedded database are incomplete, or the database does not start with them. */
export class DataFolderDamaged extends StorageError {
  readonly code = 'data_folder_damaged';

  constructor(
    /** The path of the folder. */
    readonly directory: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(
      `The embedded database in ${directory} is damaged: ${problem}. Restore the folder from a backup. To start with an ` +
        `empty database instead, move it away: mv ${directory} ${directory}.damaged.`,
      options,
    );
  }
}

/** The files of an embedded database were removed or replaced while it was open. */
export class StoreVanished extends StorageError {
  readonly code = 'store_vanished';

  constructor(
    /** The data folder. */
    readonly directory: string,
  ) {
    super(
      `The data folder ${directory} was removed or replaced while it was in use, so nothing is kept any more. Stop this ` +
        'process, bring the folder back (a volume that is not mounted, or a backup), then start again.',
    );
  }
}

/** The file that keeps the session secret beside a store holds something else, or others could have written it. */
export class SessionSecretUnusable extends StorageError {
  readonly code = 'session_secret_unusable';

  constructor(
    /** The file or folder. */
    readonly path: string,
    problem: string,
  ) {
    super(`The session secret in ${path} ${problem}. Delete the file, and the next start makes a new secret.`);
  }
}

/** The store carries the mark of a copy that is running or was broken off. It can be neither opened nor read. */
export class UnfinishedCopy extends StorageError {
  readonly code = 'unfinished_copy';

  constructor() {
    super(
      'A copy into this store has not finished, so it is incomplete. Wait for the copy, or run the same ' +
        '`tradepost copy` or `tradepost seed` again: it starts over and empties the store by itself.',
    );
  }
}

/** The connector has no `copying`. */
export class CopyingUnsupported extends StorageError {
  readonly code = 'copying_unsupported';

  constructor() {
    super('This store cannot be copied: its adapter does not support copying.');
  }
}

/** There is no store to copy from. Nothing was created. */
export class NothingToCopy extends StorageError {
  readonly code = 'nothing_to_copy';

  constructor(what: string) {
    super(`There is nothing to copy: ${what}. Check the URL.`);
  }
}

/** The store to copy into holds rows in these collections, and no unfinished copy left them. Nothing was changed. */
export class StoreNotEmpty extends StorageError {
  readonly code = 'store_not_empty';

  constructor(
    /** The collections that have rows. */
    readonly collections: readonly ArchiveCollection[],
  ) {
    super(
      `The store already holds ${collections.map(name => COLLECTION_NAMES[name]).join(', ')}, and a copy needs an empty ` +
        'one. Name another store, or empty this one yourself if nothing in it is needed.',
    );
  }
}

/** A later copy into the same store has taken it over. This copy has ended and left nothing. */
export class CopyOvertaken extends StorageError {
  readonly code = 'copy_overtaken';

  constructor() {
    super('Another copy into the same store has started since and continues; this one has ended.');
  }
}

/** The source was written to between copying and checking. */
export class SourceChanged extends StorageError {
  readonly code = 'source_changed';

  constructor(
    /** The collection that differs. */
    readonly collection: ArchiveCollection,
  ) {
    super(
      `The source changed while it was copied (${COLLECTION_NAMES[collection]}). Stop the servers of the source and run ` +
        'the same command again. Until then the target cannot be opened.',
    );
  }
}

/** The target does not hold what was written to it. */
export class TargetDiffers extends StorageError {
  readonly code = 'target_differs';

  constructor(
    /** The collection that differs. */
    readonly collection: ArchiveCollection,
    { written, found }: { readonly written: number; readonly found: number },
  ) {
    const what = written === found ? `not the ${found} that were written` : `${found} rows instead of ${written}`;
    super(
      `The target does not hold what was copied (${COLLECTION_NAMES[collection]}: ${what}). Stop whatever else writes to ` +
        'it and run the same command again. Until then it cannot be opened.',
    );
  }
}
