-- +goose Up
-- The octets that came of an object of STIX 2.0, where what the store has was made of them:
-- under the number of the object that has their identifier.
CREATE TABLE intel_original (
    object INTEGER PRIMARY KEY,
    raw    BLOB NOT NULL
) STRICT;

-- +goose Down
SELECT 1 / 0; -- forward only
