-- What opening an order does to its database, one transaction of the same statements (`make bench` compares them).
\set n random(1, 9223372036854775807)
BEGIN;
INSERT INTO idempotency_key (principal, key, fingerprint, created_at) VALUES ('bench', :n::text, decode(repeat('ab', 32), 'hex'), now()) ON CONFLICT DO NOTHING;
INSERT INTO filing_order (id, account, kind, province, nature, way, state, body, version, data_key, created_at, touched_at) VALUES (lpad(to_hex(:n::bigint), 32, '0')::uuid, lpad(to_hex(:n::bigint), 32, '0')::uuid, 'first', '440000', 5, 'curtain', 'draft', :body, 1, decode(repeat('ab', 69), 'hex'), now(), now());
INSERT INTO order_event (order_id, version, name, event, state, actor, role, at) VALUES (lpad(to_hex(:n::bigint), 32, '0')::uuid, 1, 'opened', '{"event": "opened"}', 'draft', 'bench', 'customer', now());
SELECT pg_advisory_xact_lock(hashtextextended(:n::text, 7));
SELECT seq, hash FROM audit WHERE aggregate = lpad(to_hex(:n::bigint), 32, '0')::uuid ORDER BY seq DESC LIMIT 1;
INSERT INTO audit (aggregate, seq, at, actor, role, action, detail, hash) VALUES (lpad(to_hex(:n::bigint), 32, '0')::uuid, 1, now(), 'bench', 'customer', 'open', '{"state":"draft","version":1}', decode(repeat('ab', 32), 'hex'));
INSERT INTO outbox (message_id, topic, envelope, created_at, next_at) VALUES (lpad(to_hex(:n::bigint), 32, '0')::uuid, 'order.opened', :envelope, now(), now());
UPDATE idempotency_key SET reply = :reply WHERE principal = 'bench' AND key = :n::text;
COMMIT;
