-- What the review remembers: where orders stand, the queue, and the exchange with the authority. No personal data.

-- A projection of the orders, from order.# messages. They may arrive in any order: the version decides.
CREATE TABLE filing (
    order_id   uuid        PRIMARY KEY,
    account    uuid        NOT NULL,
    province   text        NOT NULL CHECK (province ~ '^[0-9]{6}$'),
    round      integer     NOT NULL CHECK (round >= 0),
    state      text        NOT NULL,
    version    bigint      NOT NULL,
    updated_at timestamptz NOT NULL
);

-- The reviewers' queue: one task for each submission.
CREATE TABLE task (
    id          uuid        PRIMARY KEY,
    order_id    uuid        NOT NULL,
    round       integer     NOT NULL CHECK (round > 0),
    account     uuid        NOT NULL,
    province    text        NOT NULL CHECK (province ~ '^[0-9]{6}$'),
    kind        text        NOT NULL,
    way         text        NOT NULL,
    priority    smallint    NOT NULL CHECK (priority BETWEEN 1 AND 9),
    state       text        NOT NULL CHECK (state IN ('open', 'claimed', 'passed', 'returned', 'closed')),
    claimed_by  text,
    lease_until timestamptz,
    first_by    text,
    review      jsonb       NOT NULL,
    version     bigint      NOT NULL CHECK (version > 0),
    opened_at   timestamptz NOT NULL,
    decided_at  timestamptz,
    CONSTRAINT task_of_round UNIQUE (order_id, round),
    CONSTRAINT task_claim CHECK ((state = 'claimed') = (claimed_by IS NOT NULL AND lease_until IS NOT NULL)),
    CONSTRAINT task_decision CHECK ((state IN ('open', 'claimed')) = (decided_at IS NULL))
);
-- The next one to claim.
CREATE INDEX task_queue ON task (priority, opened_at, id) WHERE state IN ('open', 'claimed');
-- Lists, oldest first: all, by state, by province.
CREATE INDEX task_by_opening ON task (opened_at, id);
CREATE INDEX task_by_state ON task (state, opened_at, id);
CREATE INDEX task_by_province ON task (province, opened_at, id);
-- A customer has one order in review at a time.
CREATE UNIQUE INDEX task_one_at_a_time ON task (order_id) WHERE state IN ('open', 'claimed');

CREATE TABLE task_event (
    task_id uuid        NOT NULL REFERENCES task (id),
    seq     bigint      NOT NULL CHECK (seq > 0),
    at      timestamptz NOT NULL,
    actor   text        NOT NULL,
    event   jsonb       NOT NULL,
    PRIMARY KEY (task_id, seq)
);

-- The exchange of one submission. `record` is our number of it at the authority.
CREATE TABLE exchange (
    record     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         uuid        NOT NULL CONSTRAINT exchange_id UNIQUE,
    order_id   uuid        NOT NULL,
    round      integer     NOT NULL CHECK (round > 0),
    account    uuid        NOT NULL,
    province   text        NOT NULL CHECK (province ~ '^[0-9]{6}$'),
    plan       jsonb       NOT NULL,
    state      text        NOT NULL CHECK (state IN ('waiting', 'begun', 'sending', 'sent', 'awaiting_sms', 'at_authority',
                                                     'granted', 'refused', 'lapsed', 'closed')),
    stage      jsonb       NOT NULL,
    attempts   integer     NOT NULL DEFAULT 0,
    next_at    timestamptz NOT NULL,
    trouble    text,
    opened_at  timestamptz NOT NULL,
    sent_at    timestamptz,
    changed_at timestamptz NOT NULL,
    CONSTRAINT exchange_of_round UNIQUE (order_id, round)
);
-- What may be sent now, the longest waiting first.
CREATE INDEX exchange_due ON exchange (next_at, record) WHERE state = 'begun';
-- Lists, newest first: all, and of one order.
CREATE INDEX exchange_by_order ON exchange (order_id, record);

-- The keys of our calls to the authority, each written before its call.
CREATE TABLE upload (
    id          uuid        PRIMARY KEY,
    record      bigint      NOT NULL REFERENCES exchange (record),
    sequence    bigint      NOT NULL CHECK (sequence > 0),
    state       text        NOT NULL CHECK (state IN ('written', 'taken', 'void')),
    held_until  timestamptz NOT NULL,
    written_at  timestamptz NOT NULL,
    settled_at  timestamptz,
    CONSTRAINT upload_settled CHECK ((state = 'written') = (settled_at IS NULL))
);
-- One call at a time: the authority counts our files without gaps.
CREATE UNIQUE INDEX upload_under_way ON upload ((true)) WHERE state = 'written';
-- A submission is taken once.
CREATE UNIQUE INDEX upload_taken ON upload (record) WHERE state = 'taken';

-- What orders must hear of an exchange, told one at a time, each when orders has taken the one before.
CREATE TABLE step (
    record       bigint      NOT NULL REFERENCES exchange (record),
    seq          bigint      NOT NULL CHECK (seq > 0),
    what         jsonb       NOT NULL,
    made_at      timestamptz NOT NULL,
    told_at      timestamptz,
    told         integer     NOT NULL DEFAULT 0,
    confirmed_at timestamptz,
    PRIMARY KEY (record, seq)
);
CREATE INDEX step_told ON step (told_at) WHERE confirmed_at IS NULL;

-- Files of answers that were read.
CREATE TABLE download (
    file    text        PRIMARY KEY,
    answers integer     NOT NULL,
    read_at timestamptz NOT NULL
);
