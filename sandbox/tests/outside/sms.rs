use std::time::{Duration, Instant};

use sandbox::{behaviour::Behaviour, sms::Mode};
use serde_json::{Value, json};

use crate::{vendor::Caller, world::World};

fn caller(world: &World) -> Caller<'static> {
    let account = world.sandbox.sms.account();
    Caller {
        url: account.url,
        service: "sms",
        action: "SendSms",
        version: "2021-01-11",
        id: account.secret_id,
        key: account.secret_key,
        late_by: 0,
    }
}

fn code_to(world: &World, numbers: &[&str]) -> Value {
    let account = world.sandbox.sms.account();
    json!({
        "PhoneNumberSet": numbers, "SmsSdkAppId": account.app_id, "SignName": account.sign,
        "TemplateId": "1900001", "TemplateParamSet": ["123456", "5"], "SessionContext": "n-1",
    })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

#[tokio::test]
async fn a_message_arrives_and_can_be_read_again_and_again() {
    let world = World::start().await;
    let answer = caller(&world).ask(&world, &code_to(&world, &["+8613800001001"])).await;
    let status = &answer["SendStatusSet"][0];
    assert_eq!((&status["Code"], &status["SessionContext"]), (&json!("Ok"), &json!("n-1")));
    for to in ["13800001001", "%2B8613800001001", "+8613800001001", "8613800001001"] {
        let messages = world.get(&format!("sms/messages?to={to}")).await;
        assert_eq!(messages.as_array().unwrap().len(), 1, "{to}");
        assert_eq!(messages[0]["serial"], status["SerialNo"]);
        assert_eq!(messages[0]["params"], json!(["123456", "5"]));
        assert_eq!(messages[0]["text"], "【示例云备案】123456为您的验证码，5分钟内有效。如非本人操作，请忽略本短信。");
    }
    assert_eq!(world.get("sms/messages?to=13800001009").await, json!([]));
    world.clear("sms/messages").await;
    assert_eq!(world.get("sms/messages").await, json!([]));
}

#[tokio::test]
async fn nobody_is_heard_without_a_fresh_and_right_signature() {
    let world = World::start().await;
    let body = code_to(&world, &["+8613800001001"]);
    let refused = async |caller: Caller<'_>| caller.refused(&world, &body).await;
    assert_eq!(refused(Caller { key: "wrong", ..caller(&world) }).await, "AuthFailure.SignatureFailure");
    assert_eq!(refused(Caller { id: "AKIDnobody", ..caller(&world) }).await, "AuthFailure.SecretIdNotFound");
    assert_eq!(refused(Caller { late_by: 301, ..caller(&world) }).await, "AuthFailure.SignatureExpire");
    assert_eq!(refused(Caller { late_by: -301, ..caller(&world) }).await, "AuthFailure.SignatureExpire");
    assert_eq!(refused(Caller { service: "faceid", ..caller(&world) }).await, "AuthFailure.SignatureFailure");
    assert_eq!(refused(Caller { action: "PullSms", ..caller(&world) }).await, "InvalidAction");
    assert_eq!(refused(Caller { version: "2019-07-11", ..caller(&world) }).await, "NoSuchVersion");
    let unsigned = world.client.post(world.url("sms")).body("{}").send().await.unwrap().text().await.unwrap();
    assert!(unsigned.contains("MissingParameter"), "{unsigned}");
    assert!(world.sandbox.sms.messages(None).is_empty());
}

#[tokio::test]
async fn what_the_carrier_would_not_carry_is_refused() {
    let world = World::start().await;
    let good = code_to(&world, &["+8613800001001"]);
    let cases = [
        ("SignName", json!("别人"), "FailedOperation.SignatureIncorrectOrUnapproved"),
        ("TemplateId", json!("1"), "FailedOperation.TemplateIncorrectOrUnapproved"),
        ("TemplateParamSet", json!(["1"]), "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
        ("TemplateParamSet", json!(["code", "5"]), "InvalidParameterValue.TemplateParameterFormatError"),
        ("SmsSdkAppId", json!("1"), "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        ("PhoneNumberSet", json!([]), "LimitExceeded.PhoneNumberCountLimit"),
        ("PhoneNumberSet", json!("13800001001"), "InvalidParameter"),
        ("SessionContext", json!("x".repeat(512)), "InvalidParameterValue.ContentLengthLimit"),
    ];
    for (field, value, code) in cases {
        assert_eq!(caller(&world).refused(&world, &with(good.clone(), field, value)).await, code);
    }
    assert!(world.sandbox.sms.messages(None).is_empty());
}

#[tokio::test]
async fn each_number_has_its_own_fate() {
    let world = World::start().await;
    let answer = caller(&world).ask(&world, &code_to(&world, &["110", "13800001001", "+14155550100"])).await;
    let codes: Vec<_> = answer["SendStatusSet"].as_array().unwrap().iter().map(|status| &status["Code"]).collect();
    let wrong = "InvalidParameterValue.IncorrectPhoneNumber";
    assert_eq!(codes, [&json!(wrong), &json!("Ok"), &json!(wrong)]);
    assert_eq!(world.sandbox.sms.messages(None).len(), 1);
}

#[tokio::test]
async fn it_refuses_as_often_as_it_is_told() {
    let world = World::start().await;
    let body = code_to(&world, &["+8613800001001"]);
    let code = async || caller(&world).ask(&world, &body).await["SendStatusSet"][0]["Code"].clone();
    world.script("sms", &json!({ "mode": "refuse", "times": 1 })).await;
    assert_eq!(code().await, "LimitExceeded.PhoneNumberDailyLimit");
    world
        .script("sms", &json!({ "mode": "refuse", "times": 1, "code": "FailedOperation.PhoneNumberInBlacklist" }))
        .await;
    assert_eq!(code().await, "FailedOperation.PhoneNumberInBlacklist");
    assert!(world.sandbox.sms.messages(None).is_empty());
    assert_eq!(code().await, "Ok");
}

#[tokio::test]
async fn it_fails_before_it_delivers() {
    let world = World::start().await;
    world.sandbox.sms.behave(Behaviour::once(Mode::Fail));
    let answer = caller(&world).send(&world, &code_to(&world, &["+8613800001001"])).await.unwrap();
    assert_eq!(answer.status(), 500);
    assert!(world.sandbox.sms.messages(None).is_empty());
}

#[tokio::test]
async fn a_cut_connection_leaves_the_sender_in_doubt_about_a_delivered_message() {
    let world = World::start().await;
    world.sandbox.sms.behave(Behaviour::once(Mode::Cut));
    let outcome = match caller(&world).send(&world, &code_to(&world, &["+8613800001001"])).await {
        Ok(answer) => answer.bytes().await.map(drop),
        Err(error) => Err(error),
    };
    assert!(outcome.is_err());
    assert_eq!(world.sandbox.sms.messages(Some("13800001001")).len(), 1);
}

#[tokio::test]
async fn it_can_be_late() {
    let world = World::start().await;
    world.script("sms", &json!({ "mode": "delay", "delay_ms": 300, "times": 1 })).await;
    let started = Instant::now();
    caller(&world).ask(&world, &code_to(&world, &["+8613800001001"])).await;
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert_eq!(world.get("sms/behaviour").await, json!({ "mode": "accept", "delay_ms": 0 }));
}

#[tokio::test]
async fn a_new_template_can_be_approved() {
    let world = World::start().await;
    let template = json!({ "text": "{1}，您好。" });
    let answer = world.client.put(world.url("sms/templates/42")).json(&template).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    let body = with(code_to(&world, &["13800001001"]), "TemplateId", json!("42"));
    caller(&world).ask(&world, &with(body, "TemplateParamSet", json!(["林示范"]))).await;
    assert_eq!(world.sandbox.sms.messages(None)[0].text, "【示例云备案】林示范，您好。");
}

#[tokio::test]
async fn a_misspelt_script_is_refused() {
    let world = World::start().await;
    for wrong in [json!({ "mode": "explode" }), json!({ "mode": "fail", "time": 1 })] {
        let answer = world.client.put(world.url("sms/behaviour")).json(&wrong).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{wrong}");
    }
}
