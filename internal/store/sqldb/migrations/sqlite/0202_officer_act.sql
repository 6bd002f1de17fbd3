-- +goose Up
-- Which officer did what at the desk. It never leaves the node: it answers who
-- wrote a message when a second person is owed.
CREATE TABLE officer_act (
    id      INTEGER NOT NULL PRIMARY KEY,
    at      BIGINT  NOT NULL,
    officer TEXT    NOT NULL, -- no reference: the record outlives the officer
    act     TEXT    NOT NULL, -- send, undo, release, seen, acknowledge, decline
    message TEXT    NOT NULL  -- nonce of a message of ours, id of one of theirs
);
CREATE INDEX officer_act_message ON officer_act (message);

-- +goose Down
SELECT 1 / 0; -- forward only
