//! Nobody comes in without a token, and each role only where it belongs.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::World;

const ID: &str = "01990000-0000-7000-8000-000000000001";

fn cases() -> Vec<(&'static str, &'static str, String, Value)> {
    let of = |path: &str| path.replace("{id}", ID);
    let order = json!({ "order": ID });
    [
        ("POST", "/v1/materials", Value::Null),
        ("GET", "/v1/materials", Value::Null),
        ("GET", "/v1/materials/{id}/content", Value::Null),
        ("DELETE", "/v1/materials/{id}", Value::Null),
        ("GET", "/v1/material-library", Value::Null),
        ("POST", "/v1/material-copies", json!({ "order": uuid::Uuid::nil(), "materials": [] })),
        ("POST", "/v1/curtains", order),
        ("GET", "/v1/curtains", Value::Null),
        ("POST", "/v1/curtains/{id}/dispatch", json!({ "courier": "SF", "waybill": "SF0000000001" })),
        ("POST", "/v1/photos", Value::Null),
        ("GET", "/v1/photos", Value::Null),
        ("GET", "/v1/photos/{id}/content", Value::Null),
        ("POST", "/v1/photos/{id}/accept", Value::Null),
        ("POST", "/v1/photos/{id}/refuse", json!({ "reasons": [] })),
        ("POST", "/v1/verifications", Value::Null),
        ("GET", "/v1/verifications", Value::Null),
    ]
    .into_iter()
    .map(|(method, path, body)| (method, path, of(path), body))
    .collect()
}

fn described() -> BTreeSet<(String, String)> {
    let document: Value = serde_json::from_str(&chassis::launch::describe::<svc_photo::Photo>().unwrap()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let methods = |path: &str, item: &Value| {
        item.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.to_owned())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(|(path, item)| methods(path, item)).collect()
}

#[tokio::test]
async fn every_operation_needs_a_token() {
    let world = World::start().await;
    let nobody = world.stage.anonymous();
    for (method, _, path, body) in cases() {
        nobody.ask(Method::from_bytes(method.as_bytes()).unwrap(), &path).json(&body).expect(401).await.unwrap();
    }
    let tried: BTreeSet<_> =
        cases().into_iter().map(|(method, path, _, _)| (method.to_owned(), path.to_owned())).collect();
    assert_eq!(described(), tried, "every operation must be tried here");
}

#[tokio::test]
async fn each_role_comes_in_where_it_belongs() {
    let world = World::start().await;
    let reviewer = world.client("reviewer-chen");
    let (customer, operations) = (world.client("customer-liaoning"), world.client("operations-wu"));
    customer.post(&format!("/v1/photos/{ID}/accept")).expect(403).await.unwrap();
    operations.post(&format!("/v1/photos/{ID}/accept")).expect(403).await.unwrap();
    let handed = json!({ "courier": "SF", "waybill": "SF0000000001" });
    for person in [&customer, &reviewer] {
        person.post(&format!("/v1/curtains/{ID}/dispatch")).json(&handed).expect(403).await.unwrap();
    }
    for staff in [&reviewer, &operations] {
        staff.post("/v1/curtains").json(&json!({ "order": ID })).expect(403).await.unwrap();
        staff.post("/v1/materials").body("multipart/form-data; boundary=x", "--x--").expect(403).await.unwrap();
        staff.delete(&format!("/v1/materials/{ID}")).expect(403).await.unwrap();
    }
    for path in ["/v1/photos", "/v1/curtains"] {
        for person in [&customer, &reviewer, &operations] {
            person.get(path).expect(200).await.unwrap();
        }
    }
}
