/**
 * The tables of the core. The limits of the domain are repeated as CHECKs, so that another program that writes to these
 * tables cannot break them. Keys are compared bytewise (COLLATE "C"), so that no change of the system's locale data
 * breaks their order.
 */
export const core = {
  name: '0001-core',
  sql: (schema: string): string => `
CREATE TABLE ${schema}.users (
  id uuid PRIMARY KEY,
  email text COLLATE "C" NOT NULL CONSTRAINT users_email_key UNIQUE CHECK (char_length(email) BETWEEN 3 AND 254),
  username text NOT NULL CHECK (char_length(username) BETWEEN 3 AND 30),
  username_key text COLLATE "C" NOT NULL CONSTRAINT users_username_key UNIQUE,
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  password_hash text NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE ${schema}.sessions (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  id uuid NOT NULL,
  user_id uuid NOT NULL REFERENCES ${schema}.users ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  user_agent text,
  CONSTRAINT sessions_user_key UNIQUE (user_id, id)
) WITH (fillfactor = 80); -- space to update last_used_at within the page, without touching an index
CREATE INDEX sessions_expires_at ON ${schema}.sessions (expires_at);

CREATE TABLE ${schema}.cards (
  id uuid PRIMARY KEY,
  owner_id uuid NOT NULL REFERENCES ${schema}.users,
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  description text NOT NULL CHECK (char_length(description) <= 1000),
  created_at timestamptz NOT NULL
);
CREATE INDEX cards_owner ON ${schema}.cards (owner_id, id);

-- The number of each user's newest log entry. Separate from users, so that trades do not lock users.
CREATE TABLE ${schema}.trade_counters (
  user_id uuid PRIMARY KEY REFERENCES ${schema}.users ON DELETE CASCADE,
  last_number bigint NOT NULL DEFAULT 0 CHECK (last_number >= 0)
) WITH (fillfactor = 50);

-- Two rows for each trade, one in each party's log. The locked row of the counter guarantees that the user exists.
CREATE TABLE ${schema}.trade_entries (
  user_id uuid NOT NULL,
  number bigint NOT NULL CHECK (number > 0),
  sent boolean NOT NULL,
  trade_id uuid NOT NULL,
  card_id uuid NOT NULL,
  card_name text NOT NULL,
  counterparty_id uuid NOT NULL CHECK (counterparty_id <> user_id),
  counterparty_username text NOT NULL,
  counterparty_name text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, number)
);
CREATE INDEX trade_entries_direction ON ${schema}.trade_entries (user_id, sent, number);

CREATE TABLE ${schema}.idempotency_records (
  user_id uuid NOT NULL,
  key text COLLATE "C" NOT NULL,
  request text NOT NULL,
  answer json NOT NULL,
  claimed_at timestamptz NOT NULL,
  CONSTRAINT idempotency_records_pkey PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_records_claimed_at ON ${schema}.idempotency_records (claimed_at);
`,
};
