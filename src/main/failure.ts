/** What went wrong, in a line for a person: the message, and what is behind it where it says more. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  if (cause instanceof AggregateError) return `${message} (${cause.errors.map(describeFailure).join(', ')})`;
  return cause instanceof Error ? `${message} (${describeFailure(cause)})` : message;
}
