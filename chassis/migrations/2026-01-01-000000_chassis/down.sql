DROP TABLE dead_letter;
DROP TABLE audit;
DROP FUNCTION audit_is_append_only;
DROP TABLE idempotency_key;
DROP TABLE inbox;
DROP TABLE outbox;
DROP FUNCTION outbox_notify;
