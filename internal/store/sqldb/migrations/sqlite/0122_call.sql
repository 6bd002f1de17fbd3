-- +goose Up
-- The newest secrets for call words of a body, and the newest word of a body about its watch.
CREATE INDEX view_message_words ON view_message (sender, stored_at, journal, idx) WHERE kind = 'call' AND step = 'words';
CREATE INDEX view_message_watch ON view_message (journal, sender, idx) WHERE kind = 'watch';

-- +goose Down
SELECT 1 / 0; -- forward only
