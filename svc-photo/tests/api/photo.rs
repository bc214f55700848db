//! Curtain photos: uploaded while one is wanted, seen by the reviewers of the province, judged once.

use domain::{
    message::{Message, PhotoStep},
    order::StateName,
};
use serde_json::{Value, json};

use crate::world::{Owned, World, jpeg, same};

const CUSTOMER: &str = "customer-guangdong";
const REVIEWER: &str = "reviewer-lin";

async fn upload(world: &World, order: &Owned, seed: u8, status: u16) -> sandbox::kit::Answer {
    world.picture(CUSTOMER, "/v1/photos", order, jpeg(seed)).expect(status).await.unwrap()
}

/// An order in photo review, and its photo.
async fn waiting(world: &World) -> (Owned, String) {
    let order = world.curtain(StateName::PhotoPending).await;
    let photo = upload(world, &order, 1, 201).await.text("/id").unwrap().to_owned();
    world.stands(&order, 2, StateName::PhotoReviewing).await;
    (order, photo)
}

fn reasons(codes: &[&str]) -> Value {
    let reasons: Vec<_> = codes.iter().map(|code| json!({ "code": code })).collect();
    json!({ "reasons": reasons })
}

#[tokio::test]
async fn a_photo_waits_is_looked_at_and_accepted() {
    let world = World::start().await;
    let (order, photo) = waiting(&world).await;
    let reviewer = world.client(REVIEWER);
    let list = reviewer.get("/v1/photos?state=waiting").expect(200).await.unwrap();
    assert_eq!(list.text("/items/0/id").unwrap(), photo);
    assert!(list.body["items"][0]["quality"]["sharpness"].as_f64().unwrap() > 10.0);
    let shown = reviewer.get(&format!("/v1/photos/{photo}/content")).expect(200).await.unwrap();
    assert_eq!(shown.headers["content-type"], "image/jpeg");
    let accept = || reviewer.post(&format!("/v1/photos/{photo}/accept")).key("once");
    let accepted = accept().expect(200).await.unwrap();
    assert_eq!(accepted.text("/state").unwrap(), "accepted");
    world.stands(&order, 3, StateName::ToAuthority).await;
    assert!(same(&accepted.body, &accept().expect(200).await.unwrap().body));
    assert_eq!(world.topics().await, ["photo.uploaded", "photo.accepted"]);
    let trail: Vec<_> = world.audit(&order).await.into_iter().map(|(_, role, action)| (role, action)).collect();
    let row = |role: &str, action: &str| (role.to_owned(), action.to_owned());
    let wanted = [row("customer", "photo.uploaded"), row("reviewer", "photo.seen"), row("reviewer", "photo.accepted")];
    assert_eq!(trail, wanted);
}

#[tokio::test]
async fn a_refused_photo_says_why_and_another_one_may_come() {
    let world = World::start().await;
    let (order, photo) = waiting(&world).await;
    let path = format!("/v1/photos/{photo}/refuse");
    let reviewer = world.client(REVIEWER);
    let body = json!({ "reasons": [{ "code": "photo_too_dark", "note": "看不清 / cannot be made out" }] });
    let refused = reviewer.post(&path).json(&body).expect(200).await.unwrap();
    assert_eq!(refused.text("/state").unwrap(), "refused");
    assert_eq!(refused.text("/reasons/0/code").unwrap(), "photo_too_dark");
    let told = world.stage.outbox().await.unwrap();
    let Some(Message::Photo(news)) = told.last() else { panic!("{told:?}") };
    assert!(matches!(&news.step, PhotoStep::Refused { reasons, .. } if reasons[0].code == "photo_too_dark"));
    let twice = reviewer.post(&path).json(&body).expect(409).await.unwrap();
    assert_eq!(twice.errors()[0].1, "photo.decided");
    world.stands(&order, 3, StateName::PhotoPending).await;
    upload(&world, &order, 2, 201).await;
    let all = world.client(CUSTOMER).get(&format!("/v1/photos?order={}", order.id)).expect(200).await.unwrap();
    let states: Vec<_> = all.list("/items").unwrap().iter().map(|photo| photo["state"].clone()).collect();
    assert_eq!(states, ["refused", "waiting"]);
}

#[tokio::test]
async fn a_refusal_needs_reasons_that_the_catalogue_knows() {
    let world = World::start().await;
    let (_, photo) = waiting(&world).await;
    let path = format!("/v1/photos/{photo}/refuse");
    let reviewer = world.client(REVIEWER);
    let none = reviewer.post(&path).json(&reasons(&[])).expect(422).await.unwrap();
    assert_eq!(none.errors(), [("/reasons".to_owned(), "photo.no_reasons".to_owned())]);
    let odd = reviewer.post(&path).json(&reasons(&["photo_too_dark", "ugly"])).expect(422).await.unwrap();
    assert_eq!(odd.errors(), [("/reasons/1/code".to_owned(), "reason.known".to_owned())]);
    assert_eq!(world.topics().await, ["photo.uploaded"]);
}

#[tokio::test]
async fn one_photo_waits_at_a_time() {
    let world = World::start().await;
    let order = world.curtain(StateName::PhotoPending).await;
    upload(&world, &order, 1, 201).await;
    // Orders has not heard of the first one yet.
    upload(&world, &order, 2, 409).await;
    assert_eq!((world.topics().await.len(), world.objects()), (1, 1));
}

#[tokio::test]
async fn a_photo_comes_only_while_one_is_wanted() {
    let world = World::start().await;
    for state in [StateName::Draft, StateName::Reviewing, StateName::PhotoReviewing, StateName::Abandoned] {
        let order = world.curtain(state).await;
        assert_eq!(upload(&world, &order, 1, 409).await.errors()[0].1, "photo.not_wanted");
    }
    assert_eq!((world.topics().await.len(), world.objects()), (0, 0));
}

#[tokio::test]
async fn a_verdict_waits_until_orders_has_heard_of_the_photo() {
    let world = World::start().await;
    let order = world.curtain(StateName::PhotoPending).await;
    let photo = upload(&world, &order, 1, 201).await.text("/id").unwrap().to_owned();
    let path = format!("/v1/photos/{photo}/accept");
    world.client(REVIEWER).post(&path).expect(409).await.unwrap();
    // Its news are late, and orders itself knows.
    world.says(&order, 2, StateName::PhotoReviewing);
    world.client(REVIEWER).post(&path).expect(200).await.unwrap();
}

#[tokio::test]
async fn a_photo_of_another_province_does_not_exist() {
    let world = World::start().await;
    let (_, photo) = waiting(&world).await;
    let token = world.stage.outside.sandbox.identity.token_with("reviewer", None, &["210000"]).unwrap();
    let reviewer = sandbox::kit::Client::new(world.stage.base.clone(), Some(token));
    reviewer.get(&format!("/v1/photos/{photo}/content")).expect(404).await.unwrap();
    reviewer.post(&format!("/v1/photos/{photo}/accept")).expect(404).await.unwrap();
    let list = reviewer.get("/v1/photos").expect(200).await.unwrap();
    assert!(list.list("/items").unwrap().is_empty());
    world.client("customer-other").get(&format!("/v1/photos/{photo}/content")).expect(404).await.unwrap();
}
