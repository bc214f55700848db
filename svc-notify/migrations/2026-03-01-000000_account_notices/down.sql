DELETE FROM attempt WHERE notice_id IN (SELECT id FROM notice WHERE account IS NOT NULL);
DELETE FROM notice WHERE account IS NOT NULL;
DROP INDEX notice_account;
ALTER TABLE notice DROP CONSTRAINT notice_receiver;
ALTER TABLE notice DROP CONSTRAINT notice_principal_check;
ALTER TABLE notice ADD CONSTRAINT notice_principal_check CHECK (principal IN ('subject', 'service'));
ALTER TABLE notice DROP COLUMN account;
ALTER TABLE notice ALTER COLUMN order_id SET NOT NULL;
