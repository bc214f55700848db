-- What saving a section of a draft does to its database: the owner's order, then one transaction.
\set n random(1, :rows)
SELECT id, account, nature, body, version, subject_index, person_index, data_key, created_at, touched_at FROM filing_order WHERE id = lpad(to_hex(:n::bigint), 32, '0')::uuid;
BEGIN;
SELECT id, account, nature, body, version, subject_index, person_index, data_key, created_at, touched_at FROM filing_order WHERE id = lpad(to_hex(:n::bigint), 32, '0')::uuid FOR UPDATE \gset
INSERT INTO draft_section (order_id, section, sealed) VALUES (:id::uuid, 'subject', decode(repeat('ab', 547), 'hex')) ON CONFLICT (order_id, section) DO UPDATE SET sealed = excluded.sealed;
SELECT section, sealed FROM draft_section WHERE order_id = :id::uuid;
UPDATE filing_order SET state = 'draft', body = :body::jsonb, version = :version::bigint + 1, subject_index = sha256(:id::text::bytea), person_index = decode(repeat('ab', 32), 'hex'), touched_at = now() WHERE id = :id::uuid AND version = :version::bigint;
INSERT INTO order_event (order_id, version, name, event, state, actor, role, at) VALUES (:id::uuid, :version::bigint + 1, 'saved', '{"event": "saved", "section": "subject"}', 'draft', 'bench', 'customer', now());
SELECT pg_advisory_xact_lock(hashtextextended(:id::text, 7));
SELECT seq, hash FROM audit WHERE aggregate = :id::uuid ORDER BY seq DESC LIMIT 1 \gset
INSERT INTO audit (aggregate, seq, at, actor, role, action, detail, hash) VALUES (:id::uuid, :seq::bigint + 1, now(), 'bench', 'customer', 'save', '{"state":"draft","version":2}', decode(repeat('ab', 32), 'hex'));
SELECT kind, service FROM material WHERE order_id = :id::uuid;
COMMIT;
