-- +goose Up

-- What this node fetches from, or pushes to, by itself.
CREATE TABLE feed (
    name     TEXT PRIMARY KEY,
    settings TEXT NOT NULL,    -- JSON: internal/poll writes and reads it
    cursor   TEXT NOT NULL,    -- JSON: where the last poll ended
    due      INTEGER NOT NULL, -- microseconds
    last     INTEGER NOT NULL, -- microseconds; 0: never; of the last poll that ended well
    state    TEXT NOT NULL,    -- why the last poll failed; empty: it did not
    objects  INTEGER NOT NULL  -- brought or pushed so far
) STRICT;
