-- Rows for pgbench in the shape that the service writes. :rows is replaced by a number.
INSERT INTO task (id, order_id, round, account, province, kind, way, priority, state, review, version, opened_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n), 32, '0')::uuid, 1, lpad(to_hex(n), 32, '0')::uuid, '440000', 'first', 'curtain', 5, 'open', json_build_object('state', repeat('x', 200))::jsonb, 1, now() FROM generate_series(1::bigint, :rows) n;
INSERT INTO audit (aggregate, seq, at, actor, role, action, detail, hash) SELECT lpad(to_hex(n), 32, '0')::uuid, 1, now(), 'bench', 'reviewer', 'open', '{}', decode(repeat('ab', 32), 'hex') FROM generate_series(1::bigint, :rows) n;
ANALYZE;
