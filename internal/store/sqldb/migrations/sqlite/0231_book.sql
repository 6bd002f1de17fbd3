-- +goose Up
-- The address book: contacts of others as files told of them. Nobody signed them.
-- An import adds rows of a new run; when it is whole, the run is made the one that
-- counts, and the rows of the run before are removed.
CREATE TABLE book_source (
    name     TEXT   NOT NULL PRIMARY KEY,
    format   TEXT   NOT NULL,
    run      BIGINT NOT NULL,               -- that counts; 0: none is whole
    next     BIGINT NOT NULL,               -- the run that is being read; 0: none
    taken    BIGINT NOT NULL,               -- rows of the run that counts
    broken   BIGINT NOT NULL,
    imported BIGINT NOT NULL                -- when
);

CREATE TABLE book_entry (
    source TEXT   NOT NULL,
    run    BIGINT NOT NULL,
    n      BIGINT NOT NULL,                 -- the row of the file
    name   TEXT   NOT NULL,
    claims BIGINT NOT NULL,                 -- 1: it claims networks, systems or domains
    entry  TEXT   NOT NULL,
    PRIMARY KEY (source, run, n)
) WITHOUT ROWID;
CREATE INDEX book_entry_name   ON book_entry (name, source, run, n);
CREATE INDEX book_entry_claims ON book_entry (source, run, n) WHERE claims = 1;

-- +goose Down
SELECT 1 / 0; -- forward only
