-- Pictures by their keys in the object store, curtains and face checks. No name and no number of anybody.

CREATE TABLE filing (
    order_id uuid PRIMARY KEY,
    account uuid NOT NULL,
    province text NOT NULL,
    way text NOT NULL,
    state text NOT NULL,
    version bigint NOT NULL
);

CREATE TABLE material (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    account uuid NOT NULL,
    kind text NOT NULL,
    service smallint CHECK (service >= 0),
    object text NOT NULL UNIQUE,
    quality jsonb NOT NULL,
    created_at timestamptz NOT NULL
);
-- One of a kind for the subject and for each service; -1 stands for the subject.
CREATE UNIQUE INDEX material_one_of_a_kind ON material (order_id, kind, COALESCE(service, -1));

CREATE TABLE curtain (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL UNIQUE,
    -- One free request an account (facts: limits).
    account uuid NOT NULL UNIQUE,
    state text NOT NULL CHECK (state IN ('requested', 'dispatched')),
    body jsonb NOT NULL,
    courier text,
    waybill text,
    dispatch_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX curtain_state ON curtain (state, id);
-- What the courier takes next.
CREATE INDEX curtain_due ON curtain (dispatch_at, id) WHERE state = 'requested';

CREATE TABLE photo (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    account uuid NOT NULL,
    province text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'accepted', 'refused')),
    body jsonb NOT NULL,
    object text NOT NULL UNIQUE,
    quality jsonb NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX photo_state ON photo (state, id);
CREATE INDEX photo_order ON photo (order_id, id);
CREATE INDEX photo_account ON photo (account, id);
-- A second photo waits for nobody while the first one does.
CREATE UNIQUE INDEX photo_one_waiting ON photo (order_id) WHERE state = 'waiting';

CREATE TABLE verification (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('passed', 'failed')),
    -- The fingerprint of the person, made by svc-orders under its index key.
    person text NOT NULL,
    result text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX verification_order ON verification (order_id, id);
