DROP INDEX filing_order_subject_lane;
DROP INDEX filing_order_account_lane;
CREATE UNIQUE INDEX filing_order_one_per_account ON filing_order (account)
    WHERE state NOT IN ('draft', 'filed', 'expired', 'abandoned');
CREATE UNIQUE INDEX filing_order_one_per_subject ON filing_order (subject_index)
    WHERE state NOT IN ('draft', 'filed', 'expired', 'abandoned');
ALTER TABLE filing_order DROP CONSTRAINT filing_order_in_a_lane, DROP COLUMN subject_lane, DROP COLUMN account_lane;
