//! The delivery log: whose it is, page by page.

use serde_json::json;
use tokio_postgres::NoTls;

use crate::world::World;

/// Runs a statement on the service's database, behind its back.
pub(crate) async fn run(world: &World, statement: &str) {
    let (client, connection) = tokio_postgres::connect(world.stage.database.url().as_str(), NoTls).await.unwrap();
    tokio::select! {
        done = client.batch_execute(statement) => done.unwrap(),
        ended = connection => ended.unwrap(),
    }
}

#[tokio::test]
async fn a_customer_sees_the_notices_of_the_own_orders_alone() {
    let world = World::start().await;
    world.stage.deliver(&world.returned()).await.unwrap();
    let notices = world.all("sent").await;
    let one = format!("/v1/notices/{}", notices[0]["id"].as_str().unwrap());
    let of_order = format!("/v1/notices?order={}", world.order);
    let (me, other) = (world.customer(), world.stage.client("customer-other").unwrap());
    assert_eq!(me.get(&of_order).expect(200).await.unwrap().list("/items").unwrap().len(), 2);
    assert_eq!(me.get("/v1/notices").expect(200).await.unwrap().list("/items").unwrap().len(), 2);
    me.get(&one).expect(200).await.unwrap();
    other.get(&of_order).expect(404).await.unwrap();
    other.get(&one).expect(404).await.unwrap();
    assert!(other.get("/v1/notices").expect(200).await.unwrap().list("/items").unwrap().is_empty());
}

#[tokio::test]
async fn an_order_that_no_message_told_of_yet_is_asked_for() {
    let world = World::start().await;
    let brief = format!("/v1/peer/orders/{}/brief", world.order);
    world.stage.outside.peers.answer(&brief, 200, json!({ "id": world.order, "account": world.account }));
    let of_order = format!("/v1/notices?order={}", world.order);
    world.customer().get(&of_order).expect(200).await.unwrap();
    world.stage.client("customer-other").unwrap().get(&of_order).expect(404).await.unwrap();
    let unknown = "/v1/notices?order=01990000-0000-7000-8000-00000000dead";
    world.customer().get(unknown).expect(404).await.unwrap();
}

#[tokio::test]
async fn a_sub_account_sees_the_notices_of_an_order_that_it_may_see_now() {
    let world = World::start().await;
    world.stage.deliver(&world.returned()).await.unwrap();
    let notices = world.all("sent").await;
    let one = format!("/v1/notices/{}", notices[0]["id"].as_str().unwrap());
    let of_order = format!("/v1/notices?order={}", world.order);
    let colleague = world.stage.client("colleague-liaoning").unwrap();
    let brief = format!("/v1/peer/orders/{}/brief", world.order);
    for (rights, expected) in [(json!(["read", "edit"]), 200), (json!(["codes"]), 404), (json!([]), 404)] {
        let says = json!({ "id": world.order, "account": world.account, "rights": rights });
        world.stage.outside.peers.answer(&brief, 200, says);
        colleague.get(&of_order).expect(expected).await.unwrap();
        colleague.get(&one).expect(expected).await.unwrap();
    }
    colleague.get("/v1/notices").expect(403).await.unwrap();
}

#[tokio::test]
async fn pages_follow_each_other_and_cursors_fit_their_list_alone() {
    let world = World::start().await;
    for version in 3..8 {
        let message = world.news(version, domain::order::StateName::Draft, domain::order::Event::Withdrawn);
        world.stage.deliver(&message).await.unwrap();
    }
    let client = world.customer();
    let mut seen = Vec::new();
    let mut path = format!("/v1/notices?order={}&limit=2", world.order);
    let first = path.clone();
    let mut cursors = Vec::new();
    loop {
        let page = client.get(&path).expect(200).await.unwrap();
        seen.extend(page.list("/items").unwrap().iter().map(|notice| notice["id"].as_str().unwrap().to_owned()));
        let Ok(next) = page.text("/next") else { break };
        cursors.push(next.to_owned());
        path = format!("{first}&cursor={next}");
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "newest first, and each once: {seen:?}");
    client.get(&format!("/v1/notices?cursor={}", cursors[0])).expect(400).await.unwrap();
    client.get("/v1/notices?limit=0").expect(400).await.unwrap();
    client.get("/v1/notices?limit=101").expect(400).await.unwrap();
    client.get("/v1/notices/nothing").expect(404).await.unwrap();
}
