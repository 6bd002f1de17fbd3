-- +goose Up
-- Working state of the line. It changes; losing it loses no history.

-- A counterpart's checkpoints that wait for their entries (c2sp.org/tlog-mirror).
CREATE TABLE line_pending (
    journal   BIGINT NOT NULL REFERENCES log_journal (journal),
    size      BIGINT NOT NULL,
    root      BLOB   NOT NULL,
    stored_at BIGINT NOT NULL,
    note      BLOB   NOT NULL,
    learned   BLOB,                         -- our own cosignature lines, shown to us after a restore
    PRIMARY KEY (journal, size)
);

-- What a counterpart sent, by UTC day (days since the epoch).
CREATE TABLE line_usage (
    journal BIGINT NOT NULL REFERENCES log_journal (journal),
    day     BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    bytes   BIGINT NOT NULL,
    PRIMARY KEY (journal, day)
);

CREATE TABLE outbox (
    seq        INTEGER PRIMARY KEY,
    origin     TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    nonce      BLOB   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('draft', 'ready')),
    rank       BIGINT NOT NULL,             -- 0 is flash
    hold_until BIGINT NOT NULL,
    queued_at  BIGINT NOT NULL,
    payload    BLOB   NOT NULL,
    UNIQUE (origin, body, nonce)
);
CREATE INDEX outbox_order ON outbox (origin, state, rank, seq);

CREATE TABLE alarm (
    alarm      INTEGER PRIMARY KEY,
    kind       TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    text       TEXT   NOT NULL,
    first_at   BIGINT NOT NULL,
    last_at    BIGINT NOT NULL,
    times      BIGINT NOT NULL,
    cleared_at BIGINT NOT NULL DEFAULT 0,
    UNIQUE (kind, subject, cleared_at)
);

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
);
