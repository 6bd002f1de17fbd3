-- +goose Up
-- How an alarm ended: by the facts, or by an officer's act, and why.
ALTER TABLE alarm ADD COLUMN ended_by  TEXT NOT NULL DEFAULT ''; -- an officer; empty: the facts
ALTER TABLE alarm ADD COLUMN ended_why TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 1 / 0; -- forward only
