use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

const LIAONING: &str = "01990000-0000-7000-8000-000000000001";

async fn ask(world: &World, path: &str) -> reqwest::Response {
    world.client.get(world.url(&format!("inventory/{path}"))).bearer_auth("any").send().await.unwrap()
}

async fn ids(world: &World) -> Vec<String> {
    let answer: Value = ask(world, &format!("accounts/{LIAONING}/resources")).await.json().await.unwrap();
    answer["resources"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_demo_customer_has_some_of_every_type() {
    let world = World::start().await;
    let answer: Value = ask(&world, &format!("accounts/{LIAONING}/resources")).await.json().await.unwrap();
    let all = answer["resources"].as_array().unwrap();
    for kind in ["server", "light_server", "site_hosting", "load_balancer"] {
        assert!(all.iter().any(|one| one["type"] == kind), "{kind}");
    }
    let server = all.iter().find(|one| one["id"] == "ins-example-ln").unwrap();
    let expected = json!({
        "id": "ins-example-ln", "name": "示例资源 ins-example", "type": "server", "region": "cn-shenyang",
        "mainland": true, "location": "210000", "billing": "prepaid", "months": 24,
        "expires_at": "2028-03-01T04:00:00Z", "addresses": ["203.0.113.10"], "bandwidth_mbps": 5,
    });
    assert_eq!(server, &expected);
    let owner: Value = ask(&world, &format!("accounts/{LIAONING}")).await.json().await.unwrap();
    assert_eq!(owner, json!({ "account": LIAONING, "mobile": "13800001001", "email": "owner-1@example.com" }));
    let nobody = ask(&world, "accounts/01990000-0000-7000-8000-0000000000ff").await;
    assert_eq!(nobody.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn it_has_what_it_is_told_to_have_and_answers_as_it_is_told() {
    let world = World::start().await;
    let path = world.url(&format!("inventory/accounts/{LIAONING}/resources/ins-new"));
    let new =
        json!({ "id": "ins-new", "type": "server", "region": "cn-beijing", "mainland": true, "billing": "postpaid" });
    assert_eq!(world.client.put(&path).json(&new).send().await.unwrap().status(), StatusCode::OK);
    assert!(ids(&world).await.contains(&"ins-new".to_owned()));
    assert_eq!(world.client.delete(&path).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(world.client.delete(&path).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    assert!(!ids(&world).await.contains(&"ins-new".to_owned()));
    world.script("inventory", &json!({ "mode": "fail", "times": 1 })).await;
    assert_eq!(ask(&world, &format!("accounts/{LIAONING}")).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(ask(&world, &format!("accounts/{LIAONING}")).await.status(), StatusCode::OK);
    let without = world.client.get(world.url(&format!("inventory/accounts/{LIAONING}"))).send().await.unwrap();
    assert_eq!(without.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(world.get("inventory/requests").await.as_array().unwrap().len(), 5);
}
