/**
 * Adds a session, ends the one it replaces and those beyond the cap of its user, and returns the ids of the ended ones.
 *
 * It is a function because no single statement can keep the cap: a statement sees the snapshot that was taken when it
 * began, before it waited for a concurrent login, and so does not count that login's session. Each statement of a volatile
 * function takes a snapshot of its own (manual, 38.7). The lock on the user lets the logins of one user run one after the
 * other; `NO KEY` leaves the foreign keys of other tables unaffected.
 */
export const sessionCap = {
  name: '0002-session-cap',
  sql: (schema: string): string => `
CREATE FUNCTION ${schema}.add_session(
  new_digest bytea, new_id uuid, owner uuid, created timestamptz, expires timestamptz, last_used timestamptz, agent text,
  replaced bytea, most integer, moment timestamptz, idle_since timestamptz
) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM ${schema}.users WHERE users.id = owner FOR NO KEY UPDATE;
  RETURN QUERY DELETE FROM ${schema}.sessions WHERE sessions.digest = replaced RETURNING sessions.id;
  RETURN QUERY DELETE FROM ${schema}.sessions WHERE sessions.digest IN (
    SELECT other.digest FROM ${schema}.sessions AS other
    WHERE other.user_id = owner AND other.expires_at > moment
      AND (idle_since IS NULL OR other.last_used_at > idle_since)
    ORDER BY other.last_used_at DESC, other.id DESC OFFSET most - 1
  ) RETURNING sessions.id;
  INSERT INTO ${schema}.sessions (digest, id, user_id, created_at, expires_at, last_used_at, user_agent)
  VALUES (new_digest, new_id, owner, created, expires, last_used, agent);
END
$$;
`,
};
