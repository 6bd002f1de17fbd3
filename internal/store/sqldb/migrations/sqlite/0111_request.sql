-- +goose Up
-- A request that somebody still has to answer is open: its list is a page of an
-- index, however many requests there ever were. Lists of one kind have two sides.
ALTER TABLE view_message ADD COLUMN open BIGINT NOT NULL DEFAULT 0;
CREATE INDEX view_message_open  ON view_message (kind, box, stored_at, journal, idx) WHERE open = 1;
CREATE INDEX view_message_sides ON view_message (kind, box, stored_at, journal, idx) WHERE listed = 1;

-- +goose Down
SELECT 1 / 0; -- forward only
