//! A sender that dies between sending and noting it.

use chassis::fault::{self, Action};

use crate::world::{World, by};

/// The point is met by every test of this process, so that they run one after the other; nextest gives each its own process.
#[tokio::test]
async fn what_was_sent_and_not_noted_is_sent_again_at_most_marked() {
    let world = World::start().await;
    let armed = fault::arm("notify.after_send_before_record", Action::Fail);
    world.stage.deliver(&world.returned()).await.unwrap();
    armed.reached(2).await;
    drop(armed);
    let sending = |notices: &[serde_json::Value]| {
        notices.iter().all(|notice| notice["state"] == "sending" && notice["attempts"] == 1)
    };
    world.until("two that were left behind", sending).await;
    assert_eq!((world.letters().len(), world.messages().len()), (1, 1));

    // Nobody comes back for them; after a while another sender looks after them.
    world.advance(301);
    let unknown = |notices: &[serde_json::Value]| {
        notices.iter().all(|notice| notice["state"] == "unknown" && notice["repeated"] == true)
    };
    let notices = world.until("their fate is unknown", unknown).await;
    assert_eq!(by(&notices, "mail")[0]["next_at"], "2026-03-02T04:06:01Z");
    assert_eq!(by(&notices, "sms")[0]["next_at"], "2026-03-02T04:25:01Z");

    world.advance(1_201);
    let notices = world.all("sent").await;
    assert!(notices.iter().all(|notice| notice["repeated"] == true && notice["attempts"] == 2));
    assert_eq!((world.letters().len(), world.messages().len()), (2, 2));
    let letters = world.letters();
    assert_eq!(letters[0].message_id, letters[1].message_id);
    for notice in &notices {
        let tries = world.tries(notice).await;
        assert_eq!(tries[0]["code"], "left_behind");
        assert_eq!((tries[1]["outcome"].as_str(), tries[1]["repeated"].as_bool()), (Some("sent"), Some(true)));
    }
}
