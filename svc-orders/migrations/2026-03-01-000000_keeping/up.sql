-- Untouched drafts are spoken of before they expire, ended orders before what they hold is deleted. Being reminded is no touch.
ALTER TABLE filing_order
    ADD COLUMN idle_since timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN reminded smallint NOT NULL DEFAULT 0 CHECK (reminded >= 0),
    ADD COLUMN purged_at timestamptz;
UPDATE filing_order SET idle_since = touched_at;
DROP INDEX filing_order_idle;
CREATE INDEX filing_order_idle ON filing_order (reminded, idle_since)
    WHERE state IN ('draft', 'returned', 'photo_pending');
CREATE INDEX filing_order_expiring ON filing_order (idle_since) WHERE state IN ('draft', 'returned', 'photo_pending');
CREATE INDEX filing_order_ended ON filing_order (reminded, idle_since)
    WHERE state IN ('expired', 'abandoned') AND purged_at IS NULL;
