-- Rows for pgbench in the shape that the service writes. :rows is replaced by a number.
INSERT INTO filing_order (id, account, kind, province, nature, way, state, body, version, subject_index, person_index, data_key, created_at, touched_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n), 32, '0')::uuid, 'first', '440000', 5, 'curtain', 'draft', json_build_object('state', repeat('x', 200))::jsonb, 4, sha256(n::text::bytea), sha256(n::text::bytea), decode(repeat('ab', 69), 'hex'), now(), now() FROM generate_series(1::bigint, :rows) n;
INSERT INTO draft_section (order_id, section, sealed) SELECT lpad(to_hex(n), 32, '0')::uuid, section, decode(repeat('ab', 500), 'hex') FROM generate_series(1::bigint, :rows) n, unnest(array['subject', 'services', 'consent']) section;
INSERT INTO material (id, order_id, kind) SELECT lpad(to_hex(n * 8 + k), 32, '0')::uuid, lpad(to_hex(n), 32, '0')::uuid, 'subject_certificate' FROM generate_series(1::bigint, :rows) n, generate_series(1, 5) k;
INSERT INTO audit (aggregate, seq, at, actor, role, action, detail, hash) SELECT lpad(to_hex(n), 32, '0')::uuid, 1, now(), 'bench', 'customer', 'open', '{"state":"draft","version":1}', decode(repeat('ab', 32), 'hex') FROM generate_series(1::bigint, :rows) n;
ANALYZE;
