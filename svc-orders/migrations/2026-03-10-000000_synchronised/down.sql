ALTER TABLE ledger_version DROP CONSTRAINT ledger_version_by_order;
DELETE FROM ledger_version WHERE change = 'synchronised';
ALTER TABLE ledger_version DROP CONSTRAINT ledger_version_change_check;
ALTER TABLE ledger_version ADD CONSTRAINT ledger_version_change_check CHECK (change IN ('filed', 'changed', 'cancelled',
    'access_cancelled', 'transferred', 'migrated', 'claimed'));
ALTER TABLE ledger_version ALTER COLUMN order_id SET NOT NULL;
