use chassis::{
    auth::{TokenSource, Verifier},
    clock::Clock,
};
use chrono::TimeDelta;
use sandbox::{SandboxArgs, behaviour::Behaviour, identity::Mode};
use secrecy::ExposeSecret;
use serde_json::json;
use std::sync::Arc;

use crate::world::World;

fn clock_of(world: &World) -> Arc<dyn Clock> {
    Arc::<chassis::clock::FixedClock>::clone(&world.clock)
}

fn verifier(world: &World) -> Verifier {
    Verifier::new(&world.sandbox.identity.auth_args("svc-orders").unwrap(), clock_of(world)).unwrap()
}

#[tokio::test]
async fn the_services_believe_the_tokens_of_all_people() {
    let world = World::start().await;
    let verifier = verifier(&world);
    for person in world.sandbox.identity.people() {
        let token = world.sandbox.identity.token(person.person).unwrap();
        let actor = verifier.verify(&token).await.unwrap();
        assert_eq!((actor.id.as_str(), actor.name.as_deref()), (person.person, Some(person.name)));
        assert_eq!(serde_json::to_value(actor.role).unwrap(), person.role);
        assert_eq!(actor.account.map(Into::into), person.account);
        assert_eq!(actor.provinces.len(), person.provinces.len());
    }
    assert!(world.sandbox.identity.token("nobody").is_err());
}

#[tokio::test]
async fn a_token_ends_after_half_a_day() {
    let world = World::start().await;
    let verifier = verifier(&world);
    let token = world.sandbox.identity.token("reviewer-chen").unwrap();
    world.clock.advance(TimeDelta::hours(12) - TimeDelta::seconds(1));
    assert!(verifier.verify(&token).await.is_ok());
    world.clock.advance(TimeDelta::minutes(2));
    assert!(verifier.verify(&token).await.is_err());
}

#[tokio::test]
async fn people_and_their_tokens_are_listed() {
    let world = World::start().await;
    let people = world.get("identity/people").await;
    assert_eq!(people.as_array().unwrap().len(), 8);
    let token = people[0]["token"].as_str().unwrap();
    assert_eq!(verifier(&world).verify(token).await.unwrap().id, "customer-liaoning");
}

#[tokio::test]
async fn a_test_may_be_anybody() {
    let world = World::start().await;
    let token = world.sandbox.identity.token_with("reviewer", None, &["210000"]).unwrap();
    let actor = verifier(&world).verify(&token).await.unwrap();
    assert_eq!(actor.provinces, [domain::region::Province::Liaoning]);
}

#[tokio::test]
async fn a_service_gets_its_own_token_with_its_own_secret() {
    let world = World::start().await;
    let args = world.sandbox.identity.auth_args("svc-photo").unwrap();
    let token = TokenSource::new(&args, clock_of(&world)).unwrap().token().await.unwrap();
    let actor = verifier(&world).verify(token.expose_secret()).await.unwrap();
    assert_eq!((actor.id.as_str(), actor.role), ("svc-photo", domain::access::Role::Service));

    let ask = async |id: &str, secret: &str, kind: &str| {
        let form = [("grant_type", kind), ("client_id", id), ("client_secret", secret)];
        world.client.post(world.url("identity/token")).form(&form).send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask("svc-photo", "wrong", "client_credentials").await, 401);
    assert_eq!(ask("svc-nobody", "sandbox-secret-of-svc-nobody", "client_credentials").await, 401);
    assert_eq!(ask("svc-photo", args.client_secret.expose_secret(), "password").await, 400);
}

#[tokio::test]
async fn the_token_endpoint_can_be_out_of_order() {
    let world = World::start().await;
    let args = world.sandbox.identity.auth_args("svc-photo").unwrap();
    world.script("identity", &json!({ "mode": "fail", "times": 1 })).await;
    let source = TokenSource::new(&args, clock_of(&world)).unwrap();
    assert!(source.token().await.is_err());
    assert!(source.token().await.is_ok());
    source.forget().await;
    world.sandbox.identity.behave(Behaviour::once(Mode::Refuse));
    assert!(source.token().await.is_err());
    assert!(source.token().await.is_ok());
}

#[tokio::test]
async fn tokens_stand_over_a_restart_when_the_key_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let args = || SandboxArgs { dir: Some(dir.path().join("kept")), ..SandboxArgs::default() };
    let first = World::with(args()).await;
    let port = first.sandbox.http.port().unwrap();
    let token = first.sandbox.identity.token("lead-zhao").unwrap();
    first.sandbox.stop().await;
    let again = World::with(SandboxArgs { http: ([127, 0, 0, 1], port).into(), ..args() }).await;
    assert!(verifier(&again).verify(&token).await.is_ok());

    let other = World::start().await;
    assert!(verifier(&other).verify(&token).await.is_err(), "another sandbox has another key");
}

#[tokio::test]
async fn behind_another_name_the_issuer_has_that_name() {
    let public = "http://sandbox:8090".parse().unwrap();
    let world = World::with(SandboxArgs { public: Some(public), ..SandboxArgs::default() }).await;
    let args = world.sandbox.identity.auth_args("svc-orders").unwrap();
    assert_eq!(args.issuer, "http://sandbox:8090/identity");
    assert_eq!(args.jwks_url.unwrap().as_str(), "http://sandbox:8090/identity/jwks");
}
