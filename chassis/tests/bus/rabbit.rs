//! What only a broker does: keep what was given up, survive a broken connection, refuse what is no message.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chassis::bus::{GivenUp, Keeper, Subscription, Verdict};
use futures::FutureExt;
use lapin::{
    BasicProperties, Connection, ConnectionProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use tokio::time::Instant;
use url::Url;

use super::{Seen, World, amqp_url, exchange, message, proxy::Proxy};

const ORDERS: Subscription = Subscription { queue: "orders", topics: &["order.#"] };

/// A keeper, and what it keeps; the first time it cannot.
fn keeper() -> (Keeper, Arc<Mutex<Vec<GivenUp>>>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    let tried = Arc::new(Mutex::new(false));
    let keeper: Keeper = Arc::new(move |letter| {
        let first = !std::mem::replace(&mut *tried.lock().unwrap(), true);
        if !first {
            keep.lock().unwrap().push(letter);
        }
        async move { if first { Verdict::Retry } else { Verdict::Done } }.boxed()
    });
    (keeper, kept)
}

async fn one(kept: &Mutex<Vec<GivenUp>>) -> GivenUp {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(letter) = kept.lock().unwrap().pop() {
            return letter;
        }
        assert!(Instant::now() < end, "nothing was given up");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn after_the_last_repetition_a_message_is_given_up_and_kept_whole() {
    let mut world = World::broker().await;
    let (keep, kept) = keeper();
    let (bus, stop) = (Arc::clone(&world.bus), world.stop.clone());
    world.readers.spawn(async move { bus.given_up(ORDERS.queue, keep, stop).await });
    world.bus.declare(ORDERS).await.unwrap();
    let seen = Seen::default();
    world.read(ORDERS, seen.by(|_, _| Verdict::Retry));
    let hopeless = message("order.hopeless");
    world.send(&hopeless).await;
    let letter = one(&kept).await;
    assert_eq!(seen.times(&hopeless), 3, "once and two repetitions");
    assert_eq!(letter.why, "it was tried 3 times");
    assert_eq!(serde_json::from_slice::<chassis::bus::Envelope>(&letter.body).unwrap(), hopeless);
    world.end().await;
}

#[tokio::test]
async fn what_is_no_message_of_ours_is_given_up_unread() {
    let exchange = exchange();
    let mut world = World::at(&amqp_url(), &exchange).await;
    let (keep, kept) = keeper();
    let (bus, stop) = (Arc::clone(&world.bus), world.stop.clone());
    world.readers.spawn(async move { bus.given_up(ORDERS.queue, keep, stop).await });
    world.bus.declare(ORDERS).await.unwrap();
    let seen = Seen::default();
    world.read(ORDERS, seen.by(|_, _| Verdict::Done));

    let stranger = Connection::connect(&amqp_url(), ConnectionProperties::default()).await.unwrap();
    let channel = stranger.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let sent =
        channel.basic_publish(exchange.into(), "order.odd".into(), options, b"{\"id\": 5", BasicProperties::default());
    sent.await.unwrap().await.unwrap();

    let letter = one(&kept).await;
    assert_eq!(letter.body, b"{\"id\": 5");
    assert!(letter.why.starts_with("it is no envelope"), "{}", letter.why);
    // What comes behind it is read.
    let next = message("order.next");
    world.send(&next).await;
    seen.has(&next, 1).await;
    world.end().await;
}

#[tokio::test]
async fn a_connection_that_was_cut_is_made_anew_and_nothing_is_lost() {
    let url = Url::parse(&amqp_url()).unwrap();
    let proxy = Proxy::before(format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5672))).await;
    let mut through = url.clone();
    through.set_port(Some(proxy.address.port())).unwrap();
    through.set_host(Some("127.0.0.1")).unwrap();
    let mut world = World::at(through.as_str(), &exchange()).await;
    world.bus.declare(ORDERS).await.unwrap();
    let seen = Seen::default();
    world.read(ORDERS, seen.by(|_, _| Verdict::Done));
    let [before, during, after] = ["order.before", "order.during", "order.after"].map(message);
    world.send(&before).await;
    seen.has(&before, 1).await;

    proxy.up.send_replace(false);
    assert!(world.answer(&during).await.is_err());
    assert!(world.bus.check().await.is_err());
    proxy.up.send_replace(true);
    world.send(&during).await;
    world.send(&after).await;
    seen.has(&during, 1).await;
    seen.has(&after, 1).await;
    world.bus.check().await.unwrap();
    world.end().await;
}
