-- Authorization codes with their story, whom owners trust, and the resource that each service of an order runs on.

CREATE TABLE authorization_code (
    id uuid PRIMARY KEY,
    owner uuid NOT NULL,
    resource text NOT NULL CHECK (length(resource) BETWEEN 1 AND 128),
    -- A resource has as many slots as the provider lets codes be made; two codes never share one.
    slot smallint NOT NULL CHECK (slot >= 0),
    -- the digits: a fingerprint under the index key to find them, and sealed to show them
    digits_index bytea NOT NULL CHECK (length(digits_index) = 32),
    sealed bytea NOT NULL,
    data_key bytea NOT NULL,
    receiver uuid CHECK (receiver <> owner),
    state text NOT NULL CHECK (state IN ('unused', 'in_use', 'used', 'invalid', 'deleted')),
    order_id uuid REFERENCES filing_order (id),
    service smallint CHECK (service >= 0),
    service_number text,
    why text CHECK (why IN ('server_gone', 'server_ends', 'revoked')),
    -- when a service was filed with it
    used_at timestamptz,
    version bigint NOT NULL CHECK (version >= 1),
    -- when it was made is told by its story
    changed_at timestamptz NOT NULL,
    CONSTRAINT authorization_code_whole_hold CHECK ((order_id IS NULL) = (service IS NULL)),
    CONSTRAINT authorization_code_free CHECK (state <> 'unused' OR order_id IS NULL),
    CONSTRAINT authorization_code_held CHECK (state NOT IN ('in_use', 'used')
        OR (order_id IS NOT NULL AND receiver IS NOT NULL)),
    CONSTRAINT authorization_code_used CHECK (CASE state WHEN 'used' THEN used_at IS NOT NULL
        WHEN 'invalid' THEN true ELSE used_at IS NULL AND service_number IS NULL END),
    CONSTRAINT authorization_code_why CHECK ((why IS NOT NULL) = (state = 'invalid'))
);
-- One code has these digits; one code has this slot; one code carries this service.
CREATE UNIQUE INDEX authorization_code_digits ON authorization_code (digits_index);
CREATE UNIQUE INDEX authorization_code_slot ON authorization_code (owner, resource, slot) WHERE state <> 'deleted';
CREATE UNIQUE INDEX authorization_code_service ON authorization_code (order_id, service)
    WHERE state IN ('in_use', 'used');
-- The lists of both sides.
CREATE INDEX authorization_code_owner ON authorization_code (owner, id DESC) WHERE state <> 'deleted';
CREATE INDEX authorization_code_receiver ON authorization_code (receiver, id DESC) WHERE state <> 'deleted';

CREATE TABLE code_event (
    code_id uuid NOT NULL REFERENCES authorization_code (id) ON DELETE CASCADE,
    version bigint NOT NULL CHECK (version >= 1),
    -- sorts by time, for lists over many codes
    id uuid NOT NULL,
    name text NOT NULL,
    event jsonb NOT NULL,
    state text NOT NULL,
    -- the account that is to hear of it; none when nobody is
    tells uuid,
    -- the account that did it; none when the system did
    account uuid,
    actor text NOT NULL,
    role text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (code_id, version)
);
CREATE UNIQUE INDEX code_event_id ON code_event (id);
CREATE INDEX code_event_news ON code_event (tells, id DESC) WHERE tells IS NOT NULL;

CREATE TABLE allowed_account (
    owner uuid NOT NULL,
    account uuid NOT NULL CHECK (account <> owner),
    since timestamptz NOT NULL,
    PRIMARY KEY (owner, account)
);

-- Where each service of an order runs, and what was wrong with that when the inventory was last asked.
CREATE TABLE service_access (
    order_id uuid NOT NULL REFERENCES filing_order (id) ON DELETE CASCADE,
    service smallint NOT NULL CHECK (service >= 0),
    owner uuid,
    resource text,
    code_id uuid REFERENCES authorization_code (id),
    addresses jsonb NOT NULL,
    mode integer,
    location integer,
    findings jsonb NOT NULL,
    -- once the order is filed
    service_number text,
    cancelled_at timestamptz,
    looked_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, service),
    CONSTRAINT service_access_resource CHECK ((owner IS NULL) = (resource IS NULL))
);
CREATE INDEX service_access_resource_of ON service_access (owner, resource);
CREATE INDEX service_access_number ON service_access (service_number);
