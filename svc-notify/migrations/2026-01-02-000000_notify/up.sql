-- What was sent to whom: ids and codes. Names, numbers and addresses live in orders and are asked for when a notice is sent.

-- Whose an order is, by the newest news of it.
CREATE TABLE filing (
    order_id uuid PRIMARY KEY,
    account uuid NOT NULL,
    province text NOT NULL CHECK (province ~ '^[0-9]{6}$'),
    state text NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    updated_at timestamptz NOT NULL
);
CREATE INDEX filing_account ON filing (account, order_id);

CREATE TABLE notice (
    id uuid PRIMARY KEY,
    message_id uuid NOT NULL,
    order_id uuid NOT NULL,
    kind text NOT NULL,
    principal text NOT NULL CHECK (principal IN ('subject', 'service')),
    channel text NOT NULL CHECK (channel IN ('mail', 'sms')),
    facts jsonb NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'unknown', 'sent', 'failed')),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    outcome text,
    repeated boolean NOT NULL DEFAULT false,
    next_at timestamptz NOT NULL,
    queued_at timestamptz NOT NULL,
    settled_at timestamptz,
    CONSTRAINT notice_once UNIQUE (message_id, kind, principal, channel),
    CONSTRAINT notice_settled CHECK ((state IN ('sent', 'failed')) = (settled_at IS NOT NULL))
);
CREATE INDEX notice_due ON notice (next_at, id) WHERE state IN ('queued', 'sending', 'unknown');
CREATE INDEX notice_order ON notice (order_id, id);

-- The ledger of attempts. A row is written before the call and completed after it; one that was never completed tells that
-- nobody knows what became of the call.
CREATE TABLE attempt (
    notice_id uuid NOT NULL REFERENCES notice (id),
    number integer NOT NULL CHECK (number >= 1),
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    outcome text NOT NULL CHECK (outcome IN ('begun', 'sent', 'deferred', 'refused', 'unknown', 'no_contact')),
    code text,
    vendor_id text,
    repeated boolean NOT NULL,
    PRIMARY KEY (notice_id, number),
    CONSTRAINT attempt_ended CHECK ((outcome = 'begun') = (ended_at IS NULL))
);
