//! Requests against a real server: what each kind of wrong request is answered, and what every answer has.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chassis::{auth::TokenSource, clock::FixedClock, config::HttpArgs, peer::Peer};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use super::{issuer::noon, world::World};

fn good_order() -> Value {
    json!({ "province": "210000", "services": [{ "kind": 1 }] })
}

/// The problem in an answer of this status.
async fn problem(answer: RequestBuilder, status: u16) -> Value {
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), status);
    assert_eq!(header(&answer, "content-type"), "application/problem+json");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["status"], status, "{problem}");
    problem
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[actix_web::test]
async fn nobody_comes_in_without_a_good_token() {
    let world = World::start().await;
    problem(world.ask(Method::GET, "/v1/orders/1"), 401).await;
    problem(world.ask(Method::GET, "/v1/orders/1").bearer_auth("nonsense"), 401).await;
    problem(world.ask(Method::GET, "/v1/orders/1").basic_auth("u", Some("p")), 401).await;
    let mut expired = world.issuer.claims("customer");
    expired["exp"] = json!(noon().timestamp() - 60);
    problem(world.ask(Method::GET, "/v1/orders/1").bearer_auth(world.issuer.sign(&expired)), 401).await;
}

#[actix_web::test]
async fn each_extractor_lets_its_own_roles_in() {
    let world = World::start().await;
    let roles = ["customer", "sub-account", "reviewer", "lead", "photo-point", "operations", "service"];
    let doors: [(&str, &[&str]); 4] = [
        ("/v1/orders/1", &roles),
        ("/v1/review/tasks", &["reviewer", "lead"]),
        ("/v1/dead", &["operations"]),
        ("/v1/dossier", &["service"]),
    ];
    for (path, welcome) in doors {
        for role in roles {
            let status = world.ask_as(role, Method::GET, path).send().await.unwrap().status();
            assert_eq!(status, if welcome.contains(&role) { 200 } else { 403 }, "{role} at {path}");
        }
    }
}

#[actix_web::test]
async fn an_unknown_address_is_404_and_a_wrong_method_405_with_the_right_ones() {
    let world = World::start().await;
    problem(world.ask(Method::GET, "/v1/nothing"), 404).await;
    problem(world.ask_as("customer", Method::GET, "/v1/orders/2"), 404).await;
    problem(world.ask_as("customer", Method::GET, "/v1/orders/not-a-number"), 404).await;
    for (path, allow) in
        [("/v1/orders", "POST"), ("/v1/orders/1", "GET"), ("/v1/orders/1/draft", "PUT"), ("/livez", "GET")]
    {
        let answer = world.ask(Method::DELETE, path).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), header(&answer, "allow")), (405, allow), "{path}");
        assert_eq!(header(&answer, "content-type"), "application/problem+json");
    }
}

#[actix_web::test]
async fn a_body_that_is_no_json_is_told_where() {
    let world = World::start().await;
    let text = "{\n  \"province\": \"210000\",\n  \"services\": [,]\n}";
    let problem = problem(world.draft().header("content-type", "application/json").body(text), 400).await;
    assert!(problem["detail"].as_str().unwrap().contains("line 3, column 16"), "{problem}");
}

#[actix_web::test]
async fn a_misfit_field_is_pointed_at() {
    let world = World::start().await;
    let cases = [
        (json!({"province": "210000", "services": [{"kind": 1, "colour": 2}]}), "/services/0/colour", "unknown_field"),
        (json!({"province": "210000", "services": [{}]}), "/services/0/kind", "missing_field"),
        (json!({"province": 21, "services": []}), "/province", "wrong_type"),
    ];
    for (body, pointer, rule) in cases {
        let problem = problem(world.draft().json(&body), 422).await;
        assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["rule"]), (&json!(pointer), &json!(rule)));
    }
}

#[actix_web::test]
async fn a_body_must_be_small_json() {
    let world = World::with(HttpArgs { body_limit_bytes: 2048, ..HttpArgs::default() }).await;
    let large = json!({ "province": "x".repeat(4096), "services": [] });
    problem(world.draft().json(&large), 413).await;
    // Without a length in front, the limit holds all the same.
    let chunks = futures::stream::iter((0..4).map(|_| Ok::<_, std::io::Error>("x".repeat(1024))));
    let chunked = world.draft().header("content-type", "application/json").body(reqwest::Body::wrap_stream(chunks));
    problem(chunked, 413).await;
    problem(world.draft().header("content-type", "text/plain").body(good_order().to_string()), 415).await;
    problem(world.draft().header("content-encoding", "gzip").json(&good_order()), 415).await;
    assert_eq!(world.draft().json(&good_order()).send().await.unwrap().status(), 204);
}

#[actix_web::test]
async fn a_change_needs_the_version_it_is_meant_for() {
    let world = World::start().await;
    let path = "/v1/orders/1/draft";
    problem(world.ask_as("customer", Method::PUT, path).json(&good_order()), 428).await;
    problem(world.ask_as("customer", Method::PUT, path).header("if-match", "*").json(&good_order()), 400).await;
    let stale = world.ask_as("customer", Method::PUT, path).header("if-match", "\"v6\"").json(&good_order());
    let stale = stale.send().await.unwrap();
    assert_eq!((stale.status().as_u16(), header(&stale, "etag")), (412, "\"v7\""));
    let saved = world.draft().json(&good_order()).send().await.unwrap();
    assert_eq!((saved.status().as_u16(), header(&saved, "etag")), (204, "\"v8\""));
}

#[actix_web::test]
async fn what_the_client_has_is_not_sent_again() {
    let world = World::start().await;
    let fresh = world.ask_as("customer", Method::GET, "/v1/orders/1").send().await.unwrap();
    assert_eq!((fresh.status().as_u16(), header(&fresh, "etag")), (200, "\"v7\""));
    for tag in ["\"v7\"", "W/\"v7\"", "\"v3\", \"v7\"", "*"] {
        let known = world.ask_as("customer", Method::GET, "/v1/orders/1").header("if-none-match", tag);
        let known = known.send().await.unwrap();
        assert_eq!((known.status().as_u16(), header(&known, "etag")), (304, "\"v7\""), "{tag}");
        assert!(known.bytes().await.unwrap().is_empty());
    }
    let older = world.ask_as("customer", Method::GET, "/v1/orders/1").header("if-none-match", "\"v6\"");
    assert_eq!(older.send().await.unwrap().status(), 200);
}

#[actix_web::test]
async fn acting_needs_a_key_and_the_fingerprint_is_of_the_request() {
    let world = World::start().await;
    let post = |key: &str, body: Value| {
        let request = world.ask_as("customer", Method::POST, "/v1/orders").header("idempotency-key", key);
        async move { request.json(&body).send().await.unwrap().json::<Value>().await.unwrap() }
    };
    problem(world.ask_as("customer", Method::POST, "/v1/orders").json(&good_order()), 428).await;
    let spaced = world.ask_as("customer", Method::POST, "/v1/orders").header("idempotency-key", "a b");
    problem(spaced.json(&good_order()), 400).await;

    let first = post("k-1", good_order()).await;
    assert_eq!((&first["principal"], &first["key"]), (&json!("customer-1"), &json!("k-1")));
    assert_eq!(post("\"k-1\"", good_order()).await, first, "the quotes of a structured field are no part of the key");
    let other = post("k-1", json!({ "province": "440000", "services": [] })).await;
    assert_ne!(other["fingerprint"], first["fingerprint"]);
}

#[actix_web::test]
async fn acting_without_a_body_is_possible_where_none_is_wanted() {
    let world = World::start().await;
    let act = || world.ask_as("customer", Method::POST, "/v1/orders/1/submit").header("idempotency-key", "k-1");
    let answer = act().send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "location")), (202, "/v1/orders/1"));
    problem(act().json(&json!({ "force": true })), 422).await;
    let empty = world.ask_as("customer", Method::POST, "/v1/orders").header("idempotency-key", "k-1");
    problem(empty, 422).await;
}

#[actix_web::test]
async fn who_asks_too_often_is_told_when_to_come_back() {
    let args = HttpArgs { rate_per_minute: 60, rate_burst: 3, anonymous_rate_per_minute: 8, ..HttpArgs::default() };
    let world = World::with(args).await;
    for _ in 0..3 {
        assert_eq!(world.ask_as("customer", Method::GET, "/v1/open").send().await.unwrap().status(), 200);
    }
    let refused = world.ask_as("customer", Method::GET, "/v1/open").send().await.unwrap();
    assert_eq!((refused.status().as_u16(), header(&refused, "retry-after")), (429, "1"));
    assert_eq!(header(&refused, "x-content-type-options"), "nosniff");
    // Somebody else has their own bucket, and so has the network of those who did not sign in.
    assert_eq!(world.ask_as("reviewer", Method::GET, "/v1/open").send().await.unwrap().status(), 200);
    for _ in 0..2 {
        let guess = world.ask(Method::GET, "/v1/open").bearer_auth("a guess").send().await.unwrap();
        assert_eq!(guess.status(), 200);
    }
    problem(world.ask(Method::GET, "/v1/open"), 429).await;
    world.clock.advance(chrono::TimeDelta::seconds(1));
    assert_eq!(world.ask_as("customer", Method::GET, "/v1/open").send().await.unwrap().status(), 200);
    assert_eq!(world.ask(Method::GET, "/livez").send().await.unwrap().status(), 200, "probes are never refused");
}

#[actix_web::test]
async fn behind_our_own_proxy_the_forwarded_address_counts() {
    let trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let world = World::with(HttpArgs { trusted_proxies, anonymous_rate_per_minute: 4, ..HttpArgs::default() }).await;
    let from = |addresses: &str| {
        let request = world.ask(Method::GET, "/v1/open").header("x-forwarded-for", addresses);
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(from("203.0.113.7").await, 200);
    assert_eq!(from("203.0.113.99").await, 429, "the same /24");
    assert_eq!(from("198.51.100.1, 203.0.113.7, 127.0.0.9").await, 429, "what the client wrote itself is not believed");
    assert_eq!(from("198.51.100.1").await, 200);
}

#[actix_web::test]
async fn a_failure_of_ours_does_not_use_up_the_clients_requests() {
    let world = World::with(HttpArgs { rate_burst: 1, ..HttpArgs::default() }).await;
    for _ in 0..5 {
        let problem = problem(world.ask_as("customer", Method::GET, "/v1/broken"), 500).await;
        assert!(!problem.to_string().contains("password"), "{problem}");
    }
    assert_eq!(AtomicU32::load(&world.broke, Ordering::SeqCst), 5);
}

#[actix_web::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    let world = World::with(HttpArgs { deadline_ms: 100, ..HttpArgs::default() }).await;
    let answer = world.ask(Method::GET, "/v1/slow").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "retry-after")), (503, "1"));
    assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
}

#[actix_web::test]
async fn a_problem_carries_the_trace_that_came_with_the_request() {
    let world = World::start().await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("00-{trace}-b7ad6b7169203331-01");
    let traced = problem(world.ask(Method::GET, "/v1/orders/1").header("traceparent", &parent), 401).await;
    assert_eq!(traced["trace_id"], trace);
    let wrong_method = problem(world.ask(Method::DELETE, "/v1/orders/1").header("traceparent", &parent), 405).await;
    assert_eq!(wrong_method["trace_id"], trace);
    let fresh = problem(world.ask(Method::GET, "/v1/orders/1"), 401).await;
    assert_eq!(fresh["trace_id"].as_str().map(str::len), Some(32), "{fresh}");
}

#[actix_web::test]
async fn every_answer_is_dressed() {
    let public_url = Some("https://beian.example".parse().unwrap());
    let world = World::with(HttpArgs { public_url, ..HttpArgs::default() }).await;
    for path in ["/v1/open", "/v1/nothing", "/v1/broken", "/livez"] {
        let answer = world.ask(Method::GET, path).send().await.unwrap();
        assert_eq!(header(&answer, "cache-control"), "no-store", "{path}");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&answer, "x-frame-options"), "DENY", "{path}");
        assert!(header(&answer, "content-security-policy").contains("default-src 'none'"), "{path}");
        assert!(header(&answer, "strict-transport-security").starts_with("max-age="), "{path}");
    }
}

#[actix_web::test]
async fn readiness_follows_the_start_the_probes_and_the_stop() {
    let world = World::start().await;
    let ready = || async { world.ask(Method::GET, "/readyz").send().await.unwrap().status().as_u16() };
    assert_eq!(ready().await, 503);
    world.health.started();
    assert_eq!(ready().await, 200);
    world.health.drain();
    assert_eq!(ready().await, 503);
    assert_eq!(world.ask(Method::GET, "/livez").send().await.unwrap().status(), 200);
}

#[actix_web::test]
async fn the_description_is_collected_from_the_handlers() {
    let world = World::start().await;
    let document: Value = world.ask(Method::GET, "/openapi.json").send().await.unwrap().json().await.unwrap();
    assert_eq!(document["info"]["title"], "test");
    let reading = &document["paths"]["/v1/orders/{id}"]["get"];
    assert_eq!(reading["responses"]["default"]["$ref"], "#/components/responses/Problem");
    assert!(reading["security"][0]["bearer"].is_array(), "{reading}");
    let without_token = &document["paths"]["/v1/open"]["get"];
    assert_eq!(without_token["security"], json!([{}]), "an operation that needs no token says so");
    assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
    assert!(document["components"]["schemas"]["Problem"]["properties"]["trace_id"].is_object());
    let version: Value = world.ask(Method::GET, "/version").send().await.unwrap().json().await.unwrap();
    assert_eq!(version, json!({ "name": "test", "version": "0.0.0" }));
}

#[actix_web::test]
async fn durations_are_counted_by_route_and_status() {
    let world = World::start().await;
    world.ask(Method::GET, "/v1/orders/1").send().await.unwrap();
    let text = world.ask(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    let line = text.lines().find(|line| {
        line.starts_with("http_request_duration_seconds_count")
            && line.contains(r#"route="/v1/orders/{id}""#)
            && line.contains(r#"status="401""#)
    });
    assert!(line.is_some(), "{text}");
}

#[actix_web::test]
async fn a_peer_is_asked_with_our_token_and_its_404_stays_one() {
    let world = World::start().await;
    let tokens = TokenSource::new(&world.issuer.args(), Arc::<FixedClock>::clone(&world.clock)).unwrap();
    let peer = Peer::new(format!("http://{}", world.address).parse().unwrap(), tokens).unwrap();
    assert_eq!(peer.get::<Value>("/v1/open").await.unwrap(), json!({}));
    assert_eq!(peer.get::<Value>("/v1/nothing").await.unwrap_err().status(), 404);
    // The test issuer's plain token is none to this server: not our client's fault, so 503.
    assert_eq!(peer.get::<Value>("/v1/dossier").await.unwrap_err().status(), 503);
    assert_eq!(peer.get::<Value>("/v1/broken").await.unwrap_err().status(), 503);
    // Who asks cannot help it that a body does not fit; who hands something over is told.
    let order = |province: &str| json!({ "province": province, "services": [] });
    assert_eq!(peer.tell::<Value>("/v1/handed", &order("210000")).await.unwrap(), json!({}));
    let refused = peer.tell::<Value>("/v1/handed", &order("")).await.unwrap_err();
    assert_eq!((refused.status(), refused.errors()[0].rule.as_str()), (422, "test.empty"));
    assert_eq!(peer.tell::<Value>("/v1/handed", &json!([])).await.unwrap_err().status(), 422);
    assert_eq!(peer.tell::<Value>("/v1/nothing", &order("210000")).await.unwrap_err().status(), 404);
    assert_eq!(peer.post::<Value>("/v1/handed", &order("")).await.unwrap_err().status(), 503);
}

#[actix_web::test]
async fn a_stop_finishes_what_was_begun_and_takes_nothing_new() {
    let world = World::start().await;
    let begun = actix_web::rt::spawn(world.ask(Method::GET, "/v1/slow").send());
    actix_web::rt::time::sleep(Duration::from_millis(300)).await;
    world.stop.cancel();
    assert_eq!(begun.await.unwrap().unwrap().status(), 200);
    assert!(world.ask(Method::GET, "/livez").send().await.is_err());
}
