-- +goose Up
-- Threads that an entry has touched and that are not folded again yet. Empty
-- but while a fold runs, and after a crash in the middle of one.
CREATE TABLE view_dirty (
    agreement BLOB NOT NULL,
    thread    BLOB NOT NULL,
    PRIMARY KEY (agreement, thread)
) WITHOUT ROWID;

-- +goose Down
SELECT 1 / 0; -- forward only
