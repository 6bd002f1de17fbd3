-- +goose Up
-- Tests of routes, folded from log_* like every view_ table: one row for each body
-- that a ping tests, and one for each reply. No word that was read aloud is here,
-- only its hash.
CREATE TABLE view_check (
    journal   BIGINT NOT NULL,
    idx       BIGINT NOT NULL,
    addressee TEXT   NOT NULL,              -- ping: the body that is tested; else empty
    other     TEXT   NOT NULL,              -- ping: the body of the counterpart, tested or testing; else empty
    ours      BIGINT NOT NULL,              -- 1: in a journal of ours
    id        BLOB   NOT NULL,
    answers   BLOB,                         -- reply and tried: the ping
    step      TEXT   NOT NULL,
    sender    TEXT   NOT NULL,
    route     TEXT   NOT NULL,
    series    TEXT   NOT NULL,
    result    TEXT   NOT NULL,
    role      TEXT   NOT NULL,
    code      BLOB,                         -- ping: its commitment; reply: that of what was heard
    at        TEXT   NOT NULL,
    stored_at BIGINT NOT NULL,
    PRIMARY KEY (journal, idx, addressee)
) WITHOUT ROWID;
CREATE INDEX view_check_all     ON view_check (stored_at, journal, idx, addressee) WHERE step = 'ping';
CREATE INDEX view_check_other   ON view_check (other, stored_at, journal, idx, addressee) WHERE step = 'ping';
CREATE INDEX view_check_route   ON view_check (other, route, stored_at, journal, idx, addressee) WHERE step = 'ping';
CREATE INDEX view_check_series  ON view_check (journal, addressee, series, stored_at) WHERE step = 'ping' AND ours = 1;
CREATE INDEX view_check_answers ON view_check (answers) WHERE answers IS NOT NULL;

-- +goose Down
SELECT 1 / 0; -- forward only
