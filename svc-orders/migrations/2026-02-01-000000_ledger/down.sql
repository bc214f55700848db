DROP INDEX filing_order_in_line;
DROP INDEX filing_order_other;
ALTER TABLE filing_order DROP COLUMN in_line_since, DROP COLUMN other_account;
ALTER TABLE filing_order DROP CONSTRAINT filing_order_state_check;
ALTER TABLE filing_order ADD CONSTRAINT filing_order_state_check CHECK (state IN ('draft', 'returned', 'reviewing',
    'photo_pending', 'photo_reviewing', 'to_authority', 'awaiting_sms', 'at_authority', 'filed', 'expired', 'abandoned'));
DROP TABLE ledger_version;
DROP TABLE ledger_domain;
DROP TABLE ledger_service;
DROP TABLE ledger_subject;
CREATE TABLE filing (
    service_number text NOT NULL,
    domain text NOT NULL,
    subject_number text NOT NULL,
    account uuid NOT NULL,
    subject_index bytea NOT NULL CHECK (length(subject_index) = 32),
    order_id uuid NOT NULL REFERENCES filing_order (id),
    filed_at timestamptz NOT NULL,
    PRIMARY KEY (service_number, domain)
);
CREATE INDEX filing_domain ON filing (domain);
CREATE INDEX filing_subject ON filing (subject_index);
