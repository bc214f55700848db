-- What claiming a review does to its database, one transaction.
\set n random(1, :rows)
\set key random(1, 9223372036854775807)
BEGIN;
INSERT INTO idempotency_key (principal, key, fingerprint, created_at) VALUES ('bench', :key::text, decode(repeat('ab', 32), 'hex'), now()) ON CONFLICT DO NOTHING;
SELECT id, order_id, round, account, province, kind, way, priority, state, claimed_by, lease_until, first_by, review, version, opened_at, decided_at FROM task WHERE id = lpad(to_hex(:n::bigint), 32, '0')::uuid FOR UPDATE \gset
UPDATE task SET state = 'claimed', claimed_by = 'bench', lease_until = now(), first_by = NULL, review = :review::jsonb, version = :version::bigint + 1, decided_at = NULL WHERE id = :id::uuid;
INSERT INTO task_event (task_id, seq, at, actor, event) VALUES (:id::uuid, :version::bigint + 1, now(), 'bench', '{"by": "reviewer-chen", "event": "claimed", "until": "2026-11-25T13:05:00.648018013Z"}');
SELECT pg_advisory_xact_lock(hashtextextended(:id::text, 7));
SELECT seq, hash FROM audit WHERE aggregate = :id::uuid ORDER BY seq DESC LIMIT 1 \gset
INSERT INTO audit (aggregate, seq, at, actor, role, action, detail, hash) VALUES (:id::uuid, :seq::bigint + 1, now(), 'bench', 'reviewer', 'claim', '{"state":"claimed"}', decode(repeat('ab', 32), 'hex'));
UPDATE idempotency_key SET reply = :reply WHERE principal = 'bench' AND key = :key::text;
COMMIT;
