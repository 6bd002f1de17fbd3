-- +goose Up

-- Tools of this organisation that may use the gateway. Lists are separated by one space.
CREATE TABLE gateway_client (
    name       TEXT PRIMARY KEY,
    token      BLOB,             -- SHA-256 of the token; NULL where a certificate alone opens
    pin        BLOB,             -- SHA-256 of the certificate's public key; NULL where there is none
    tlp        INTEGER NOT NULL, -- the strictest traffic light that it may see
    own        INTEGER NOT NULL, -- it may see our own objects
    agreements TEXT NOT NULL,    -- hashes
    writes     INTEGER NOT NULL,
    deletes    INTEGER NOT NULL,
    added      INTEGER NOT NULL, -- microseconds
    revoked    INTEGER NOT NULL, -- microseconds; 0 while it may enter
    seen       INTEGER NOT NULL  -- microseconds, to the minute; 0: never
) STRICT;
CREATE UNIQUE INDEX gateway_client_token ON gateway_client (token) WHERE token IS NOT NULL;
CREATE UNIQUE INDEX gateway_client_pin ON gateway_client (pin) WHERE pin IS NOT NULL;

-- What became of what a client wrote: TAXII 2.1 §4.3.
CREATE TABLE gateway_status (
    id     TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    at     INTEGER NOT NULL, -- microseconds
    body   BLOB NOT NULL     -- the status resource
) STRICT;
CREATE INDEX gateway_status_at ON gateway_status (at);
