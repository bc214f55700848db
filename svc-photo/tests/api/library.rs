//! What an account uploaded once is found again, and taken over into another order as a copy.

use domain::{
    order::{StateName, Way},
    region::Province,
};
use serde_json::json;

use crate::world::{World, jpeg};

const CUSTOMER: &str = "customer-liaoning";
const LICENCE: &str = "subject_certificate";
const CARD: &str = "principal_certificate_front";

#[tokio::test]
async fn materials_of_an_ended_order_are_taken_over_as_copies() {
    let world = World::start().await;
    let (old, new) = (world.electronic(StateName::Draft).await, world.electronic(StateName::Draft).await);
    let licence = world.material(CUSTOMER, &old, LICENCE, jpeg(1)).expect(201).await.unwrap();
    let card = world.material(CUSTOMER, &old, CARD, jpeg(2)).expect(201).await.unwrap();
    let before = world.material(CUSTOMER, &new, LICENCE, jpeg(3)).expect(201).await.unwrap();
    world.says(&old, 5, StateName::Expired);
    let customer = world.client(CUSTOMER);
    let body = json!({ "order": new.id, "materials": [
        { "material": licence.body["id"] }, { "material": card.body["id"], "service": 1 } ] });
    let copied = customer.post("/v1/material-copies").json(&body).key("again").expect(201).await.unwrap();
    let items = copied.list("/items").unwrap();
    assert_eq!((items[0]["kind"].as_str(), items[0].get("service")), (Some(LICENCE), None));
    assert_eq!((items[1]["kind"].as_str(), items[1]["service"].as_u64()), (Some(CARD), Some(1)));
    assert_eq!(items[0]["quality"], licence.body["quality"]);
    let again = customer.post("/v1/material-copies").json(&body).key("again").expect(201).await.unwrap();
    assert_eq!(again.body, copied.body, "a repetition copies nothing");
    let topics = world.topics().await;
    assert_eq!(topics[3..], ["material.removed", "material.accepted", "material.accepted"]);
    assert_eq!(world.objects(), 4, "two of each order");
    let gone = format!("/v1/materials/{}/content", before.text("/id").unwrap());
    customer.get(&gone).expect(404).await.unwrap();
    // Neither order can take the other's away.
    customer.delete(&format!("/v1/materials/{}", items[0]["id"].as_str().unwrap())).expect(204).await.unwrap();
    let kept = format!("/v1/materials/{}/content", licence.text("/id").unwrap());
    customer.get(&kept).expect(200).await.unwrap();
}

#[tokio::test]
async fn the_library_shows_each_picture_once_and_only_ones_own() {
    let world = World::start().await;
    let (first, second) = (world.electronic(StateName::Draft).await, world.electronic(StateName::Draft).await);
    world.material(CUSTOMER, &first, LICENCE, jpeg(1)).expect(201).await.unwrap();
    let newer = world.material(CUSTOMER, &second, LICENCE, jpeg(1)).expect(201).await.unwrap();
    let card = world.material(CUSTOMER, &second, CARD, jpeg(2)).expect(201).await.unwrap();
    let theirs = world.order("customer-other", Province::Liaoning, Way::Electronic);
    world.stands(&theirs, 1, StateName::Draft).await;
    world.material("customer-other", &theirs, LICENCE, jpeg(4)).expect(201).await.unwrap();
    let ids = async |query: &str| {
        let page = world.client(CUSTOMER).get(&format!("/v1/material-library{query}")).expect(200).await.unwrap();
        let ids: Vec<_> = page.list("/items").unwrap().iter().map(|item| item["id"].clone()).collect();
        (ids, page.body["next"].as_str().map(str::to_owned))
    };
    assert_eq!(ids("").await.0, [card.body["id"].clone(), newer.body["id"].clone()]);
    assert_eq!(ids(&format!("?kind={LICENCE}")).await.0, [newer.body["id"].clone()]);
    let (page, next) = ids("?limit=1").await;
    assert_eq!(page, [card.body["id"].clone()]);
    let (page, next) = ids(&format!("?limit=1&cursor={}", next.unwrap())).await;
    assert_eq!((page, next), (vec![newer.body["id"].clone()], None));
    world.client("colleague-liaoning").get("/v1/material-library").expect(403).await.unwrap();
    world.client("reviewer-chen").get("/v1/material-library").expect(403).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_taken_over_is_said_at_its_place_and_nothing_is_done() {
    let world = World::start().await;
    let (old, new) = (world.electronic(StateName::Draft).await, world.electronic(StateName::Draft).await);
    let theirs = world.order("customer-other", Province::Liaoning, Way::Electronic);
    world.stands(&theirs, 1, StateName::Draft).await;
    let foreign = world.material("customer-other", &theirs, LICENCE, jpeg(1)).expect(201).await.unwrap();
    let licence = world.material(CUSTOMER, &old, LICENCE, jpeg(2)).expect(201).await.unwrap();
    let customer = world.client(CUSTOMER);
    let good = json!({ "material": licence.body["id"] });
    for (key, odd, status, place, rule) in [
        ("1", json!({ "material": foreign.body["id"] }), 422, "/materials/1/material", "material.unknown"),
        ("2", json!({ "material": new.id }), 422, "/materials/1/material", "material.unknown"),
        ("3", json!({ "material": licence.body["id"], "service": 0 }), 422, "/materials/1/service", "material.service"),
    ] {
        let body = json!({ "order": new.id, "materials": [good, odd] });
        let answer = customer.post("/v1/material-copies").json(&body).key(key).expect(status).await.unwrap();
        assert_eq!(answer.text("/errors/0/pointer").unwrap(), place);
        assert_eq!(answer.text("/errors/0/rule").unwrap(), rule);
    }
    let none = json!({ "order": new.id, "materials": [] });
    customer.post("/v1/material-copies").json(&none).key("4").expect(422).await.unwrap();
    let into_theirs = json!({ "order": theirs.id, "materials": [good] });
    customer.post("/v1/material-copies").json(&into_theirs).key("5").expect(404).await.unwrap();
    world.stands(&new, 7, StateName::Reviewing).await;
    let late = json!({ "order": new.id, "materials": [good] });
    customer.post("/v1/material-copies").json(&late).key("6").expect(409).await.unwrap();
    assert_eq!((world.topics().await.len(), world.objects()), (2, 2));
}
