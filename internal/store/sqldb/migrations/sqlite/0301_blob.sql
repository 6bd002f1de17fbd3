-- +goose Up
-- The attachments that judged entries name, and how far each has come. Working
-- state: the files and the journals are the truth.
CREATE TABLE line_blob (
    origin TEXT   NOT NULL,
    hash   BLOB   NOT NULL,
    idx    BIGINT NOT NULL,                 -- the first entry that names it
    size   BIGINT NOT NULL,                 -- octets, sealed
    state  TEXT   NOT NULL CHECK (state IN ('awaited', 'whole', 'told', 'ours')),
    PRIMARY KEY (origin, hash)
);
CREATE INDEX line_blob_state ON line_blob (state, origin);

-- Whom a blob of ours has reached whole.
CREATE TABLE line_blob_sent (
    origin TEXT NOT NULL,
    hash   BLOB NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (origin, hash, target)
);

-- +goose Down
SELECT 1 / 0; -- forward only
