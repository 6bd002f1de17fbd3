-- +goose Up
-- Contact points, folded from log_* like every view_ table: one row for each record
-- and each end that opens here. What a record says stays in its sealed part.
CREATE TABLE view_contact (
    journal   BIGINT NOT NULL,
    idx       BIGINT NOT NULL,
    agreement BLOB   NOT NULL,
    party     TEXT   NOT NULL,
    body      TEXT   NOT NULL,
    point     TEXT   NOT NULL,
    track     TEXT   NOT NULL,              -- '' of an end
    height    BIGINT NOT NULL,
    latest    BIGINT NOT NULL,              -- 1: the last word on its point
    PRIMARY KEY (journal, idx)
) WITHOUT ROWID;
CREATE INDEX view_contact_point  ON view_contact (agreement, body, point, height);
CREATE INDEX view_contact_latest ON view_contact (agreement, body, point) WHERE latest = 1;

-- +goose Down
SELECT 1 / 0; -- forward only
