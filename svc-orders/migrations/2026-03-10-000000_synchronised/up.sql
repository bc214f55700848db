-- The authority's own records write the ledger, too: such a version has no order.
ALTER TABLE ledger_version ALTER COLUMN order_id DROP NOT NULL;
ALTER TABLE ledger_version DROP CONSTRAINT ledger_version_change_check;
ALTER TABLE ledger_version ADD CONSTRAINT ledger_version_change_check CHECK (change IN ('filed', 'changed', 'cancelled',
    'access_cancelled', 'transferred', 'migrated', 'claimed', 'synchronised'));
ALTER TABLE ledger_version ADD CONSTRAINT ledger_version_by_order
    CHECK ((order_id IS NULL) = (change = 'synchronised'));
