-- +goose Up
-- The messages that open a thread, by kind: a page of incidents shows each once,
-- however many stages it has.
CREATE INDEX view_message_opens ON view_message (kind, stored_at, journal, idx) WHERE thread = id;

-- +goose Down
SELECT 1 / 0; -- forward only
