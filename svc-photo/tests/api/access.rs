//! What belongs to somebody else does not exist, and reviewers see their provinces only.

use domain::{
    order::{StateName, Way},
    region::Province,
};
use serde_json::json;

use crate::world::{World, jpeg};

#[tokio::test]
async fn somebody_elses_order_does_not_exist() {
    let world = World::start().await;
    let order = world.electronic(StateName::Draft).await;
    let kept = world.material("customer-liaoning", &order, "subject_certificate", jpeg(1)).expect(201).await.unwrap();
    let other = world.client("customer-other");
    let id = kept.text("/id").unwrap();
    other.get(&format!("/v1/materials/{id}/content")).expect(404).await.unwrap();
    other.get(&format!("/v1/materials?order={}", order.id)).expect(404).await.unwrap();
    other.get(&format!("/v1/verifications?order={}", order.id)).expect(404).await.unwrap();
    other.post("/v1/curtains").json(&json!({ "order": order.id })).expect(404).await.unwrap();
    for path in ["/v1/photos", "/v1/verifications"] {
        world.picture("customer-other", path, &order, jpeg(1)).expect(404).await.unwrap();
    }
    world.material("customer-other", &order, "subject_certificate", jpeg(1)).expect(404).await.unwrap();
    for path in ["/v1/photos", "/v1/curtains"] {
        let list = other.get(&format!("{path}?order={}", order.id)).expect(200).await.unwrap();
        assert!(list.list("/items").unwrap().is_empty());
    }
    assert_eq!((world.topics().await.len(), world.objects()), (1, 1));
}

#[tokio::test]
async fn reviewers_see_the_orders_of_their_provinces_and_operations_see_all() {
    let world = World::start().await;
    let order = world.curtain(StateName::Draft).await;
    let kept =
        world.material("customer-guangdong", &order, "principal_certificate_front", jpeg(1)).expect(201).await.unwrap();
    let content = format!("/v1/materials/{}/content", kept.text("/id").unwrap());
    let of = |provinces: &[&str]| {
        let token = world.stage.outside.sandbox.identity.token_with("reviewer", None, provinces).unwrap();
        sandbox::kit::Client::new(world.stage.base.clone(), Some(token))
    };
    of(&[Province::Liaoning.code()]).get(&content).expect(404).await.unwrap();
    of(&[Province::Guangdong.code()]).get(&content).expect(200).await.unwrap();
    of(&[]).get(&content).expect(200).await.unwrap();
    world.client("operations-wu").get(&content).expect(200).await.unwrap();
    let roles: Vec<_> = world.audit(&order).await.into_iter().map(|(_, role, action)| (role, action)).collect();
    let seen: Vec<_> = roles.iter().filter(|(_, action)| action == "material.seen").map(|(role, _)| role).collect();
    assert_eq!(seen, ["reviewer", "reviewer", "operations"]);
}

#[tokio::test]
async fn a_sub_account_does_what_orders_says_that_it_may_do_now() {
    let world = World::start().await;
    let order = world.electronic(StateName::Draft).await;
    let colleague = world.client("colleague-liaoning");
    let upload = async || {
        world.material("colleague-liaoning", &order, "subject_certificate", jpeg(1)).send().await.unwrap().status
    };
    let list = format!("/v1/materials?order={}", order.id);
    let photos = format!("/v1/photos?order={}", order.id);
    for (rights, uploaded, listed) in [
        (json!([]), 404, 404),
        (json!(["codes"]), 404, 404),
        (json!(["read"]), 403, 200),
        (json!(["read", "edit"]), 201, 200),
        (json!([]), 404, 404),
    ] {
        world.lets(&order, StateName::Draft, &rights);
        assert_eq!(upload().await, uploaded, "{rights}");
        assert_eq!(colleague.get(&list).send().await.unwrap().status, listed, "{rights}");
        assert!(colleague.get(&photos).expect(200).await.unwrap().list("/items").unwrap().is_empty());
    }
    assert!(world.stage.outside.peers.asked().iter().all(|path| path.ends_with("/brief?for=colleague-liaoning")));
    colleague.get("/v1/photos").expect(403).await.unwrap();
    // Rights in one account are none in another.
    let theirs = world.order("customer-other", Province::Liaoning, Way::Electronic);
    world.lets(&theirs, StateName::Draft, &json!(["read", "edit"]));
    colleague.get(&format!("/v1/materials?order={}", theirs.id)).expect(404).await.unwrap();
}
