//! Which tokens stand and which do not, and how often the identity service is asked.

use std::sync::Arc;

use super::issuer::{Issuer, ed25519, jwk, noon, p256, sign_with};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{
    auth::{TokenSource, Verifier},
    clock::FixedClock,
};
use chrono::TimeDelta;
use domain::access::Role;
use jsonwebtoken::{Algorithm, EncodingKey};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

struct World {
    issuer: Issuer,
    clock: Arc<FixedClock>,
    verifier: Verifier,
}

impl World {
    async fn start() -> Self {
        let issuer = Issuer::start().await;
        let clock = Arc::new(FixedClock::at(noon()));
        let verifier = Verifier::new(&issuer.args(), Arc::<FixedClock>::clone(&clock)).unwrap();
        Self { issuer, clock, verifier }
    }

    async fn status_of(&self, token: &str) -> u16 {
        self.verifier.verify(token).await.map_or_else(|failure| failure.status(), |_| 200)
    }

    /// Good claims of a customer, with one of them changed, or removed by `null`.
    fn with(&self, claim: &str, value: Value) -> String {
        let mut claims = self.issuer.claims("customer");
        let object = claims.as_object_mut().unwrap();
        if value.is_null() {
            object.remove(claim);
        } else {
            object.insert(claim.to_owned(), value);
        }
        self.issuer.sign(&claims)
    }
}

#[actix_web::test]
async fn a_good_token_names_the_actor() {
    let world = World::start().await;
    let mut claims = world.issuer.claims("reviewer");
    claims["provinces"] = json!(["210000"]);
    let actor = world.verifier.verify(&world.issuer.sign(&claims)).await.unwrap();
    assert_eq!((actor.id.as_str(), actor.role, actor.provinces.len()), ("reviewer-1", Role::Reviewer, 1));
    let customer = world.verifier.verify(&world.issuer.token("customer")).await.unwrap();
    assert!(customer.account.is_some());
}

#[actix_web::test]
async fn tokens_with_wrong_or_missing_claims_do_not_stand() {
    let world = World::start().await;
    let now = noon().timestamp();
    let wrong = [
        ("aud", json!("another-api")),
        ("aud", json!(["another-api"])),
        ("aud", Value::Null),
        ("iss", json!("https://elsewhere.example")),
        ("iss", Value::Null),
        ("sub", Value::Null),
        ("sub", json!("")),
        ("exp", Value::Null),
        ("exp", json!(format!("{}", now + 600))),
        ("exp", json!(now - 31)),
        ("nbf", json!(now + 31)),
        ("nbf", json!("tomorrow")),
        ("role", json!("root")),
        ("role", Value::Null),
        ("account", Value::Null),
        ("account", json!("not-an-id")),
        ("provinces", json!(["999999"])),
    ];
    for (claim, value) in wrong {
        let token = world.with(claim, value.clone());
        assert_eq!(world.status_of(&token).await, 401, "{claim} = {value}");
    }
    for (claim, value) in [("exp", json!(now - 29)), ("nbf", json!(now + 29)), ("aud", json!(["x", "icp-filing"]))] {
        let token = world.with(claim, value.clone());
        assert_eq!(world.status_of(&token).await, 200, "{claim} = {value}");
    }
}

#[actix_web::test]
async fn tokens_with_wrong_signatures_do_not_stand() {
    let world = World::start().await;
    let good = world.issuer.token("customer");
    let claims = world.issuer.claims("customer");
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (header, rest) = good.split_once('.').unwrap();
    let (payload, _) = rest.split_once('.').unwrap();

    let unsigned = format!("{}.{payload}.", part(json!({"alg": "none", "typ": "JWT", "kid": "k1"})));
    assert_eq!(world.status_of(&unsigned).await, 401, "alg none");

    let forged = format!("{header}.{}.{}", part(claims.clone()), good.rsplit('.').next().unwrap());
    assert_eq!(world.status_of(&forged.replace(payload, &part(json!({"sub": "x"})))).await, 401, "changed payload");

    let other_key = sign_with("k1", &ed25519(), Algorithm::EdDSA, &claims);
    assert_eq!(world.status_of(&other_key).await, 401, "somebody else's key");

    let no_key_id = jsonwebtoken::encode(&jsonwebtoken::Header::new(Algorithm::EdDSA), &claims, &ed25519()).unwrap();
    assert_eq!(world.status_of(&no_key_id).await, 401, "no key id");

    for garbage in ["", "x", "a.b", "a.b.c", "....", &format!("{good}.{good}")] {
        assert_eq!(world.status_of(garbage).await, 401, "{garbage:?}");
    }
    assert_eq!(world.status_of(&good).await, 200);
}

#[actix_web::test]
async fn the_public_key_is_no_shared_secret() {
    let world = World::start().await;
    let key = ed25519();
    let public = jwk("k2", &key, Algorithm::EdDSA);
    world.issuer.publish(public.clone());
    let claims = world.issuer.claims("operations");
    let x = public["x"].as_str().unwrap();
    let raw = URL_SAFE_NO_PAD.decode(x).unwrap();
    for secret in [raw.as_slice(), x.as_bytes(), public.to_string().as_bytes()] {
        let token = sign_with("k2", &EncodingKey::from_secret(secret), Algorithm::HS256, &claims);
        assert_eq!(world.status_of(&token).await, 401);
    }
    // And a symmetric key in the set is not a key to us.
    let symmetric = json!({"kty": "oct", "kid": "k3", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(b"secret")});
    world.issuer.publish(symmetric);
    world.clock.advance(TimeDelta::seconds(31));
    let token = sign_with("k3", &EncodingKey::from_secret(b"secret"), Algorithm::HS256, &claims);
    assert_eq!(world.status_of(&token).await, 401);
}

#[actix_web::test]
async fn keys_of_every_kind_on_the_list_verify_and_only_with_their_own_algorithm() {
    let world = World::start().await;
    let (elliptic, edwards) = (p256(), ed25519());
    world.issuer.publish(jwk("ec", &elliptic, Algorithm::ES256));
    world.issuer.publish(jwk("ed", &edwards, Algorithm::EdDSA));
    let claims = world.issuer.claims("customer");
    assert_eq!(world.status_of(&sign_with("ec", &elliptic, Algorithm::ES256, &claims)).await, 200);
    assert_eq!(world.status_of(&sign_with("ed", &elliptic, Algorithm::ES256, &claims)).await, 401);
    assert_eq!(world.status_of(&sign_with("ec", &edwards, Algorithm::EdDSA, &claims)).await, 401);
}

#[actix_web::test]
async fn rsa_keys_verify_with_rs256_and_with_nothing_else() {
    use aws_lc_rs::{encoding::AsDer, rsa::KeySize, signature::RsaKeyPair};
    let world = World::start().await;
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    let pem = pem_of("PRIVATE KEY", der.as_ref());
    let key = EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    world.issuer.publish(jwk("rsa", &key, Algorithm::RS256));
    let claims = world.issuer.claims("customer");
    assert_eq!(world.status_of(&sign_with("rsa", &key, Algorithm::RS256, &claims)).await, 200);
    assert_eq!(world.status_of(&sign_with("rsa", &key, Algorithm::RS512, &claims)).await, 401);
    assert_eq!(world.status_of(&sign_with("rsa", &key, Algorithm::PS256, &claims)).await, 401);
}

fn pem_of(label: &str, der: &[u8]) -> String {
    let body = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[actix_web::test]
async fn unknown_keys_are_asked_for_at_most_every_thirty_seconds() {
    let world = World::start().await;
    let stranger = sign_with("nobody", &ed25519(), Algorithm::EdDSA, &world.issuer.claims("customer"));
    for _ in 0..5 {
        assert_eq!(world.status_of(&stranger).await, 401);
    }
    assert_eq!(world.issuer.fetched(), 1);

    let new = ed25519();
    world.issuer.publish(jwk("k2", &new, Algorithm::EdDSA));
    let token = sign_with("k2", &new, Algorithm::EdDSA, &world.issuer.claims("customer"));
    assert_eq!(world.status_of(&token).await, 401, "the set is younger than thirty seconds");
    world.clock.advance(TimeDelta::seconds(30));
    assert_eq!(world.status_of(&token).await, 200);
    assert_eq!(world.issuer.fetched(), 2);
}

#[actix_web::test]
async fn many_first_requests_fetch_the_keys_once() {
    let world = World::start().await;
    let token = world.issuer.token("customer");
    let all = (0..20).map(|_| world.status_of(&token));
    assert!(futures::future::join_all(all).await.iter().all(|status| *status == 200));
    assert_eq!(world.issuer.fetched(), 1);
}

#[actix_web::test]
async fn a_withdrawn_key_stops_verifying_and_an_outage_does_not_stop_the_others() {
    let world = World::start().await;
    let second = ed25519();
    world.issuer.publish(jwk("k2", &second, Algorithm::EdDSA));
    let mut claims = world.issuer.claims("customer");
    claims["exp"] = json!(noon().timestamp() + 86_400);
    let (first, other) = (world.issuer.sign(&claims), sign_with("k2", &second, Algorithm::EdDSA, &claims));
    assert_eq!((world.status_of(&first).await, world.status_of(&other).await), (200, 200));

    world.issuer.withdraw_all_but("k1");
    world.clock.advance(TimeDelta::minutes(11));
    assert_eq!((world.status_of(&first).await, world.status_of(&other).await), (200, 401));

    world.issuer.break_down();
    world.clock.advance(TimeDelta::minutes(11));
    assert_eq!(world.status_of(&first).await, 200, "the keys at hand are better than none");
}

#[actix_web::test]
async fn without_any_key_set_the_answer_is_unavailable_and_not_unauthenticated() {
    let world = World::start().await;
    let token = world.issuer.token("customer");
    world.issuer.break_down();
    assert_eq!(world.status_of(&token).await, 503);
}

#[actix_web::test]
async fn our_own_token_is_kept_until_its_last_minute() {
    let issuer = Issuer::start().await;
    let clock = Arc::new(FixedClock::at(noon()));
    let tokens = TokenSource::new(&issuer.args(), Arc::<FixedClock>::clone(&clock)).unwrap();
    let all = futures::future::join_all((0..10).map(|_| tokens.token())).await;
    assert!(all.into_iter().all(|token| token.unwrap().expose_secret() == "token-1"));
    clock.advance(TimeDelta::seconds(239));
    assert_eq!(tokens.token().await.unwrap().expose_secret(), "token-1");
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(tokens.token().await.unwrap().expose_secret(), "token-2");
    tokens.forget().await;
    assert_eq!(tokens.token().await.unwrap().expose_secret(), "token-3");
    assert_eq!(issuer.granted(), 3);
}

#[actix_web::test]
async fn a_refused_client_secret_is_unavailable_and_never_shown() {
    let issuer = Issuer::start().await;
    let args = chassis::config::AuthArgs { client_secret: "guess".into(), ..issuer.args() };
    let tokens = TokenSource::new(&args, Arc::new(FixedClock::at(noon()))).unwrap();
    let failure = tokens.token().await.unwrap_err();
    assert_eq!(failure.status(), 503);
    assert!(!format!("{failure:?}").contains("guess"));
}
