/**
 * What went wrong, in words. Node reports a refused connection to a name with several addresses as an AggregateError
 * whose own message is empty; the words are then in its parts.
 */
export const reason = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reason).join('; ');
  return error instanceof Error ? error.message : String(error);
};
