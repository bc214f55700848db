use std::{
    io::Cursor,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use image::{DynamicImage, ImageFormat};
use sandbox::{behaviour::Behaviour, face::Mode};
use serde_json::{Value, json};

use crate::{vendor::Caller, world::World};

fn caller(world: &World) -> Caller<'static> {
    let account = world.sandbox.face.account();
    Caller {
        url: account.url,
        service: "faceid",
        action: "ImageRecognitionV2",
        version: "2018-03-01",
        id: account.secret_id,
        key: account.secret_key,
        late_by: 0,
    }
}

fn picture(format: ImageFormat) -> String {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(64, 48).write_to(&mut bytes, format).unwrap();
    STANDARD.encode(bytes.into_inner())
}

fn check(number: &str, picture: &str) -> Value {
    json!({ "IdCard": number, "Name": "林示范", "ImageBase64": picture })
}

const NUMBER: &str = "210102190301010016";

#[tokio::test]
async fn a_person_is_recognised_and_no_picture_is_kept() {
    let world = World::start().await;
    for format in [ImageFormat::Jpeg, ImageFormat::Png] {
        let answer = caller(&world).ask(&world, &check(NUMBER, &picture(format))).await;
        assert_eq!((&answer["Result"], &answer["Description"]), (&json!("Success"), &json!("成功")));
        assert!(answer["Sim"].as_f64().unwrap() > 70.0);
    }
    let seen = world.get("face/requests").await;
    assert_eq!(seen[1]["picture"]["format"], "png");
    assert_eq!((&seen[0]["picture"]["width"], &seen[0]["picture"]["height"]), (&json!(64), &json!(48)));
    assert!(!seen.to_string().contains(&picture(ImageFormat::Jpeg)));
    world.clear("face/requests").await;
    assert_eq!(world.get("face/requests").await, json!([]));
}

#[tokio::test]
async fn it_sees_what_it_is_told_to_see() {
    let world = World::start().await;
    let body = check(NUMBER, &picture(ImageFormat::Jpeg));
    let result = async || caller(&world).ask(&world, &body).await["Result"].clone();
    world.script("face", &json!({ "mode": "other_person", "times": 1 })).await;
    assert_eq!(result().await, "FailedOperation.CompareLowSimilarity");
    world.script("face", &json!({ "mode": "not_alive", "times": 1 })).await;
    assert_eq!(result().await, "FailedOperation.LifePhotoDetectFake");
    assert_eq!(result().await, "Success");
}

#[tokio::test]
async fn it_can_be_out_of_order_or_late() {
    let world = World::start().await;
    let body = check(NUMBER, &picture(ImageFormat::Jpeg));
    world.sandbox.face.behave(Behaviour::once(Mode::Fail));
    assert_eq!(caller(&world).send(&world, &body).await.unwrap().status(), 500);
    assert!(world.sandbox.face.checks().is_empty());
    world.sandbox.face.behave(Behaviour { delay_ms: 300, ..Behaviour::once(Mode::Delay) });
    let started = Instant::now();
    assert_eq!(caller(&world).ask(&world, &body).await["Result"], "Success");
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn what_is_no_picture_or_no_number_is_not_compared() {
    let world = World::start().await;
    let result = async |body: Value| caller(&world).ask(&world, &body).await["Result"].clone();
    let good = picture(ImageFormat::Jpeg);
    assert_eq!(result(check("210102190301010017", &good)).await, "FailedOperation.IdFormatError");
    assert_eq!(result(check(NUMBER, &STANDARD.encode("%PDF-1.7"))).await, "FailedOperation.LifePhotoPoorQuality");
    assert_eq!(result(check(NUMBER, "no base64!")).await, "FailedOperation.LifePhotoPoorQuality");
    assert_eq!(result(check(NUMBER, &"A".repeat(4 << 20))).await, "FailedOperation.LifePhotoSizeError");
    assert_eq!(caller(&world).refused(&world, &json!({ "IdCard": NUMBER })).await, "InvalidParameter");
}

#[tokio::test]
async fn nobody_is_heard_without_the_right_signature() {
    let world = World::start().await;
    let body = check(NUMBER, &picture(ImageFormat::Jpeg));
    let wrong = Caller { key: "wrong", ..caller(&world) };
    assert_eq!(wrong.refused(&world, &body).await, "AuthFailure.SignatureFailure");
    let sms = Caller { service: "sms", ..caller(&world) };
    assert_eq!(sms.refused(&world, &body).await, "AuthFailure.SignatureFailure");
    assert!(world.sandbox.face.checks().is_empty());
}
