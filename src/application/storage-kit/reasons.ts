import { redactMessage, redactText } from '../../domain/redaction.js';
import type { StorageHealth } from '../ports/driven/storage.js';

/** The health of an open store whose inspection failed. */
export const unhealthy = (error: unknown): StorageHealth => ({ ok: false, detail: reasonOf(error) });

/**
 * Describes an error in one line for people: its message, followed by its cause in brackets unless the message contains
 * it. Node reports a refused connection as an `AggregateError` without a message, so its parts are listed. Values that
 * drivers put into messages are left out.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return redactText(String(error));
  const message =
    error instanceof AggregateError && error.message === ''
      ? error.errors.map(reasonOf).join(', ')
      : redactMessage(error);
  // Not every driver's `cause` is an error: MongoDB's is a description of the servers.
  const cause = error.cause instanceof Error ? reasonOf(error.cause) : '';
  return message.includes(cause) ? message : `${message} (${cause})`;
}

/** The health of a store that cannot be opened: the reason and the remedy. */
export const unusable = (error: unknown): StorageHealth => ({ ok: false, detail: explainFailure(error) });

/** Describes why a store cannot be opened or reached, in one line for people, with the remedy where it is known. */
export function explainFailure(error: unknown): string {
  const reason = reasonOf(error);
  const remedy = remedyFor(error);
  return remedy === null ? reason : `${reason.replace(/\.$/, '')}. ${remedy}`;
}

/**
 * What to do about errors of the system, of TLS (Node.js), of PostgreSQL (manual, appendix A) and of MongoDB (its
 * `error_codes.yml`), by their codes.
 */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/,
    'Start the database, or correct host and port of DATABASE_URL.',
  ],
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'Correct the host name of DATABASE_URL, or the name resolution of this machine.'],
  [/^(?:28P01|28000|18)$/, 'Correct user and password of DATABASE_URL, or give the role access to this database.'],
  [/^3D000$/, 'Create the database, or correct its name in DATABASE_URL.'],
  [/^(?:42501|13)$/, 'Give the role of DATABASE_URL the right, or use the role that owns the tables.'],
  [/^53300$/, 'Raise max_connections of the server, or lower DATABASE_POOL_SIZE of every process.'],
  [
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_\w+)$/,
    "Name the server as its certificate does, and trust the certificate's authority (NODE_EXTRA_CA_CERTS).",
  ],
];

/** Looks for a known code in the error, its causes and its parts. */
function remedyFor(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as { code?: unknown };
  const known = REMEDIES.find(([codes]) => codes.test(String(code)));
  if (known) return known[1];
  const parts = error instanceof AggregateError ? error.errors : [];
  for (const part of [error.cause, ...parts]) {
    const remedy = remedyFor(part);
    if (remedy !== null) return remedy;
  }
  return /timeout exceeded when trying to connect|Server selection timed out/i.test(error.message)
    ? 'Start the database, or correct host and port of DATABASE_URL.'
    : null;
}
