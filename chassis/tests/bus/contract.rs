//! What every bus does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chassis::bus::{Handler, Subscription, Undelivered, Verdict};
use futures::FutureExt;

use super::{Seen, World, message};

const ORDERS: Subscription = Subscription { queue: "orders", topics: &["order.#"] };
const PHOTOS: Subscription = Subscription { queue: "photos", topics: &["photo.*", "order.submitted"] };

/// Each case runs against both.
macro_rules! for_both {
    ($($(#[$doc:meta])* async fn $name:ident(mut $world:ident: World) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn case(mut $world: World) $body

            #[tokio::test]
            async fn in_process() {
                case(World::in_process()).await;
            }

            #[tokio::test]
            async fn over_a_broker() {
                case(World::broker().await).await;
            }
        }
    )+};
}

fn done(seen: &Seen) -> Handler {
    seen.by(|_, _| Verdict::Done)
}

for_both! {
    async fn a_message_reaches_every_reader_that_wants_it_whole(mut world: World) {
        let (orders, photos) = (Seen::default(), Seen::default());
        for (what, seen) in [(ORDERS, &orders), (PHOTOS, &photos)] {
            world.bus.declare(what).await.unwrap();
            world.read(what, done(seen));
        }
        let [both, one, other] = ["order.submitted", "order.returned", "photo.accepted"].map(message);
        for envelope in [&both, &one, &other] {
            world.send(envelope).await;
        }
        orders.has(&both, 1).await;
        orders.has(&one, 1).await;
        photos.has(&both, 1).await;
        photos.has(&other, 1).await;
        assert_eq!((orders.times(&other), photos.times(&one)), (0, 0));
        let first = orders.0.lock().unwrap().iter().find(|known| known.id == both.id).cloned();
        assert_eq!(first, Some(both));
        world.end().await;
    }

    async fn a_topic_that_nobody_reads_is_unroutable(mut world: World) {
        world.bus.declare(ORDERS).await.unwrap();
        let seen = Seen::default();
        world.read(ORDERS, done(&seen));
        world.send(&message("order.submitted")).await;
        let batch = ["order.returned", "nobody.cares", "order.filed"].map(message);
        let answers = world.bus.publish(&batch).await;
        assert_eq!(answers, [Ok(()), Err(Undelivered::Unroutable), Ok(())]);
        world.end().await;
    }

    async fn what_is_sent_before_the_reader_is_there_waits_for_it(mut world: World) {
        world.bus.declare(ORDERS).await.unwrap();
        // Twice does no harm: every start of a service declares.
        world.bus.declare(ORDERS).await.unwrap();
        let early = message("order.submitted");
        // A broker keeps it; in one process it stays in its outbox.
        drop(world.answer(&early).await);
        let seen = Seen::default();
        world.read(ORDERS, done(&seen));
        world.send(&early).await;
        seen.has(&early, 1).await;
        world.end().await;
    }

    async fn a_message_to_be_retried_comes_again_and_a_dead_one_does_not(mut world: World) {
        world.bus.declare(ORDERS).await.unwrap();
        let seen = Seen::default();
        world.read(ORDERS, seen.by(|envelope, before| match envelope.topic.as_str() {
            "order.dead" => Verdict::Dead,
            _ if before == 0 => Verdict::Retry,
            _ => Verdict::Done,
        }));
        let [dead, again, last] = ["order.dead", "order.again", "order.last"].map(message);
        for envelope in [&dead, &again, &last] {
            world.send(envelope).await;
        }
        seen.has(&again, 2).await;
        seen.has(&last, 2).await;
        assert_eq!(seen.times(&dead), 1);
        world.end().await;
    }

    async fn a_reader_in_trouble_does_not_hinder_another(mut world: World) {
        let (orders, photos) = (Seen::default(), Seen::default());
        for what in [ORDERS, PHOTOS] {
            world.bus.declare(what).await.unwrap();
        }
        world.read(ORDERS, orders.by(|_, before| if before < 2 { Verdict::Retry } else { Verdict::Done }));
        world.read(PHOTOS, done(&photos));
        let both = message("order.submitted");
        world.send(&both).await;
        photos.has(&both, 1).await;
        orders.has(&both, 3).await;
        world.end().await;
    }

    async fn stopping_waits_for_what_is_at_hand(mut world: World) {
        world.bus.declare(ORDERS).await.unwrap();
        let [begun, over] = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let handler: Handler = {
            let (begun, over) = (Arc::clone(&begun), Arc::clone(&over));
            Arc::new(move |_| {
                let (begun, over) = (Arc::clone(&begun), Arc::clone(&over));
                async move {
                    begun.store(true, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    over.store(true, Ordering::SeqCst);
                    Verdict::Done
                }
                .boxed()
            })
        };
        world.read(ORDERS, handler);
        let slow = message("order.slow");
        let bus = Arc::clone(&world.bus);
        let mut sending = tokio::task::JoinSet::new();
        sending.spawn(async move {
            while bus.publish(std::slice::from_ref(&slow)).await != [Ok(())] {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        while !begun.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.end().await;
        assert!(over.load(Ordering::SeqCst), "the reader was broken off");
    }
}
