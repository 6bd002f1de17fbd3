-- +goose Up
-- What entries say once judged and opened. Everything here is folded from log_*
-- and may be dropped: it is rebuilt to the same rows. No text of a message is here.

-- How far each journal is folded.
CREATE TABLE view_position (
    journal BIGINT NOT NULL PRIMARY KEY,
    next    BIGINT NOT NULL,                -- the first index that is not folded
    height  BIGINT NOT NULL,                -- of the entry before it
    base    BIGINT NOT NULL                 -- entries of the journals that it succeeds
);

-- One row for each entry. The columns from seq on are what folding its thread
-- says; those before do not change, but when the part is erased.
CREATE TABLE view_message (
    journal    BIGINT NOT NULL,
    idx        BIGINT NOT NULL,
    id         BLOB,                        -- NULL where the entry is void by itself
    thread     BLOB,                        -- what it is folded with; NULL for receipts that name none
    answers    BLOB,
    part       BLOB,
    sender     TEXT   NOT NULL,
    addressees TEXT   NOT NULL,             -- bodies, one space between
    box        TEXT   NOT NULL,             -- in, out, other
    listed     BIGINT NOT NULL,             -- 1: a person's list shows it
    reason     TEXT   NOT NULL,             -- void by the entry alone or its inside; '' valid
    inside     TEXT   NOT NULL,             -- opened, closed, unreadable, gone
    kind       TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    step       TEXT   NOT NULL,             -- of a kind with steps; or empty
    rank       BIGINT NOT NULL,             -- 0 is flash
    clock      TEXT   NOT NULL,
    due        TEXT   NOT NULL,
    exercise   BIGINT NOT NULL,
    marking    TEXT   NOT NULL,
    blobs      BIGINT NOT NULL,
    released   BIGINT NOT NULL,             -- 1: the entry has its second signature
    said_at    BIGINT NOT NULL,             -- by the author's clock
    stored_at  BIGINT NOT NULL,             -- by ours
    height     BIGINT NOT NULL,
    seq        BIGINT NOT NULL DEFAULT 0,   -- place in the thread, from 1
    void       TEXT   NOT NULL DEFAULT '',  -- the verdict in the end
    conflict   TEXT   NOT NULL DEFAULT '',
    answer     TEXT   NOT NULL DEFAULT '',  -- what people of ours said to it
    waits      BIGINT NOT NULL DEFAULT 0,   -- 1: it waits for a person of ours
    owes       TEXT   NOT NULL DEFAULT '',  -- the receipt that our node owes
    owes_held  BIGINT NOT NULL DEFAULT 0,   -- 1: and one for its blobs
    PRIMARY KEY (journal, idx)
);
CREATE INDEX view_message_id      ON view_message (id) WHERE id IS NOT NULL;
CREATE INDEX view_message_thread  ON view_message (thread, seq) WHERE thread IS NOT NULL;
CREATE INDEX view_message_answers ON view_message (answers) WHERE answers IS NOT NULL;
CREATE INDEX view_message_part    ON view_message (part) WHERE part IS NOT NULL;
CREATE INDEX view_message_kind    ON view_message (kind, stored_at, journal, idx);
CREATE INDEX view_message_box     ON view_message (box, stored_at, journal, idx) WHERE listed = 1;
CREATE INDEX view_message_waits   ON view_message (rank, stored_at, journal, idx) WHERE waits = 1;
CREATE INDEX view_message_owes    ON view_message (journal, idx) WHERE owes <> '';
CREATE INDEX view_message_held    ON view_message (journal, idx) WHERE owes_held = 1;

-- What one entry says about others. about is a message id, the hash of a part, or
-- the hash of "<origin>/<index>" where an entry is named by its place.
CREATE TABLE view_statement (
    about   BLOB   NOT NULL,
    journal BIGINT NOT NULL,
    idx     BIGINT NOT NULL,
    says    TEXT   NOT NULL,
    blob    BLOB   NOT NULL,                -- held: its hash; else empty
    why     TEXT   NOT NULL,
    PRIMARY KEY (about, journal, idx, says, blob)
) WITHOUT ROWID;

-- The statements that count, by the message that they are about.
CREATE TABLE view_step (
    journal    BIGINT NOT NULL,
    idx        BIGINT NOT NULL,
    place      BIGINT NOT NULL,             -- order of the steps of one message, from 1
    says       TEXT   NOT NULL,
    sender     TEXT   NOT NULL,
    by_journal BIGINT NOT NULL,
    by_idx     BIGINT NOT NULL,
    said_at    BIGINT NOT NULL,
    blob       BLOB   NOT NULL,
    why        TEXT   NOT NULL,
    PRIMARY KEY (journal, idx, place)
) WITHOUT ROWID;

CREATE TABLE view_blob (
    journal BIGINT NOT NULL,
    idx     BIGINT NOT NULL,
    n       BIGINT NOT NULL,                -- from 1
    hash    BLOB   NOT NULL,
    size    BIGINT NOT NULL,
    PRIMARY KEY (journal, idx, n)
) WITHOUT ROWID;

-- +goose Down
SELECT 1 / 0; -- forward only
