DROP INDEX filing_order_ended;
DROP INDEX filing_order_expiring;
DROP INDEX filing_order_idle;
CREATE INDEX filing_order_idle ON filing_order (touched_at) WHERE state IN ('draft', 'returned', 'photo_pending');
ALTER TABLE filing_order DROP COLUMN purged_at, DROP COLUMN reminded, DROP COLUMN idle_since;
