//! What the authority has on file, put there and looked at as a person with curl would, and asked over SOAP as a provider would.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

fn filing() -> Value {
    json!({
        "subject": {
            "name": "大连样本科技有限公司", "nature": 4, "province": "210000",
            "certificate": { "kind": 1, "number": "91210200EXAMPLE04W" },
            "principal": { "name": "孙样本", "mobile": "13800000009", "number": "210202190909090099" },
        },
        "sites": [{ "name": "样本科技", "domains": ["example-sun.cn"] }],
    })
}

async fn file(world: &World, body: String) -> (StatusCode, Value) {
    let request = world.client.post(world.url("authority/filed")).header("content-type", "application/json");
    let answer = request.body(body).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn what_another_provider_filed_is_put_on_file_once() {
    let world = World::start().await;
    let (status, filed) = file(&world, filing().to_string()).await;
    assert_eq!((status, filed["sites"][0]["number"].as_str()), (StatusCode::CREATED, Some("辽ICP备2026000001号-1")));
    assert_eq!(world.get("authority/filed").await["items"][0], filed);
    let page = world.client.get(world.url("authority")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("辽ICP备2026000001号-1"));
    let (status, refusal) = file(&world, filing().to_string()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refusal["errors"][0], json!({ "at": "/subject/certificate", "what": "is filed already" }));
    assert_eq!(refusal["errors"][1]["at"], "/sites/0/domains/0");
}

#[tokio::test]
async fn what_is_on_file_is_changed_by_its_number_and_cancelled_past_any_case() {
    let world = World::start().await;
    let (_, filed) = file(&world, filing().to_string()).await;
    let (subject, site) = (filed["number"].clone(), filed["sites"][0]["number"].clone());
    let mut change = filing();
    change["subject"]["number"] = subject.clone();
    change["subject"]["name"] = json!("沈阳样本科技有限公司");
    change["sites"] =
        json!([{ "number": site, "name": "沈阳样本", "domains": ["example-sun.cn", "example-sun.com.cn"] }]);
    let (status, changed) = file(&world, change.to_string()).await;
    assert_eq!(
        (status, &changed["id"], &changed["name"]),
        (StatusCode::CREATED, &filed["id"], &json!("沈阳样本科技有限公司"))
    );
    assert_eq!(
        (&changed["sites"][0]["id"], &changed["sites"][0]["name"]),
        (&filed["sites"][0]["id"], &json!("沈阳样本"))
    );
    assert_eq!(changed["sites"][0]["accesses"], filed["sites"][0]["accesses"], "nobody else gives access");
    change["sites"][0]["provider"] = json!(110_000_000_211_i64);
    let (_, changed) = file(&world, change.to_string()).await;
    assert_eq!(changed["sites"][0]["accesses"][0]["provider"], 110_000_000_211_i64);
    assert_eq!(world.get("authority/filed").await["items"].as_array().unwrap().len(), 1);

    let cancel = async |number: &Value| {
        let request = world.client.post(world.url("authority/cancelled")).json(&json!({ "number": number }));
        request.send().await.unwrap().status()
    };
    assert_eq!(cancel(&json!("辽ICP备2026000099号")).await, StatusCode::UNPROCESSABLE_ENTITY);
    for number in [site, subject] {
        assert_eq!(cancel(&number).await, StatusCode::OK);
    }
    assert_eq!(world.get("authority/filed").await["items"], json!([]));
    assert_eq!(world.get("authority/orders").await["files_waiting"], 2);
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_told_why() {
    let world = World::start().await;
    let mut unknown = filing();
    unknown["subject"]["phone"] = json!("1");
    for (body, why) in [("{".to_owned(), "EOF"), (unknown.to_string(), "phone"), ("{}".to_owned(), "subject")] {
        let (status, refusal) = file(&world, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(refusal["errors"][0]["what"].as_str().unwrap().contains(why), "{refusal}");
    }
}

#[tokio::test]
async fn a_status_query_needs_credentials_and_its_own_door() {
    let world = World::start().await;
    let call = "<e:Envelope xmlns:e=\"x\"><e:Body><isp_querybeianstatus><randVal>short</randVal></isp_querybeianstatus></e:Body></e:Envelope>";
    let ask = |door: &str| world.client.post(world.url(door)).body(call).send();
    let answer = ask("authority/BeianStatusWebService/queryBeianStatus").await.unwrap();
    assert!(answer.text().await.unwrap().contains("&lt;msg_code&gt;16&lt;"));
    assert_eq!(ask("authority/ISPWebService/upDownLoad").await.unwrap().status(), StatusCode::BAD_REQUEST);
}
