-- The queue. Times are in ISO 8601 with a zone, in UTC unless they come from the input.
-- Whatever has several parts and is only ever read whole is JSON.

-- Everything that happened, in order; the other tables follow from it (treehole.watch.projection),
-- but for `levels` and `positions`, which say more than the trail does.
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  kind TEXT NOT NULL,
  who TEXT NOT NULL,
  number INTEGER,            -- of the case, if it is about one
  details TEXT NOT NULL,     -- JSON
  hash TEXT NOT NULL         -- of this row and the hash before it
) STRICT;
CREATE INDEX audit_by_case ON audit (number, seq);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
  BEGIN SELECT raise(ABORT, 'the audit trail is not changed'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
  BEGIN SELECT raise(ABORT, 'the audit trail is not deleted'); END;

CREATE TABLE cases (
  number INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,  -- user:… or comment:…
  user TEXT,
  person INTEGER,            -- a digest of the user, as in levels
  version INTEGER NOT NULL REFERENCES audit (seq),
  state TEXT NOT NULL CHECK (state IN ('new', 'taken', 'contacted', 'closed')),
  episode INTEGER NOT NULL,  -- grows when a closed case is opened by a new comment
  level INTEGER NOT NULL CHECK (level BETWEEN 6 AND 10),
  highest INTEGER NOT NULL CHECK (highest BETWEEN level AND 10),
  probability REAL,
  sources TEXT NOT NULL,     -- JSON
  act_from TEXT,
  act_until TEXT,
  comment TEXT NOT NULL,     -- JSON
  places TEXT NOT NULL,      -- JSON
  first_seen TEXT NOT NULL,
  last_seen TEXT NOT NULL,
  escalated_at TEXT NOT NULL,
  taken_by TEXT,
  changed_at TEXT,
  closed_at TEXT,
  CHECK ((taken_by IS NULL) = (state IN ('new', 'closed')))
) STRICT;
CREATE INDEX cases_by_person ON cases (person);

-- The alerts: one a case, episode and level, whatever is read twice.
CREATE TABLE escalations (
  number INTEGER NOT NULL REFERENCES cases (number),
  episode INTEGER NOT NULL,
  level INTEGER NOT NULL,
  seq INTEGER NOT NULL REFERENCES audit (seq),
  UNIQUE (number, episode, level)
) STRICT;

CREATE TABLE notes (
  seq INTEGER PRIMARY KEY REFERENCES audit (seq),
  number INTEGER NOT NULL REFERENCES cases (number),
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX notes_by_case ON notes (number, seq);

-- What is kept of comments above level 0, for trends and to know a comment that comes again: no
-- text and no name, only digests.
CREATE TABLE levels (
  comment INTEGER PRIMARY KEY,
  person INTEGER,
  at REAL NOT NULL,          -- seconds since 1970
  level INTEGER NOT NULL
) STRICT;
CREATE INDEX levels_by_person ON levels (person, at);
CREATE INDEX levels_by_time ON levels (at);

-- What a webhook is still to be told, or was told.
CREATE TABLE outbox (
  key TEXT PRIMARY KEY,      -- the idempotency key
  seq INTEGER NOT NULL REFERENCES audit (seq),
  number INTEGER NOT NULL REFERENCES cases (number),
  body TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'refused')),
  attempts INTEGER NOT NULL DEFAULT 0,
  due REAL NOT NULL DEFAULT 0,  -- seconds since 1970
  answer TEXT                -- what the last attempt met with
) STRICT;
CREATE INDEX outbox_by_state ON outbox (state, due);

-- How far each input has been read.
CREATE TABLE positions (
  path TEXT PRIMARY KEY,
  position TEXT NOT NULL     -- JSON
) STRICT;
