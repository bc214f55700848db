//! Bad input: each gets its problem with the field's pointer, and nothing is lost or half-done.

use std::time::Instant;

use domain::order::StateName;
use reqwest::multipart::Form;
use sandbox::kit::Answer;

use crate::world::{Owned, World, file, jpeg, png};

const CUSTOMER: &str = "customer-liaoning";
const KIND: &str = "subject_certificate";

fn one(answer: &Answer) -> (String, String) {
    let errors = answer.errors();
    assert_eq!(errors.len(), 1, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    let error = &answer.body["errors"][0];
    assert!(!error["message"].as_str().unwrap().is_ascii() && error["message_en"].as_str().unwrap().is_ascii());
    errors.into_iter().next().unwrap()
}

async fn nothing_happened(world: &World, order: &Owned) {
    assert_eq!((world.topics().await.len(), world.objects()), (0, 0));
    let list = world.client(CUSTOMER).get(&format!("/v1/materials?order={}", order.id)).expect(200).await.unwrap();
    assert!(list.list("/items").unwrap().is_empty());
    assert!(world.audit(order).await.is_empty());
}

/// A PNG that says to have 40,000 by 40,000 pixels.
fn bomb() -> Vec<u8> {
    let mut bytes = png(1);
    bytes[16..24].copy_from_slice(&[0, 0, 0x9C, 0x40, 0, 0, 0x9C, 0x40]);
    bytes
}

#[tokio::test]
async fn what_is_no_picture_is_refused_by_its_content() {
    let world = World::start().await;
    let order = world.electronic(StateName::Draft).await;
    let whole = jpeg(1);
    let cases: [(Vec<u8>, &str); 6] = [
        (b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>".to_vec(), "picture.kind"),
        (b"<!doctype html><script>alert(1)</script>".to_vec(), "picture.kind"),
        (Vec::new(), "picture.kind"),
        (whole[..whole.len() / 3].to_vec(), "picture.broken"),
        ([&[0xFF, 0xD8, 0xFF, 0xE0][..], b"and then nothing of the kind"].concat(), "picture.broken"),
        (bomb(), "picture.pixels"),
    ];
    for (bytes, rule) in cases {
        let began = Instant::now();
        let answer = world.material(CUSTOMER, &order, KIND, bytes).expect(422).await.unwrap();
        assert_eq!(one(&answer), ("/file".to_owned(), rule.to_owned()));
        assert!(began.elapsed().as_secs() < 5);
    }
    nothing_happened(&world, &order).await;
}

#[tokio::test]
async fn a_file_that_is_too_large_is_413_however_much_of_it_comes() {
    let world = World::start().await;
    let order = world.electronic(StateName::Draft).await;
    for length in [2 * 1024 * 1024 + 1, 5 * 1024 * 1024] {
        let mut bytes = jpeg(1);
        bytes.resize(length, 0);
        let answer = world.material(CUSTOMER, &order, KIND, bytes).expect(413).await.unwrap();
        assert_eq!(one(&answer), ("/file".to_owned(), "picture.size".to_owned()));
    }
    nothing_happened(&world, &order).await;
}

#[tokio::test]
async fn each_wrong_field_is_pointed_at() {
    let world = World::start().await;
    let order = world.electronic(StateName::Draft).await;
    let base = || Form::new().part("file", file(jpeg(1)));
    let (id, with) = (order.id.to_string(), |form: Form| form.text("order", order.id.to_string()));
    let cases = [
        (base().text("kind", KIND), "/order", "missing_field"),
        (base().text("order", "7").text("kind", KIND), "/order", "wrong_type"),
        (with(base()), "/kind", "missing_field"),
        (with(base()).text("kind", "love_letter"), "/kind", "material.kind"),
        (with(base()).text("kind", KIND).text("service", "0"), "/service", "material.service"),
        (with(base()).text("kind", "domain_certificate").text("service", "-1"), "/service", "wrong_type"),
        (with(base()).text("kind", "domain_certificate").text("service", "40000"), "/service", "wrong_type"),
        (with(base()).text("kind", "x".repeat(300)), "/kind", "wrong_type"),
        (with(base()).text("kind", KIND).text("colour", "red"), "/colour", "unknown_field"),
        (Form::new().text("order", id).text("kind", KIND), "/file", "missing_field"),
    ];
    for (form, pointer, rule) in cases {
        let answer = world.client(CUSTOMER).post("/v1/materials").form(form).expect(422).await.unwrap();
        assert_eq!(one(&answer), (pointer.to_owned(), rule.to_owned()));
    }
    nothing_happened(&world, &order).await;
}

#[tokio::test]
async fn a_form_that_is_none_is_refused() {
    let world = World::start().await;
    let order = world.electronic(StateName::Draft).await;
    let customer = world.client(CUSTOMER);
    let post = || customer.post("/v1/materials");
    post().body("application/json", "{}").expect(415).await.unwrap();
    post().body("multipart/form-data; boundary=x", "--x\r\nnonsense").expect(400).await.unwrap();
    post().body("multipart/form-data; boundary=x", "").expect(400).await.unwrap();
    let form = Form::new().text("order", order.id.to_string()).text("kind", KIND).part("file", file(jpeg(1)));
    customer.ask(reqwest::Method::POST, "/v1/materials").form(form).expect(428).await.unwrap();
    nothing_happened(&world, &order).await;
}
