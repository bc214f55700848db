//! What does not arrive is tried again, later and later, and at last given up and kept.

use sandbox::{behaviour::Behaviour, mail, sms};

use crate::world::{MAIL, World, by};

#[tokio::test]
async fn a_deferred_mail_goes_out_when_the_server_recovers() {
    let world = World::start().await;
    world.stage.outside.sandbox.mail.behave(Behaviour { times: Some(2), ..Behaviour::always(mail::Mode::Defer) });
    world.stage.deliver(&world.withdrawn()).await.unwrap();
    let notice = world.tried(1).await;
    assert_eq!((notice["state"].as_str(), notice["outcome"].as_str()), (Some("queued"), Some("deferred")));
    assert_eq!(notice["next_at"], "2026-03-02T04:01:00Z");
    world.advance(60);
    assert_eq!(world.tried(2).await["next_at"], "2026-03-02T04:06:00Z");
    world.advance(300);
    let notices = world.all("sent").await;
    assert_eq!(world.letters().len(), 1);
    let tries = world.tries(notices.first().unwrap()).await;
    let outcomes: Vec<_> = tries.iter().map(|one| one["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["deferred", "deferred", "sent"]);
    assert_eq!(tries.first().unwrap()["code"], "451");
}

#[tokio::test]
async fn a_mail_that_is_always_refused_is_given_up_and_kept() {
    let world = World::start().await;
    world.stage.outside.sandbox.mail.behave(Behaviour::always(mail::Mode::Refuse));
    world.stage.deliver(&world.withdrawn()).await.unwrap();
    for (times, pause) in [(1, 60), (2, 300), (3, 1800)] {
        assert_eq!(world.tried(times).await["outcome"], "refused");
        world.advance(pause);
    }
    let notices = world.all("failed").await;
    let notice = notices.first().unwrap();
    assert_eq!((notice["attempts"].as_i64(), notice["outcome"].as_str()), (Some(4), Some("refused")));
    assert!(notice["failed_at"].is_string() && notice.get("next_at").is_none());
    world.advance(1_000_000);
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(world.notices().await.len(), 1, "it is kept");
    assert!(world.letters().is_empty());
}

#[tokio::test]
async fn a_corrected_address_is_used_at_the_next_try() {
    let world = World::start().await;
    world.contact(None, None);
    world.stage.deliver(&world.withdrawn()).await.unwrap();
    assert_eq!(world.tried(1).await["outcome"], "no_contact");
    world.contact(Some(MAIL), None);
    world.advance(60);
    world.all("sent").await;
    assert_eq!(world.letters().len(), 1);
}

#[tokio::test]
async fn a_peer_that_is_away_costs_no_try() {
    let world = World::start().await;
    let path = format!("/v1/peer/orders/{}/contacts/subject", world.order);
    world.stage.outside.peers.answer(&path, 500, serde_json::Value::Null);
    world.stage.deliver(&world.withdrawn()).await.unwrap();
    let waiting =
        |notices: &[serde_json::Value]| notices.iter().all(|notice| notice["next_at"] == "2026-03-02T04:00:30Z");
    let notices = world.until("the pause", waiting).await;
    assert_eq!((notices[0]["attempts"].as_i64(), notices[0]["state"].as_str()), (Some(0), Some("queued")));
    world.contact(Some(MAIL), None);
    world.advance(30);
    world.all("sent").await;
}

#[tokio::test]
async fn a_refused_and_a_broken_gateway_are_tried_again() {
    let world = World::start().await;
    let gateway = &world.stage.outside.sandbox.sms;
    gateway.behave(Behaviour::once(sms::Mode::Refuse));
    world.stage.deliver(&world.returned()).await.unwrap();
    let deferred = |notices: &[serde_json::Value]| by(notices, "sms").iter().any(|sms| sms["outcome"] == "deferred");
    world.until("the refusal", deferred).await;
    gateway.behave(Behaviour::once(sms::Mode::Fail));
    world.advance(60);
    let again = |notices: &[serde_json::Value]| {
        by(notices, "sms").iter().any(|sms| sms["attempts"] == 2 && sms["state"] == "queued")
    };
    let notices = world.until("the failure", again).await;
    let tries = world.tries(by(&notices, "sms").first().unwrap()).await;
    assert_eq!(tries[0]["code"], "LimitExceeded.PhoneNumberDailyLimit");
    assert_eq!(tries[1]["code"], "http_500");
    assert!(world.messages().is_empty());
    world.advance(300);
    world.all("sent").await;
    assert_eq!(world.messages().len(), 1);
}

#[tokio::test]
async fn an_sms_of_unknown_fate_waits_longer_and_its_repetition_is_marked() {
    let world = World::start().await;
    world.stage.outside.sandbox.sms.behave(Behaviour::once(sms::Mode::Cut));
    world.stage.deliver(&world.returned()).await.unwrap();
    let unknown = |notices: &[serde_json::Value]| by(notices, "sms").iter().any(|sms| sms["state"] == "unknown");
    let notices = world.until("the unknown fate", unknown).await;
    let sms = by(&notices, "sms")[0];
    assert_eq!(sms["next_at"], "2026-03-02T04:20:00Z", "not after a minute, as others");
    assert_eq!(world.messages().len(), 1, "it did arrive");
    world.advance(60);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(world.messages().len(), 1, "it is not sent blindly");
    world.advance(1140);
    let notices = world.all("sent").await;
    let sms = by(&notices, "sms")[0];
    assert_eq!((sms["repeated"].as_bool(), sms["attempts"].as_i64()), (Some(true), Some(2)));
    let tries = world.tries(sms).await;
    assert_eq!((tries[0]["outcome"].as_str(), tries[1]["repeated"].as_bool()), (Some("unknown"), Some(true)));
    assert_eq!(by(&notices, "mail")[0]["repeated"], false);
}

#[tokio::test]
async fn a_gateway_that_does_not_answer_in_time_leaves_the_fate_unknown() {
    let world = World::start().await;
    let slow = Behaviour { delay_ms: 1_500, ..Behaviour::once(sms::Mode::Delay) };
    world.stage.outside.sandbox.sms.behave(slow);
    world.stage.deliver(&world.returned()).await.unwrap();
    let unknown = |notices: &[serde_json::Value]| by(notices, "sms").iter().any(|sms| sms["state"] == "unknown");
    let notices = world.until("the timeout", unknown).await;
    assert_eq!(world.tries(by(&notices, "sms")[0]).await[0]["code"], "timeout");
}

#[tokio::test]
async fn a_mail_of_unknown_fate_is_sent_again_under_the_same_name() {
    let world = World::start().await;
    world.stage.outside.sandbox.mail.behave(Behaviour::once(mail::Mode::Cut));
    world.stage.deliver(&world.withdrawn()).await.unwrap();
    let notice = world.tried(1).await;
    assert_eq!((notice["state"].as_str(), notice["repeated"].as_bool()), (Some("unknown"), Some(true)));
    world.advance(60);
    world.all("sent").await;
    let letters = world.letters();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0].message_id, letters[1].message_id, "a mailbox can drop the second");
}

#[tokio::test]
async fn a_notice_that_cannot_be_read_does_not_stand_in_the_way() {
    let world = World::start().await;
    let odd = "INSERT INTO notice (id, message_id, order_id, kind, principal, channel, facts, next_at, queued_at) \
               VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'of_tomorrow', 'subject', 'mail', '{}', \
               '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z')";
    crate::log::run(&world, odd).await;
    world.stage.deliver(&world.withdrawn()).await.unwrap();
    world.all("sent").await;
}
