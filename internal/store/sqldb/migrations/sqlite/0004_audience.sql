-- +goose Up
-- The parties that a waiting message is addressed to, in order, with a space between:
-- those whose window is full hold it back. Empty: nobody does, as in rows of an older
-- binary. The index answers without the row, which has a sealed part in it.
ALTER TABLE outbox ADD COLUMN audience TEXT NOT NULL DEFAULT '';
DROP INDEX outbox_order;
CREATE INDEX outbox_order ON outbox (origin, state, rank, seq, audience, hold_until, queued_at);

-- +goose Down
SELECT 1 / 0; -- forward only
