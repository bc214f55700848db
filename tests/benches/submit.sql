-- What submitting an order does to its database: the owner's order, then one transaction.
\set n random(1, :rows)
\set key random(1, 9223372036854775807)
SELECT id, account, nature, body, version, subject_index, person_index, data_key, created_at, touched_at FROM filing_order WHERE id = lpad(to_hex(:n::bigint), 32, '0')::uuid;
BEGIN;
INSERT INTO idempotency_key (principal, key, fingerprint, created_at) VALUES ('bench', :key::text, decode(repeat('ab', 32), 'hex'), now()) ON CONFLICT DO NOTHING;
SELECT id, account, nature, body, version, subject_index, person_index, data_key, created_at, touched_at FROM filing_order WHERE id = lpad(to_hex(:n::bigint), 32, '0')::uuid FOR UPDATE \gset
SELECT section, sealed FROM draft_section WHERE order_id = :id::uuid;
SELECT kind, service FROM material WHERE order_id = :id::uuid;
UPDATE filing_order SET state = 'reviewing', body = :body::jsonb, version = :version::bigint + 1, subject_index = sha256(:id::text::bytea), person_index = decode(repeat('ab', 32), 'hex'), touched_at = now() WHERE id = :id::uuid AND version = :version::bigint;
INSERT INTO order_event (order_id, version, name, event, state, actor, role, at) VALUES (:id::uuid, :version::bigint + 1, 'submitted', '{"event": "submitted", "round": 1}', 'reviewing', 'bench', 'customer', now());
SELECT pg_advisory_xact_lock(hashtextextended(:id::text, 7));
SELECT seq, hash FROM audit WHERE aggregate = :id::uuid ORDER BY seq DESC LIMIT 1 \gset
INSERT INTO audit (aggregate, seq, at, actor, role, action, detail, hash) VALUES (:id::uuid, :seq::bigint + 1, now(), 'bench', 'customer', 'submit', '{"state":"reviewing","version":5}', decode(repeat('ab', 32), 'hex'));
INSERT INTO outbox (message_id, topic, envelope, created_at, next_at) VALUES (:id::uuid, 'order.submitted', :envelope, now(), now());
UPDATE idempotency_key SET reply = :reply WHERE principal = 'bench' AND key = :key::text;
COMMIT;
