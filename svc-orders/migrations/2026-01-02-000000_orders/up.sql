-- Filing orders, their sealed drafts, their story, and the ledger of what was filed.

CREATE TABLE filing_order (
    id uuid PRIMARY KEY,
    account uuid NOT NULL,
    kind text NOT NULL,
    province text NOT NULL CHECK (province ~ '^[0-9]{6}$'),
    nature integer NOT NULL,
    way text NOT NULL CHECK (way IN ('electronic', 'curtain')),
    state text NOT NULL CHECK (state IN ('draft', 'returned', 'reviewing', 'photo_pending', 'photo_reviewing',
        'to_authority', 'awaiting_sms', 'at_authority', 'filed', 'expired', 'abandoned')),
    body jsonb NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    -- fingerprints under the index key, never the values
    subject_index bytea CHECK (length(subject_index) = 32),
    person_index bytea CHECK (length(person_index) = 32),
    data_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    touched_at timestamptz NOT NULL
);
-- A customer's list, and the same by state.
CREATE INDEX filing_order_account ON filing_order (account, id DESC);
CREATE INDEX filing_order_account_state ON filing_order (account, state, id DESC);
-- What may expire, oldest first.
CREATE INDEX filing_order_idle ON filing_order (touched_at) WHERE state IN ('draft', 'returned', 'photo_pending');
-- One order in progress per account and per subject (facts: across providers the authority refuses a second one too).
CREATE UNIQUE INDEX filing_order_one_per_account ON filing_order (account)
    WHERE state NOT IN ('draft', 'filed', 'expired', 'abandoned');
CREATE UNIQUE INDEX filing_order_one_per_subject ON filing_order (subject_index)
    WHERE state NOT IN ('draft', 'filed', 'expired', 'abandoned');

CREATE TABLE order_event (
    order_id uuid NOT NULL REFERENCES filing_order (id) ON DELETE CASCADE,
    version bigint NOT NULL CHECK (version >= 1),
    name text NOT NULL,
    event jsonb NOT NULL,
    state text NOT NULL,
    actor text NOT NULL,
    role text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (order_id, version)
);

CREATE TABLE draft_section (
    order_id uuid NOT NULL REFERENCES filing_order (id) ON DELETE CASCADE,
    section text NOT NULL CHECK (section IN ('subject', 'services', 'consent')),
    sealed bytea NOT NULL,
    PRIMARY KEY (order_id, section)
);

-- What svc-photo told about uploaded materials.
CREATE TABLE material (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES filing_order (id) ON DELETE CASCADE,
    kind text NOT NULL,
    service smallint CHECK (service >= 0)
);
CREATE INDEX material_order ON material (order_id);

-- The ledger: one row for each filed domain. Written by granted orders only.
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
