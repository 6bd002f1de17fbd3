-- +goose Up
-- What was open when a turn of watch ended: a JSON list of pointers, never of texts.
ALTER TABLE watch_turn ADD COLUMN matters TEXT NOT NULL DEFAULT '';

-- +goose Down
SELECT 1 / 0; -- forward only
