//! Phone codes: six digits, five minutes, five tries, once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use chassis::{
    cache::{Cache, CacheDown, Quota, Taken, memory::Memory},
    clock::{Clock, FixedClock},
};
use sandbox::{
    behaviour::Behaviour,
    kit::{Client, Stage, noon},
    sms::Mode,
};
use serde_json::{Value, json};
use svc_notify::Notify;

use crate::world::{MOBILE, World, arguments};

fn sent(mobile: &str) -> Value {
    json!({ "mobile": mobile, "purpose": "principal" })
}

fn tried(code: &str) -> Value {
    json!({ "mobile": MOBILE, "purpose": "principal", "code": code })
}

async fn ask(world: &World, client: &Client) -> String {
    client.post("/v1/phone-codes").json(&sent(MOBILE)).expect(202).await.unwrap();
    world.messages().last().unwrap().params[0].clone()
}

/// Another code than this one.
fn other(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

async fn refused(client: &Client, body: &Value) -> Value {
    let answer = client.post("/v1/phone-codes/verify").json(body).expect(422).await.unwrap();
    assert_eq!(answer.errors()[0].0, "/code");
    answer.body["errors"][0].clone()
}

#[tokio::test]
async fn a_code_proves_a_phone_once() {
    let world = World::start().await;
    let client = world.customer();
    let answer = client.post("/v1/phone-codes").json(&sent("139-0000-0001")).expect(202).await.unwrap();
    assert_eq!(answer.body, json!({ "expires_in": 300, "next_in": 60 }));
    let messages = world.messages();
    assert_eq!((messages[0].template.as_str(), messages[0].params[1].as_str()), ("1900001", "5"));
    let code = messages[0].params[0].clone();
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()));
    let answer = client.post("/v1/phone-codes/verify").json(&tried(&code)).expect(200).await.unwrap();
    assert_eq!(answer.body["verified"], true);
    let proof = answer.text("/proof").unwrap();
    assert_eq!(refused(&client, &tried(&code)).await["rule"], "code_void", "a code is used once");

    let token = world.stage.outside.sandbox.identity.token_with("service", None, &[]).unwrap();
    let peer = Client::new(world.stage.base.clone(), Some(token));
    let shown = peer.get(&format!("/v1/peer/phone-proofs/{proof}")).expect(200).await.unwrap();
    assert_eq!(shown.body["purpose"], "principal");
    assert!(!shown.body.to_string().contains(MOBILE));
    peer.get("/v1/peer/phone-proofs/nonsense").expect(404).await.unwrap();
    world.advance(601);
    let token = world.stage.outside.sandbox.identity.token_with("service", None, &[]).unwrap();
    let peer = Client::new(world.stage.base.clone(), Some(token));
    peer.get(&format!("/v1/peer/phone-proofs/{proof}")).expect(404).await.unwrap();
}

#[tokio::test]
async fn five_wrong_tries_make_a_code_void() {
    let world = World::start().await;
    let client = world.customer();
    let code = ask(&world, &client).await;
    for left in (0..5).rev() {
        let error = refused(&client, &tried(&other(&code))).await;
        assert_eq!(error["rule"], "code_wrong");
        assert!(error["message"].as_str().unwrap().contains(&format!("{left} 次")), "{error}");
        assert!(error["message_en"].as_str().unwrap().ends_with(&left.to_string()), "{error}");
    }
    assert_eq!(refused(&client, &tried(&code)).await["rule"], "code_void");
}

#[tokio::test]
async fn a_code_is_over_after_five_minutes_and_when_another_is_asked_for() {
    let world = World::start().await;
    let client = world.customer();
    let first = ask(&world, &client).await;
    world.advance(301);
    assert_eq!(refused(&client, &tried(&first)).await["rule"], "code_void");
    let second = ask(&world, &client).await;
    world.advance(61);
    let third = ask(&world, &client).await;
    if second != third {
        assert_eq!(refused(&client, &tried(&second)).await["rule"], "code_wrong");
    }
    client.post("/v1/phone-codes/verify").json(&tried(&third)).expect(200).await.unwrap();
}

#[tokio::test]
async fn a_code_is_bound_to_person_purpose_and_phone() {
    let world = World::start().await;
    let client = world.customer();
    let code = ask(&world, &client).await;
    let somebody = world.stage.client("customer-other").unwrap();
    assert_eq!(refused(&somebody, &tried(&code)).await["rule"], "code_void");
    let elsewhere = json!({ "mobile": MOBILE, "purpose": "account", "code": code });
    assert_eq!(refused(&client, &elsewhere).await["rule"], "code_void");
    let phone = json!({ "mobile": "13900000002", "purpose": "principal", "code": code });
    assert_eq!(refused(&client, &phone).await["rule"], "code_void");
    client.post("/v1/phone-codes/verify").json(&tried(&code)).expect(200).await.unwrap();
}

#[tokio::test]
async fn one_phone_gets_one_code_a_minute_and_five_an_hour() {
    let world = World::start().await;
    let client = world.customer();
    ask(&world, &client).await;
    let again = client.post("/v1/phone-codes").json(&sent(MOBILE)).expect(429).await.unwrap();
    assert_eq!(again.headers["retry-after"], "60");
    // Whoever asks: the phone counts.
    world
        .stage
        .client("customer-other")
        .unwrap()
        .post("/v1/phone-codes")
        .json(&sent(MOBILE))
        .expect(429)
        .await
        .unwrap();
    for _ in 0..4 {
        world.advance(61);
        ask(&world, &client).await;
    }
    world.advance(61);
    client.post("/v1/phone-codes").json(&sent(MOBILE)).expect(429).await.unwrap();
    assert_eq!(world.messages().len(), 5);
    world.advance(3_600);
    let client = world.customer();
    ask(&world, &client).await;
}

#[tokio::test]
async fn one_person_asks_for_twenty_codes_a_day() {
    let world = World::start().await;
    let client = world.customer();
    for number in 0..20 {
        client.post("/v1/phone-codes").json(&sent(&format!("139000001{number:02}"))).expect(202).await.unwrap();
    }
    client.post("/v1/phone-codes").json(&sent("13900000120")).expect(429).await.unwrap();
    world
        .stage
        .client("customer-other")
        .unwrap()
        .post("/v1/phone-codes")
        .json(&sent("13900000121"))
        .expect(202)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_code_that_could_not_be_sent_may_be_asked_for_again() {
    let world = World::start().await;
    let client = world.customer();
    world.stage.outside.sandbox.sms.behave(Behaviour::once(Mode::Fail));
    let answer = client.post("/v1/phone-codes").json(&sent(MOBILE)).expect(503).await.unwrap();
    assert!(answer.headers.contains_key("retry-after"));
    ask(&world, &client).await;
}

#[tokio::test]
async fn what_is_no_request_is_pointed_at() {
    let world = World::start().await;
    let client = world.customer();
    let cases = [
        (json!({ "mobile": "12345", "purpose": "principal" }), "/mobile", "mobile"),
        (json!({ "mobile": MOBILE, "purpose": "fun" }), "/purpose", "wrong_type"),
        (json!({ "mobile": MOBILE }), "/purpose", "missing_field"),
        (json!({ "mobile": MOBILE, "purpose": "principal", "more": 1 }), "/more", "unknown_field"),
    ];
    for (body, pointer, rule) in cases {
        let answer = client.post("/v1/phone-codes").json(&body).expect(422).await.unwrap();
        assert_eq!(answer.errors()[0], (pointer.to_owned(), rule.to_owned()), "{body}");
        assert!(!answer.body.to_string().contains(MOBILE), "what was sent is not repeated");
    }
    assert!(world.messages().is_empty());
}

/// A cache that can be taken away.
struct Frail {
    inner: Memory,
    down: AtomicBool,
}

impl Frail {
    fn here(&self) -> Result<&Memory, CacheDown> {
        if self.down.load(Ordering::SeqCst) { Err(CacheDown("taken away".into())) } else { Ok(&self.inner) }
    }
}

#[async_trait]
impl Cache for Frail {
    async fn get(&self, key: &str) -> Result<Option<String>, CacheDown> {
        self.here()?.get(key).await
    }
    async fn put(&self, key: &str, value: &str, ttl: std::time::Duration) -> Result<(), CacheDown> {
        self.here()?.put(key, value, ttl).await
    }
    async fn put_absent(&self, key: &str, value: &str, ttl: std::time::Duration) -> Result<bool, CacheDown> {
        self.here()?.put_absent(key, value, ttl).await
    }
    async fn remove(&self, key: &str) -> Result<bool, CacheDown> {
        self.here()?.remove(key).await
    }
    async fn remove_if(&self, key: &str, value: &str) -> Result<bool, CacheDown> {
        self.here()?.remove_if(key, value).await
    }
    async fn bump(&self, key: &str, ttl: std::time::Duration) -> Result<u64, CacheDown> {
        self.here()?.bump(key, ttl).await
    }
    async fn take(&self, key: &str, quota: Quota) -> Result<Taken, CacheDown> {
        self.here()?.take(key, quota).await
    }
    async fn give_back(&self, key: &str, quota: Quota) -> Result<(), CacheDown> {
        self.here()?.give_back(key, quota).await
    }
    async fn check(&self) -> Result<(), CacheDown> {
        self.here()?.check().await
    }
}

#[tokio::test]
async fn without_the_cache_no_code_is_sent_or_taken() {
    let clock = Arc::new(FixedClock::at(noon()));
    let ticking: Arc<dyn Clock> = Arc::<FixedClock>::clone(&clock);
    let cache = Arc::new(Frail { inner: Memory::new(ticking), down: AtomicBool::new(false) });
    let stage = Stage::<Notify>::start_with(clock, Arc::<Frail>::clone(&cache), arguments).await.unwrap();
    let client = stage.client("customer-liaoning").unwrap();
    cache.down.store(true, Ordering::SeqCst);
    client.post("/v1/phone-codes").json(&sent(MOBILE)).expect(503).await.unwrap();
    client.post("/v1/phone-codes/verify").json(&tried("000000")).expect(503).await.unwrap();
    assert!(stage.outside.sandbox.sms.messages(None).is_empty());
    cache.down.store(false, Ordering::SeqCst);
    client.post("/v1/phone-codes").json(&sent(MOBILE)).expect(202).await.unwrap();
}
