-- A notice may be for the owner of an account: about somebody else's order, or about none.
ALTER TABLE notice ALTER COLUMN order_id DROP NOT NULL;
ALTER TABLE notice ADD COLUMN account uuid;
ALTER TABLE notice DROP CONSTRAINT notice_principal_check;
ALTER TABLE notice ADD CONSTRAINT notice_principal_check CHECK (principal IN ('subject', 'service', 'owner'));
ALTER TABLE notice ADD CONSTRAINT notice_receiver CHECK ((principal = 'owner') = (account IS NOT NULL)
    AND (order_id IS NOT NULL OR account IS NOT NULL));
CREATE INDEX notice_account ON notice (account, id) WHERE account IS NOT NULL;
