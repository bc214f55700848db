DROP TABLE filed_site;
DROP TABLE filed_subject;
DROP TABLE mark;
DROP INDEX exchange_due;
CREATE INDEX exchange_due ON exchange (next_at, record) WHERE state = 'begun';
ALTER TABLE exchange DROP COLUMN delivery;
