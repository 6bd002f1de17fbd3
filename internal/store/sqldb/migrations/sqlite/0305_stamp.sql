-- +goose Up
-- Cosignatures of others on sizes that we hold no checkpoint of: whoever made them
-- or holds them has shown them to us, and the tree that they name is ours. REVIEW-3
CREATE TABLE log_stamp (
    journal   BIGINT NOT NULL REFERENCES log_journal (journal),
    size      BIGINT NOT NULL,
    cosigner  TEXT   NOT NULL,
    key_id    BIGINT NOT NULL,
    signed_at BIGINT NOT NULL,              -- the stamp inside the signature
    stored_at BIGINT NOT NULL,
    line      TEXT   NOT NULL,              -- one note signature line with its newline
    PRIMARY KEY (journal, size, cosigner, key_id)
) WITHOUT ROWID;

-- +goose Down
SELECT 1 / 0; -- forward only
