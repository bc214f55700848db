-- What passing a review does to its database, one transaction.
\set n random(1, :rows)
\set key random(1, 9223372036854775807)
BEGIN;
INSERT INTO idempotency_key (principal, key, fingerprint, created_at) VALUES ('bench', :key::text, decode(repeat('ab', 32), 'hex'), now()) ON CONFLICT DO NOTHING;
SELECT id, order_id, round, account, province, kind, way, priority, state, claimed_by, lease_until, first_by, review, version, opened_at, decided_at FROM task WHERE id = lpad(to_hex(:n::bigint), 32, '0')::uuid FOR UPDATE \gset
UPDATE task SET state = 'passed', claimed_by = NULL, lease_until = NULL, first_by = NULL, review = :review::jsonb, version = :version::bigint + 1, decided_at = now() WHERE id = :id::uuid;
INSERT INTO task_event (task_id, seq, at, actor, event) VALUES (:id::uuid, :version::bigint + 1, now(), 'bench', '{"by": ["reviewer-chen"], "event": "passed"}');
INSERT INTO outbox (message_id, topic, envelope, created_at, next_at) VALUES (:id::uuid, 'review.passed', :envelope, now(), now());
SELECT pg_advisory_xact_lock(hashtextextended(:id::text, 7));
SELECT seq, hash FROM audit WHERE aggregate = :id::uuid ORDER BY seq DESC LIMIT 1 \gset
INSERT INTO audit (aggregate, seq, at, actor, role, action, detail, hash) VALUES (:id::uuid, :seq::bigint + 1, now(), 'bench', 'reviewer', 'pass', '{"state":"passed"}', decode(repeat('ab', 32), 'hex'));
UPDATE idempotency_key SET reply = :reply WHERE principal = 'bench' AND key = :key::text;
COMMIT;
