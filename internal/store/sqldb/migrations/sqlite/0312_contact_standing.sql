-- +goose Up
-- The points that stand, by themselves: a page of the directory does not walk
-- those that were ended, however many a party has ended.
CREATE INDEX view_contact_standing ON view_contact (agreement, body, point) WHERE latest = 1 AND track <> '';

-- +goose Down
SELECT 1 / 0; -- forward only
