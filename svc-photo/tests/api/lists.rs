//! Lists: page by page, and each through its index; the schema as diesel sees it.

use std::collections::BTreeSet;

use domain::{order::StateName, region::Province};

use crate::world::World;

/// Many photos and curtains of many accounts, as a database has them after a while.
const MANY: &str = "
    INSERT INTO photo (id, order_id, account, province, state, body, object, quality, created_at)
    SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '210000',
           CASE WHEN n % 50 = 0 THEN 'waiting' ELSE 'accepted' END,
           CASE WHEN n % 50 = 0 THEN '{\"name\":\"waiting\"}' ELSE '{\"name\":\"accepted\"}' END::jsonb,
           'photo/' || n,
           '{\"width\":1,\"height\":1,\"bytes\":1,\"sha256\":\"\",\"brightness\":1.0,\"sharpness\":1.0}', now()
    FROM generate_series(1, 3000) n;
    INSERT INTO curtain (id, order_id, account, state, body, dispatch_at, created_at)
    SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
           CASE WHEN n % 50 = 0 THEN 'requested' ELSE 'dispatched' END,
           CASE WHEN n % 50 = 0 THEN '{\"name\":\"requested\",\"dispatch_at\":\"2027-01-04T08:00:00Z\"}'
                ELSE '{\"name\":\"dispatched\",\"at\":\"2026-01-05T08:00:00Z\"}' END::jsonb,
           '2027-01-04T08:00:00Z', now()
    FROM generate_series(1, 3000) n;
    INSERT INTO material (id, order_id, account, kind, object, quality, created_at)
    SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'subject_certificate', 'material/' || n,
           '{\"width\":1,\"height\":1,\"bytes\":1,\"sha256\":\"\",\"brightness\":1.0,\"sharpness\":1.0}', now()
    FROM generate_series(1, 3000) n;
    INSERT INTO verification (id, order_id, outcome, person, result, created_at)
    SELECT gen_random_uuid(), gen_random_uuid(), 'failed', 'x', 'x', now() FROM generate_series(1, 3000) n;
    ANALYZE photo, curtain, material, verification;
";

#[tokio::test]
async fn a_list_goes_on_where_it_stopped_and_only_with_its_own_filters() {
    let world = World::start().await;
    world.sql(MANY, &[]).await;
    let reviewer = world.client("reviewer-chen");
    let (mut seen, mut next) = (BTreeSet::new(), String::new());
    loop {
        let page = reviewer.get(&format!("/v1/photos?state=waiting&limit=25{next}")).expect(200).await.unwrap();
        let items = page.list("/items").unwrap();
        assert!(items.iter().all(|photo| photo["state"] == "waiting"));
        let ids: Vec<_> = items.iter().map(|photo| photo["id"].as_str().unwrap().to_owned()).collect();
        assert!(ids.is_sorted() && ids.len() <= 25);
        for id in ids {
            assert!(seen.insert(id), "shown twice");
        }
        let Some(cursor) = page.body["next"].as_str() else { break };
        next = format!("&cursor={cursor}");
    }
    assert_eq!(seen.len(), 60);
    reviewer.get(&format!("/v1/photos?state=accepted{next}")).expect(400).await.unwrap();
    for odd in ["limit=0", "limit=101", "cursor=nonsense", "colour=red", "order=7"] {
        reviewer.get(&format!("/v1/photos?{odd}")).expect(400).await.unwrap();
    }
}

#[tokio::test]
async fn a_state_that_nothing_has_is_refused() {
    let world = World::start().await;
    let operations = world.client("operations-wu");
    for path in ["/v1/photos?state=pretty", "/v1/curtains?state=flying"] {
        operations.get(path).expect(400).await.unwrap();
    }
}

/// Every list as each kind of person asks for it, while PostgreSQL is told to avoid reading whole tables: whatever it still
/// reads whole has no index.
#[tokio::test]
async fn no_list_reads_a_whole_table() {
    let world = World::start().await;
    let mine = world.electronic(StateName::Draft).await;
    world.sql(MANY, &[]).await;
    let scans = "SELECT relname, seq_scan FROM pg_stat_user_tables
                 WHERE relname IN ('photo', 'curtain', 'material', 'verification') ORDER BY relname";
    let name = world.sql("SELECT current_database()", &[]).await[0][0].clone();
    // The pool finds its connections gone and opens others, which obey.
    world.sql(&format!("ALTER DATABASE {name} SET enable_seqscan = off"), &[]).await;
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    world.sql(others, &[]).await;
    let before = settled(&world, scans).await;
    let token = |provinces: &[&str]| {
        let token = world.stage.outside.sandbox.identity.token_with("reviewer", None, provinces).unwrap();
        sandbox::kit::Client::new(world.stage.base.clone(), Some(token))
    };
    let people = [
        world.client("customer-liaoning"),
        world.client("operations-wu"),
        token(&[]),
        token(&[Province::Liaoning.code()]),
    ];
    for query in ["", "?kind=subject_certificate"] {
        world.client("customer-liaoning").get(&format!("/v1/material-library{query}")).expect(200).await.unwrap();
    }
    for person in &people {
        for query in ["", "?state=waiting", &format!("?order={}", mine.id)] {
            person.get(&format!("/v1/photos{query}")).expect(200).await.unwrap();
        }
        for query in ["", "?state=requested", &format!("?order={}", mine.id)] {
            person.get(&format!("/v1/curtains{query}")).expect(200).await.unwrap();
        }
        for path in ["/v1/materials", "/v1/verifications"] {
            person.get(&format!("{path}?order={}", mine.id)).expect(200).await.unwrap();
        }
    }
    world.sql(others, &[]).await;
    assert_eq!(settled(&world, scans).await, before);
}

/// Counters are written when a connection ends or rests.
async fn settled(world: &World, scans: &str) -> Vec<Vec<String>> {
    let mut last = world.sql(scans, &[]).await;
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        let now = world.sql(scans, &[]).await;
        if now == last {
            return now;
        }
        last = now;
    }
}

/// The columns of `src/store/schema.rs` are those of the database.
#[tokio::test]
async fn the_schema_is_the_databases() {
    let world = World::start().await;
    let source = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/schema.rs")).unwrap();
    let mut written = BTreeSet::new();
    let mut table = String::new();
    for line in source.lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|(name, rest)| !name.contains('-') && rest.ends_with('{'))
        {
            table = name.to_owned();
        } else if let Some((column, kind)) = line.trim_end_matches(',').split_once(" -> ") {
            written.insert((table.clone(), column.to_owned(), kind.starts_with("Nullable")));
        }
    }
    let tables: BTreeSet<_> = written.iter().map(|(table, ..)| format!("'{table}'")).collect();
    let list = tables.into_iter().collect::<Vec<_>>().join(",");
    let sql = format!(
        "SELECT table_name, column_name, is_nullable FROM information_schema.columns WHERE table_name IN ({list})"
    );
    let rows = world.sql(&sql, &[]).await;
    let real: BTreeSet<_> = rows.into_iter().map(|row| (row[0].clone(), row[1].clone(), row[2] == "YES")).collect();
    assert_eq!(written, real);
}
