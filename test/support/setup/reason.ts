/**
 * Returns the message of an error. Node reports a refused connection to a name with several addresses as an
 * AggregateError without a message; its errors have messages.
 */
export const reason = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reason).join('; ');
  return error instanceof Error ? error.message : String(error);
};
