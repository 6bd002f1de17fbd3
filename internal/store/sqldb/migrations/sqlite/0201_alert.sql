-- +goose Up
-- Who is to be woken, on which channel, and every attempt. Pointers only.
CREATE TABLE alert (
    id          INTEGER NOT NULL PRIMARY KEY,
    message     TEXT    NOT NULL UNIQUE, -- message id, hex
    from_body   TEXT    NOT NULL,
    to_bodies   TEXT    NOT NULL,        -- separated by one space
    precedence  TEXT    NOT NULL,
    urgency     BIGINT  NOT NULL,        -- 0 is flash
    thread      TEXT    NOT NULL,
    url         TEXT    NOT NULL,
    exercise    BIGINT  NOT NULL,
    raised      BIGINT  NOT NULL,
    closed      BIGINT  NOT NULL DEFAULT 0, -- 0 while nobody has acted
    why         TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX alert_open ON alert (urgency, raised) WHERE closed = 0;

CREATE TABLE alert_send (
    alert      BIGINT NOT NULL REFERENCES alert (id),
    channel    TEXT   NOT NULL,
    state      TEXT   NOT NULL,          -- due, done, failed
    next_at    BIGINT NOT NULL,
    sent       BIGINT NOT NULL DEFAULT 0,
    failures   BIGINT NOT NULL DEFAULT 0, -- since it was last taken
    last_error TEXT   NOT NULL DEFAULT '',
    PRIMARY KEY (alert, channel)
);
CREATE INDEX alert_send_due ON alert_send (channel, next_at) WHERE state = 'due';

CREATE TABLE alert_attempt (
    id      INTEGER NOT NULL PRIMARY KEY,
    alert   BIGINT  NOT NULL REFERENCES alert (id),
    channel TEXT    NOT NULL,
    at      BIGINT  NOT NULL,
    error   TEXT    NOT NULL,             -- empty: the channel took it
    more    BIGINT  NOT NULL
);

-- +goose Down
SELECT 1 / 0; -- forward only
