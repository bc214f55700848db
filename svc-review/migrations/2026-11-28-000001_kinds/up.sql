-- Exchanges of every kind of order: by hand as well as by file, with the authority's ids of what is filed. No personal data.

ALTER TABLE exchange ADD COLUMN delivery text NOT NULL DEFAULT 'upload' CHECK (delivery IN ('upload', 'desk'));
-- What may be sent now, the longest waiting first.
DROP INDEX exchange_due;
CREATE INDEX exchange_due ON exchange (next_at, record) WHERE state = 'begun' AND delivery = 'upload';

-- Under which ids the authority answers about an exchange: for what was new the id that we gave, otherwise its own.
CREATE TABLE mark (
    record    bigint   NOT NULL REFERENCES exchange (record),
    operation smallint NOT NULL CHECK (operation BETWEEN 1 AND 7),
    id        bigint   NOT NULL CHECK (id > 0),
    number    text,
    passed_at timestamptz,
    PRIMARY KEY (record, operation, id)
);
-- Whose answer it is.
CREATE INDEX mark_by_id ON mark (operation, id, record);
-- Everything sent so far was a first filing, which goes by its record.
INSERT INTO mark (record, operation, id) SELECT record, 1, record FROM exchange;

-- The authority's ids of what is filed, by filing number, as its records told them.
CREATE TABLE filed_subject (
    number     text        PRIMARY KEY,
    id         bigint      NOT NULL CONSTRAINT filed_subject_id UNIQUE,
    updated_at timestamptz NOT NULL
);
CREATE TABLE filed_site (
    number     text        PRIMARY KEY,
    subject    text        NOT NULL REFERENCES filed_subject (number) ON DELETE CASCADE,
    id         bigint      NOT NULL CONSTRAINT filed_site_id UNIQUE,
    access     bigint,
    domains    jsonb       NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX filed_site_by_subject ON filed_site (subject);
