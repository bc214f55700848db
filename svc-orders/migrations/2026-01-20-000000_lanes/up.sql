-- How many orders an account and a subject may have in progress is a rule of the packs. Each order in progress holds a lane
-- of either, counted from 0; the database gives a lane to one order only, however many submit at once.
ALTER TABLE filing_order
    ADD COLUMN account_lane smallint CHECK (account_lane >= 0),
    ADD COLUMN subject_lane smallint CHECK (subject_lane >= 0);
UPDATE filing_order SET account_lane = 0, subject_lane = 0 WHERE state NOT IN ('draft', 'filed', 'expired', 'abandoned');
ALTER TABLE filing_order ADD CONSTRAINT filing_order_in_a_lane CHECK (state IN ('draft', 'filed', 'expired', 'abandoned')
    OR (account_lane IS NOT NULL AND subject_lane IS NOT NULL));
DROP INDEX filing_order_one_per_account;
DROP INDEX filing_order_one_per_subject;
CREATE UNIQUE INDEX filing_order_account_lane ON filing_order (account, account_lane)
    WHERE state NOT IN ('draft', 'filed', 'expired', 'abandoned');
CREATE UNIQUE INDEX filing_order_subject_lane ON filing_order (subject_index, subject_lane)
    WHERE state NOT IN ('draft', 'filed', 'expired', 'abandoned');
