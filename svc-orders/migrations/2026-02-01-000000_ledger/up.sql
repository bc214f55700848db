-- The ledger: subjects and services with their numbers, what they look like now, and every version before. Granted orders and
-- the authority's own records write it, and nothing else does. What is personal is sealed under the subject's own key.
DROP TABLE filing;

CREATE TABLE ledger_subject (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE,
    account uuid NOT NULL,
    subject_index bytea NOT NULL CHECK (length(subject_index) = 32),
    province text NOT NULL CHECK (province ~ '^[0-9]{6}$'),
    nature integer NOT NULL,
    state text NOT NULL CHECK (state IN ('filed', 'cancelled')),
    data_key bytea NOT NULL,
    sealed bytea NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    filed_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX ledger_subject_account ON ledger_subject (account, number);
-- A certificate is filed once at a time.
CREATE UNIQUE INDEX ledger_subject_certificate ON ledger_subject (subject_index) WHERE state = 'filed';

CREATE TABLE ledger_service (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE,
    subject uuid NOT NULL REFERENCES ledger_subject (id),
    kind text NOT NULL CHECK (kind IN ('website', 'app')),
    state text NOT NULL CHECK (state IN ('filed', 'access_cancelled', 'cancelled', 'migrated')),
    sealed bytea NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    filed_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX ledger_service_subject ON ledger_service (subject, number);

-- Domain names are public. Those of cancelled services are taken off.
CREATE TABLE ledger_domain (
    service uuid NOT NULL REFERENCES ledger_service (id),
    domain text NOT NULL,
    PRIMARY KEY (service, domain)
);
CREATE INDEX ledger_domain_name ON ledger_domain (domain);

-- What was filed when, by which order: numbers are of subjects or of services.
CREATE TABLE ledger_version (
    number text NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    change text NOT NULL CHECK (change IN ('filed', 'changed', 'cancelled', 'access_cancelled', 'transferred', 'migrated',
        'claimed')),
    order_id uuid NOT NULL REFERENCES filing_order (id),
    -- the row that the sealed text belongs to: it opens in no other place
    row_id uuid NOT NULL,
    sealed bytea NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (number, version)
);

-- Orders may wait for another account's consent, or in line behind another order.
ALTER TABLE filing_order DROP CONSTRAINT filing_order_state_check;
ALTER TABLE filing_order ADD CONSTRAINT filing_order_state_check CHECK (state IN ('draft', 'returned', 'awaiting_consent',
    'reviewing', 'photo_pending', 'photo_reviewing', 'to_authority', 'awaiting_sms', 'at_authority', 'filed', 'expired',
    'abandoned'));
ALTER TABLE filing_order
    ADD COLUMN other_account uuid,
    ADD COLUMN in_line_since timestamptz;
CREATE INDEX filing_order_other ON filing_order (other_account, id DESC) WHERE state = 'awaiting_consent';
CREATE INDEX filing_order_in_line ON filing_order (in_line_since, id) WHERE in_line_since IS NOT NULL;
