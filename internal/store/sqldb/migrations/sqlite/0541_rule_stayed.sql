-- What a rule's query found and its rounds did not send.

-- +goose Up
ALTER TABLE intel_rule ADD COLUMN stayed     BIGINT NOT NULL DEFAULT 0;  -- objects, all rounds together
ALTER TABLE intel_rule ADD COLUMN stayed_why TEXT   NOT NULL DEFAULT ''; -- the last of them, and why

-- +goose Down
SELECT 1 / 0; -- forward only
