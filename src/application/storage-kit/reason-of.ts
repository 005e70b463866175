/**
 * What went wrong, in one line for people: the message, followed by the cause in brackets where it says more. Node
 * reports a refused connection as an `AggregateError` without a message; its parts are listed then.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message =
    error instanceof AggregateError && error.message === '' ? error.errors.map(reasonOf).join(', ') : error.message;
  // Not every driver's `cause` is an error: MongoDB's is a description of the servers.
  const cause = error.cause instanceof Error ? reasonOf(error.cause) : '';
  return message.includes(cause) ? message : `${message} (${cause})`;
}
