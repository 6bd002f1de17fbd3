-- +goose Up
-- Officers, their sessions, their turns of watch. Nothing here leaves the node.
CREATE TABLE officer (
    name       TEXT   NOT NULL PRIMARY KEY,
    passphrase TEXT   NOT NULL, -- argon2id, PHC string
    bodies     TEXT   NOT NULL, -- separated by one space
    roles      TEXT   NOT NULL, -- separated by one space
    added      BIGINT NOT NULL  -- microseconds since the epoch, as everywhere
);

CREATE TABLE officer_session (
    token   BLOB   NOT NULL PRIMARY KEY, -- SHA-256 of the token
    officer TEXT   NOT NULL REFERENCES officer (name) ON DELETE CASCADE,
    started BIGINT NOT NULL,
    ends    BIGINT NOT NULL
);
CREATE INDEX officer_session_officer ON officer_session (officer);

CREATE TABLE watch_turn (
    id       INTEGER NOT NULL PRIMARY KEY,
    body     TEXT    NOT NULL,
    officer  TEXT    NOT NULL, -- no reference: the history outlives the officer
    taken    BIGINT  NOT NULL,
    until_at BIGINT  NOT NULL,
    ended    BIGINT  NOT NULL DEFAULT 0, -- 0 while it runs
    how      TEXT    NOT NULL DEFAULT '',
    next     TEXT    NOT NULL DEFAULT '',
    note     TEXT    NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX watch_turn_open ON watch_turn (body) WHERE ended = 0;

-- +goose Down
SELECT 1 / 0; -- forward only
