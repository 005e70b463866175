/**
 * The counts of logins and registrations. A key is an account or a network of clients. `admitted` is the outcome of the
 * last attempt: an INSERT … ON CONFLICT can return nothing else of a row that it left as it was.
 */
export const attempts = {
  name: '0003-attempts',
  sql: (schema: string): string => `
CREATE TABLE ${schema}.attempts (
  key text COLLATE "C" PRIMARY KEY,
  streak integer NOT NULL CHECK (streak >= 0),
  total integer NOT NULL CHECK (total >= 0),
  ready_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  admitted boolean NOT NULL
) WITH (fillfactor = 70); -- space to count within the page
CREATE INDEX attempts_expires_at ON ${schema}.attempts (expires_at);
`,
};
