//! Materials: uploaded while the customer writes, one of a kind, seen by those who may, gone when removed.

use domain::{
    message::{MaterialState, Message},
    order::{StateName, Way},
    region::Province,
};
use image::GenericImageView;
use reqwest::multipart::Form;

use crate::world::{World, file, jpeg, png, same};

const CUSTOMER: &str = "customer-liaoning";
const KIND: &str = "subject_certificate";

#[tokio::test]
async fn a_material_is_kept_told_listed_and_shown() {
    let world = World::start().await;
    let order = world.electronic(StateName::Draft).await;
    let answer = world.material(CUSTOMER, &order, KIND, png(7)).expect(201).await.unwrap();
    let id = answer.text("/id").unwrap().to_owned();
    assert_eq!(answer.headers["location"], format!("/v1/materials/{id}"));
    assert_eq!((answer.text("/kind").unwrap(), answer.body.get("service")), (KIND, None));
    assert_eq!((&answer.body["quality"]["width"], &answer.body["quality"]["height"]), (&160.into(), &120.into()));
    assert!(answer.body["quality"]["brightness"].as_f64().unwrap() > 50.0);

    let told = world.stage.outbox().await.unwrap();
    let [Message::Material(news)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((news.order, news.material.to_string(), news.service), (order.id, id.clone(), None));
    assert_eq!((news.kind.as_str(), news.state), (KIND, MaterialState::Accepted));

    let customer = world.client(CUSTOMER);
    let list = customer.get(&format!("/v1/materials?order={}", order.id)).expect(200).await.unwrap();
    assert_eq!(list.text("/items/0/id").unwrap(), id);
    let shown = customer.get(&format!("/v1/materials/{id}/content")).expect(200).await.unwrap();
    assert_eq!(shown.headers["content-type"], "image/jpeg");
    assert_eq!(shown.headers["x-content-type-options"], "nosniff");
    assert!(shown.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert_eq!(shown.headers["cache-control"], "no-store");
    assert_eq!(image::load_from_memory(&shown.bytes).unwrap().dimensions(), (160, 120));
    let actions: Vec<_> = world.audit(&order).await.into_iter().map(|(_, role, action)| (role, action)).collect();
    let customer = |action: &str| ("customer".to_owned(), action.to_owned());
    assert_eq!(actions, [customer("material.accepted"), customer("material.seen")]);
}

#[tokio::test]
async fn a_second_one_of_a_kind_takes_the_place_of_the_first() {
    let world = World::start().await;
    let order = world.electronic(StateName::Returned).await;
    let first = world.material(CUSTOMER, &order, KIND, jpeg(1)).expect(201).await.unwrap();
    let second = world.material(CUSTOMER, &order, KIND, jpeg(2)).expect(201).await.unwrap();
    assert_eq!(world.topics().await, ["material.accepted", "material.removed", "material.accepted"]);
    let list = world.client(CUSTOMER).get(&format!("/v1/materials?order={}", order.id)).expect(200).await.unwrap();
    assert_eq!(list.list("/items").unwrap().len(), 1);
    assert_eq!(list.text("/items/0/id").unwrap(), second.text("/id").unwrap());
    assert_eq!(world.objects(), 1);
    let gone = format!("/v1/materials/{}/content", first.text("/id").unwrap());
    world.client(CUSTOMER).get(&gone).expect(404).await.unwrap();
}

#[tokio::test]
async fn the_subject_and_each_service_have_their_own() {
    let world = World::start().await;
    let order = world.electronic(StateName::Draft).await;
    let kind = "principal_certificate_front";
    world.material(CUSTOMER, &order, kind, jpeg(1)).expect(201).await.unwrap();
    for service in ["0", "1"] {
        let form = Form::new()
            .text("order", order.id.to_string())
            .text("kind", kind)
            .text("service", service)
            .part("file", file(jpeg(2)));
        let answer = world.client(CUSTOMER).post("/v1/materials").form(form).expect(201).await.unwrap();
        assert_eq!(answer.body["service"].to_string(), service);
    }
    let list = world.client(CUSTOMER).get(&format!("/v1/materials?order={}", order.id)).expect(200).await.unwrap();
    assert_eq!(list.list("/items").unwrap().len(), 3);
    assert_eq!(world.objects(), 3);
}

#[tokio::test]
async fn a_removed_material_and_its_object_are_gone() {
    let world = World::start().await;
    let order = world.electronic(StateName::Draft).await;
    let answer = world.material(CUSTOMER, &order, KIND, jpeg(1)).expect(201).await.unwrap();
    let path = format!("/v1/materials/{}", answer.text("/id").unwrap());
    world.client("customer-other").delete(&path).expect(404).await.unwrap();
    world.client(CUSTOMER).delete(&path).expect(204).await.unwrap();
    world.client(CUSTOMER).delete(&path).expect(404).await.unwrap();
    assert_eq!(world.topics().await, ["material.accepted", "material.removed"]);
    assert_eq!(world.objects(), 0);
}

#[tokio::test]
async fn materials_stand_still_while_others_work_on_the_order() {
    let world = World::start().await;
    let order = world.electronic(StateName::Draft).await;
    let kept = world.material(CUSTOMER, &order, KIND, jpeg(1)).expect(201).await.unwrap();
    let path = format!("/v1/materials/{}", kept.text("/id").unwrap());
    for (version, state) in (2..).zip([StateName::Reviewing, StateName::AtAuthority, StateName::Filed]) {
        world.stands(&order, version, state).await;
        let refused = world.material(CUSTOMER, &order, KIND, jpeg(2)).expect(409).await.unwrap();
        assert_eq!(refused.errors(), [(String::new(), "material.not_editable".to_owned())]);
        world.client(CUSTOMER).delete(&path).expect(409).await.unwrap();
    }
    assert_eq!((world.topics().await.len(), world.objects()), (1, 1));
}

#[tokio::test]
async fn an_order_whose_news_are_late_is_asked_for() {
    let world = World::start().await;
    let order = world.order(CUSTOMER, Province::Liaoning, Way::Electronic);
    world.material(CUSTOMER, &order, KIND, jpeg(1)).expect(404).await.unwrap();
    world.says(&order, 1, StateName::Draft);
    world.material(CUSTOMER, &order, KIND, jpeg(1)).expect(201).await.unwrap();
    // What was told says that it is being reviewed; its home knows that it came back.
    world.stands(&order, 2, StateName::Reviewing).await;
    world.says(&order, 3, StateName::Returned);
    world.material(CUSTOMER, &order, KIND, jpeg(2)).expect(201).await.unwrap();
    // News of the past change nothing.
    world.stage.deliver(&order.news(2, StateName::Reviewing, world.now())).await.unwrap();
    world.material(CUSTOMER, &order, KIND, jpeg(3)).expect(201).await.unwrap();
}

#[tokio::test]
async fn a_repeated_upload_is_one_upload() {
    let world = World::start().await;
    let order = world.electronic(StateName::Draft).await;
    let upload = |picture| world.material(CUSTOMER, &order, KIND, picture).key("the-same");
    let first = upload(jpeg(1)).expect(201).await.unwrap();
    // The boundary of a form differs each time; what it says does not.
    let again = upload(jpeg(1)).expect(201).await.unwrap();
    assert!(same(&first.body, &again.body));
    let reused = upload(jpeg(2)).expect(422).await.unwrap();
    assert_eq!(reused.text("/type").unwrap(), "urn:icp-filing:problem:key-reused");
    // Even when the order has gone on since.
    world.stands(&order, 2, StateName::Reviewing).await;
    let late = upload(jpeg(1)).expect(201).await.unwrap();
    assert!(same(&first.body, &late.body));
    assert_eq!((world.topics().await.len(), world.objects()), (1, 1));
}

#[tokio::test]
async fn twins_at_one_moment_are_one_upload() {
    let world = World::start().await;
    let order = world.electronic(StateName::Draft).await;
    let twins = (0..4).map(|_| world.material(CUSTOMER, &order, KIND, jpeg(1)).key("twins").expect(201));
    let answers = futures::future::try_join_all(twins).await.unwrap();
    assert!(answers.iter().all(|answer| same(&answer.body, &answers[0].body)));
    assert_eq!((world.topics().await.len(), world.objects()), (1, 1));
}
