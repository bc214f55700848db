//! No personal data stays here: after a whole filing, no text of any column holds the example's people.

use serde_json::{Value, json};
use tokio_postgres::NoTls;

use crate::world::World;

#[tokio::test]
async fn no_column_holds_the_example_s_people() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = world.filing();
    world.submit(&mut filing).await?;
    let task = world.task_id(&filing).await?;
    world.show(&filing);
    world.act("reviewer-chen", &task, "claim", Value::Null).await?;
    world.reviewer("reviewer-chen").get(&format!("/v1/review/tasks/{task}/dossier")).expect(200).await?;
    for principal in ["subject", "service"] {
        world.act("reviewer-chen", &task, "calls", json!({ "principal": principal, "outcome": "reached" })).await?;
    }
    world.act("reviewer-chen", &task, "pass", Value::Null).await?;
    let passed = domain::order::Event::Passed { by: Vec::new() };
    world.tell(&mut filing, domain::order::StateName::ToAuthority, passed).await?;
    world.show(&filing);
    world.round(&mut filing).await?;
    world.verify_both().await?;
    assert_eq!(world.round(&mut filing).await?.last(), Some(&"granted"));

    let everything = dump(&world).await?;
    assert!(everything.contains(&filing.order.to_string()), "the dump holds the rows");
    let people = [
        "林示范",
        "陈样本",
        "210102190301010016",
        "210103190402020025",
        "13800001001",
        "13800001002",
        "lin@example.com",
        "辽宁示例网络科技有限公司",
        "91210000EXAMPLE03F",
        "示例路",
    ];
    for text in people {
        assert!(!everything.contains(text), "{text} stands in the database");
    }
    Ok(())
}

#[tokio::test]
async fn a_question_about_a_certificate_leaves_one_line_without_its_number() -> anyhow::Result<()> {
    let world = World::open().await?;
    let token = world.stage.outside.sandbox.identity.token_with("service", None, &[])?;
    let peer = sandbox::kit::Client::new(world.stage.base.clone(), Some(token));
    let asked = json!({ "certificate": { "kind": 2, "number": "210102190301010016" }, "domains": [] });
    peer.post("/v1/peer/status").json(&asked).expect(200).await?;
    let everything = dump(&world).await?;
    assert!(everything.contains("authority.status"), "somebody asked");
    assert!(!everything.contains("210102190301010016"), "the number stands in the database");
    Ok(())
}

/// Every row of every table, as JSON text.
async fn dump(world: &World) -> anyhow::Result<String> {
    let (client, connection) = tokio_postgres::connect(world.stage.database.url().as_str(), NoTls).await?;
    let reading = async {
        let list = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
        let mut everything = String::new();
        for row in client.query(list, &[]).await? {
            let table: String = row.get(0);
            for row in client.query(&format!("SELECT row_to_json(t)::text FROM \"{table}\" t"), &[]).await? {
                everything.push_str(row.get(0));
            }
        }
        anyhow::Ok(everything)
    };
    tokio::select! {
        everything = reading => everything,
        ended = connection => { ended?; anyhow::bail!("the connection ended") }
    }
}

#[tokio::test]
async fn the_schema_is_as_the_code_sees_it_and_goes_down_and_up() -> anyhow::Result<()> {
    let world = World::open().await?;
    let up = [
        include_str!("../../migrations/2026-01-01-000001_review/up.sql"),
        include_str!("../../migrations/2026-11-28-000001_kinds/up.sql"),
    ];
    let down = [
        include_str!("../../migrations/2026-11-28-000001_kinds/down.sql"),
        include_str!("../../migrations/2026-01-01-000001_review/down.sql"),
    ];
    let (client, connection) = tokio_postgres::connect(world.stage.database.url().as_str(), NoTls).await?;
    let work = async {
        for step in down.into_iter().chain(up) {
            client.batch_execute(step).await?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        done = work => done?,
        ended = connection => ended?,
    }
    // Every statement of the stores names its columns, so that a whole filing meets all of them.
    let mut filing = world.filing();
    world.submit(&mut filing).await?;
    assert_eq!(world.task(&filing).await?["state"], "open");
    Ok(())
}
