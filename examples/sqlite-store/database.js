// @ts-check
import Sqlite from 'libsql';
import { StorageUnavailable } from 'tradepost';

/** @typedef {string | number | null} Value */
/** @typedef {Record<string, any>} Row */

/** Milliseconds to wait for another process that is writing. SQLite waits within the call, so this process waits too. */
const PATIENCE = 1000;

/**
 * All access to one file. SQLite runs in this process and answers at once, so nothing here is asynchronous: between two
 * statements of a function no other code of this process runs.
 */
export class Database {
  /** @type {Map<string, any>} */
  #statements = new Map();

  /** @param {string} file */
  constructor(file) {
    this.sqlite = new Sqlite(file, { timeout: PATIENCE });
    // Readers do not wait for the writer, and a commit is on the disk before it is acknowledged.
    this.sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  }

  /** @param {string} sql @param {...Value} values @returns {Row[]} */
  all(sql, ...values) {
    return translate(() => this.#prepare(sql).all(values));
  }

  /** @param {string} sql @param {...Value} values @returns {Row | null} */
  get(sql, ...values) {
    return translate(() => this.#prepare(sql).get(values)) ?? null;
  }

  /** Returns how many rows were changed. @param {string} sql @param {...Value} values @returns {number} */
  run(sql, ...values) {
    return translate(() => this.#prepare(sql).run(values)).changes;
  }

  /**
   * All of `work` takes effect or nothing. IMMEDIATE locks out other writers from the start, so that what `work` reads
   * is still true when it writes.
   *
   * @template Result @param {() => Result} work @returns {Result}
   */
  transaction(work) {
    translate(() => this.sqlite.exec('BEGIN IMMEDIATE'));
    try {
      const result = work();
      translate(() => this.sqlite.exec('COMMIT'));
      return result;
    } catch (error) {
      if (this.sqlite.inTransaction) this.sqlite.exec('ROLLBACK');
      throw error;
    }
  }

  async close() {
    this.#statements.clear();
    this.sqlite.close();
  }

  /** @param {string} sql */
  #prepare(sql) {
    const prepared = this.#statements.get(sql) ?? this.sqlite.prepare(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }
}

/** The codes of SQLite that are about the file or other processes, and not about the statement. */
const UNAVAILABLE = /^SQLITE_(?:BUSY|LOCKED|IOERR|FULL|CANTOPEN|READONLY)/;

/** @template Result @param {() => Result} work @returns {Result} */
function translate(work) {
  try {
    return work();
  } catch (error) {
    if (UNAVAILABLE.test(String(/** @type {any} */ (error).code))) throw new StorageUnavailable({ cause: error });
    throw error;
  }
}
