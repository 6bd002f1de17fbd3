-- +goose Up
-- What lists show of a message that waits, apart from the sealed part: a list reads no
-- payload. NULL in rows of an older binary, whose payload says it.
ALTER TABLE outbox ADD COLUMN heading BLOB;
ALTER TABLE outbox ADD COLUMN part BLOB;    -- hash of the sealed or clear part
CREATE INDEX outbox_part ON outbox (part) WHERE part IS NOT NULL;

-- +goose Down
SELECT 1 / 0; -- forward only
