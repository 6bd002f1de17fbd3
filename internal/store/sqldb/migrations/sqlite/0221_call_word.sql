-- +goose Up
-- Slots of call words that were said or heard here: none is taken twice. CALL-12
CREATE TABLE call_word (
    secret BLOB   NOT NULL,  -- SHA-256 of the secret
    caller TEXT   NOT NULL,
    called TEXT   NOT NULL,
    hour   BIGINT NOT NULL,  -- since 1970; 0: the printed card
    n      BIGINT NOT NULL,
    how    TEXT   NOT NULL,  -- said, heard
    at     BIGINT NOT NULL,
    PRIMARY KEY (secret, caller, called, hour, n)
) WITHOUT ROWID;

-- +goose Down
SELECT 1 / 0; -- forward only
