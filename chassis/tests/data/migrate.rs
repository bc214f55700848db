//! Migrations run once, by one at a time, forward and back.

use chassis::db::migrate;

use crate::world::{OWN, World, empty};

const TABLES: &str = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> \
                      '__diesel_schema_migrations'";

async fn up_down_up() {
    let world = World::new().await;
    assert_eq!(world.number(TABLES).await, 6);
    migrate::revert_all(&world.args, OWN).await.unwrap();
    assert_eq!(world.number(TABLES).await, 0);
    assert_eq!(world.number("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace").await, 0);
    let names = migrate::pending(&world.args, OWN).await.unwrap();
    assert_eq!(names, ["2026-01-01-000000_chassis", "2026-01-02-000000_thing"]);
    migrate::run(&world.args, OWN).await.unwrap();
    assert_eq!(world.number(TABLES).await, 6);
    assert!(migrate::pending(&world.args, OWN).await.unwrap().is_empty());
    assert!(migrate::run(&world.args, OWN).await.unwrap().is_empty());
}

#[tokio::test]
async fn migrations_go_up_down_and_up_on_one_thread() {
    up_down_up().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_up_down_and_up_on_several_threads() {
    up_down_up().await;
}

#[tokio::test]
async fn of_several_who_migrate_one_does_and_the_others_wait() {
    let (args, _url, _guard) = empty().await;
    let (one, two, three) = tokio::join!(migrate::run(&args, OWN), migrate::run(&args, OWN), migrate::run(&args, OWN));
    let mut done = [one.unwrap().len(), two.unwrap().len(), three.unwrap().len()];
    done.sort_unstable();
    assert_eq!(done, [0, 0, 2]);
}

#[tokio::test]
async fn a_number_that_the_chassis_has_taken_is_refused() {
    let (args, _url, _guard) = empty().await;
    let error = migrate::run(&args, migrate::MIGRATIONS).await.unwrap_err().to_string();
    assert!(error.contains("2026-01-01-000000_chassis needs another number"), "{error}");
}
