//! Nobody comes in without a token, and each role only where it belongs.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::World;

const ID: &str = "01990000-0000-7000-8000-000000000001";

fn cases() -> Vec<(&'static str, &'static str, String, Value)> {
    let sent = json!({ "mobile": "13900000001", "purpose": "principal" });
    let tried = json!({ "mobile": "13900000001", "purpose": "principal", "code": "000000" });
    vec![
        ("GET", "/v1/notices", "/v1/notices".into(), Value::Null),
        ("GET", "/v1/notices/{id}", format!("/v1/notices/{ID}"), Value::Null),
        ("POST", "/v1/phone-codes", "/v1/phone-codes".into(), sent),
        ("POST", "/v1/phone-codes/verify", "/v1/phone-codes/verify".into(), tried),
        ("GET", "/v1/peer/phone-proofs/{proof}", "/v1/peer/phone-proofs/x".into(), Value::Null),
    ]
}

fn described() -> BTreeSet<(String, String)> {
    let document: Value = serde_json::from_str(&chassis::launch::describe::<svc_notify::Notify>().unwrap()).unwrap();
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
    let (reviewer, customer) = (world.stage.client("reviewer-chen").unwrap(), world.customer());
    let operations = world.stage.client("operations-wu").unwrap();
    reviewer.get("/v1/notices").expect(403).await.unwrap();
    reviewer.get(&format!("/v1/notices?order={ID}")).expect(403).await.unwrap();
    operations.get("/v1/notices").expect(200).await.unwrap();
    customer.get("/v1/notices").expect(200).await.unwrap();
    customer.get("/v1/peer/phone-proofs/x").expect(403).await.unwrap();
    let body = json!({ "mobile": "13900000001", "purpose": "principal" });
    operations.post("/v1/phone-codes").json(&body).expect(403).await.unwrap();
}
