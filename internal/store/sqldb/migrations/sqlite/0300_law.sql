-- +goose Up
-- Which entries changed the law of an agreement (agreement, keys, succession), in
-- the order in which they were applied: a start replays these and no others.
-- Rebuilt by judging all entries again.
CREATE TABLE view_law (
    seq       INTEGER PRIMARY KEY,
    agreement BLOB   NOT NULL,
    origin    TEXT   NOT NULL,
    idx       BIGINT NOT NULL,
    UNIQUE (agreement, origin, idx)
);

-- +goose Down
SELECT 1 / 0; -- forward only
