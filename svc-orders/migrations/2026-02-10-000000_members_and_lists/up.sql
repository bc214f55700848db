-- Rights that the owner of an account gave to sub-accounts, and what orders are found by.

CREATE TABLE member (
    id uuid PRIMARY KEY,
    account uuid NOT NULL,
    -- the subject of their token: an opaque name
    person text NOT NULL CHECK (length(person) BETWEEN 1 AND 200),
    rights jsonb NOT NULL CHECK (jsonb_typeof(rights) = 'array'),
    -- the one subject that they are limited to, and the order that named it
    subject_index bytea CHECK (length(subject_index) = 32),
    subject_of uuid REFERENCES filing_order (id),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz CHECK (ends_at > starts_at),
    version bigint NOT NULL CHECK (version >= 1),
    created_at timestamptz NOT NULL,
    CHECK ((subject_index IS NULL) = (subject_of IS NULL))
);
CREATE INDEX member_account ON member (account, id DESC);
CREATE INDEX member_person ON member (account, person);

-- The domains of a draft in their ASCII form. The account stands here too, so that a domain that everybody writes does not
-- make anybody's own search slow.
CREATE TABLE order_domain (
    order_id uuid NOT NULL REFERENCES filing_order (id) ON DELETE CASCADE,
    domain text NOT NULL,
    account uuid NOT NULL,
    PRIMARY KEY (order_id, domain)
);
CREATE INDEX order_domain_name ON order_domain (domain, order_id DESC);
CREATE INDEX order_domain_account ON order_domain (account, domain, order_id DESC);

-- The phones of the principals: fingerprints under the index key, never the numbers.
CREATE TABLE order_phone (
    order_id uuid NOT NULL REFERENCES filing_order (id) ON DELETE CASCADE,
    phone bytea NOT NULL CHECK (length(phone) = 32),
    PRIMARY KEY (order_id, phone)
);
CREATE INDEX order_phone_index ON order_phone (phone, order_id DESC);

-- The filing numbers that an order is about: the subject's and those of the services.
CREATE TABLE order_number (
    order_id uuid NOT NULL REFERENCES filing_order (id) ON DELETE CASCADE,
    number text NOT NULL,
    PRIMARY KEY (order_id, number)
);
CREATE INDEX order_number_index ON order_number (number, order_id DESC);

-- A customer's list by kind and by province; by state there is one.
CREATE INDEX filing_order_account_kind ON filing_order (account, kind, id DESC);
CREATE INDEX filing_order_account_province ON filing_order (account, province, id DESC);
-- The list of operations: one index for each way to narrow it, so that a page costs the same however rare the orders are. They
-- are in the order of time and not of ids, which comes to the same: otherwise the planner would rather walk along the primary
-- key until enough orders of a state have gone by, and a state that is frequent in all and has none lately would cost a walk
-- through years.
CREATE INDEX filing_order_state ON filing_order (state, created_at DESC, id DESC);
CREATE INDEX filing_order_kind ON filing_order (kind, created_at DESC, id DESC);
CREATE INDEX filing_order_province ON filing_order (province, created_at DESC, id DESC);
CREATE INDEX filing_order_state_kind ON filing_order (state, kind, created_at DESC, id DESC);
CREATE INDEX filing_order_state_province ON filing_order (state, province, created_at DESC, id DESC);
CREATE INDEX filing_order_kind_province ON filing_order (kind, province, created_at DESC, id DESC);
CREATE INDEX filing_order_state_kind_province ON filing_order (state, kind, province, created_at DESC, id DESC);
-- All orders of a subject, those that are over too.
CREATE INDEX filing_order_subject ON filing_order (subject_index, id DESC) WHERE subject_index IS NOT NULL;
