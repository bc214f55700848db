//! What every cache does.

use std::time::Duration;

use chassis::cache::{Quota, Taken};

use super::World;

const SHORT: Duration = Duration::from_millis(150);
const OVER: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(60);

/// Each case runs against both.
macro_rules! for_both {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident: &World) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn case($world: &World) $body

            #[tokio::test]
            async fn in_memory() {
                case(&World::memory()).await;
            }

            #[tokio::test]
            async fn in_redis() {
                case(&World::redis().await).await;
            }
        }
    )+};
}

for_both! {
    async fn what_was_put_is_there_until_its_time_is_over(world: &World) {
        let key = world.key("put");
        assert_eq!(world.cache.get(&key).await.unwrap(), None);
        world.cache.put(&key, "one", LONG).await.unwrap();
        world.cache.put(&key, "two 二", SHORT).await.unwrap();
        assert_eq!(world.cache.get(&key).await.unwrap().as_deref(), Some("two 二"));
        world.pass(OVER).await;
        assert_eq!(world.cache.get(&key).await.unwrap(), None);
    }

    async fn only_the_first_of_two_puts_where_nothing_is(world: &World) {
        let key = world.key("absent");
        assert!(world.cache.put_absent(&key, "first", SHORT).await.unwrap());
        assert!(!world.cache.put_absent(&key, "second", SHORT).await.unwrap());
        assert_eq!(world.cache.get(&key).await.unwrap().as_deref(), Some("first"));
        world.pass(OVER).await;
        // What is over is nothing, even before it was swept.
        assert!(world.cache.put_absent(&key, "third", SHORT).await.unwrap());
        assert_eq!(world.cache.get(&key).await.unwrap().as_deref(), Some("third"));
    }

    async fn what_was_removed_is_gone(world: &World) {
        let key = world.key("remove");
        world.cache.put(&key, "here", SHORT).await.unwrap();
        assert!(world.cache.remove(&key).await.unwrap());
        assert!(!world.cache.remove(&key).await.unwrap());
        assert_eq!(world.cache.get(&key).await.unwrap(), None);
        world.cache.put(&key, "here", SHORT).await.unwrap();
        world.pass(OVER).await;
        assert!(!world.cache.remove(&key).await.unwrap());
    }

    async fn a_code_is_removed_by_the_right_one_and_once(world: &World) {
        let key = world.key("code");
        world.cache.put(&key, "123456", LONG).await.unwrap();
        assert!(!world.cache.remove_if(&key, "654321").await.unwrap());
        let (a, b) = tokio::join!(world.cache.remove_if(&key, "123456"), world.cache.remove_if(&key, "123456"));
        assert!(a.unwrap() != b.unwrap());
        assert_eq!(world.cache.get(&key).await.unwrap(), None);
        world.cache.put(&key, "123456", SHORT).await.unwrap();
        world.pass(OVER).await;
        assert!(!world.cache.remove_if(&key, "123456").await.unwrap());
    }

    async fn a_count_begins_anew_when_its_first_one_is_over(world: &World) {
        let key = world.key("count");
        assert_eq!(world.cache.bump(&key, SHORT).await.unwrap(), 1);
        assert_eq!(world.cache.bump(&key, LONG).await.unwrap(), 2);
        assert_eq!(world.cache.get(&key).await.unwrap().as_deref(), Some("2"));
        // The second did not prolong the first.
        world.pass(OVER).await;
        assert_eq!(world.cache.bump(&key, SHORT).await.unwrap(), 1);
        world.cache.remove(&key).await.unwrap();
        assert_eq!(world.cache.bump(&key, SHORT).await.unwrap(), 1);
    }

    async fn many_counts_at_once_lose_none(world: &World) {
        let key = world.key("counts");
        let counts = futures::future::join_all((0..50).map(|_| world.cache.bump(&key, LONG))).await;
        let mut counts: Vec<u64> = counts.into_iter().map(Result::unwrap).collect();
        counts.sort_unstable();
        assert_eq!(counts, (1..=50).collect::<Vec<_>>());
    }

    async fn a_bucket_gives_its_burst_and_then_one_each_interval(world: &World) {
        let (key, quota) = (world.key("bucket"), Quota::every(Duration::from_millis(300), 3));
        for _ in 0..3 {
            assert_eq!(world.cache.take(&key, quota).await.unwrap(), Taken::Yes);
        }
        let Taken::After(wait) = world.cache.take(&key, quota).await.unwrap() else { panic!("a fourth one") };
        assert!(wait > Duration::ZERO && wait <= Duration::from_millis(300), "{wait:?}");
        world.pass(wait).await;
        assert_eq!(world.cache.take(&key, quota).await.unwrap(), Taken::Yes);
        assert!(matches!(world.cache.take(&key, quota).await.unwrap(), Taken::After(_)));
    }

    async fn a_refusal_costs_nothing(world: &World) {
        let (key, quota) = (world.key("refused"), Quota::every(Duration::from_millis(200), 1));
        assert_eq!(world.cache.take(&key, quota).await.unwrap(), Taken::Yes);
        for _ in 0..20 {
            let Taken::After(wait) = world.cache.take(&key, quota).await.unwrap() else { break };
            assert!(wait <= Duration::from_millis(200), "{wait:?}");
        }
        world.pass(Duration::from_millis(200)).await;
        assert_eq!(world.cache.take(&key, quota).await.unwrap(), Taken::Yes);
    }

    async fn a_rested_bucket_gives_its_burst_and_no_more(world: &World) {
        let (key, quota) = (world.key("rested"), Quota::every(Duration::from_millis(50), 2));
        assert_eq!(world.cache.take(&key, quota).await.unwrap(), Taken::Yes);
        world.pass(Duration::from_millis(500)).await;
        let slow = Quota::every(Duration::from_secs(20), 2);
        assert_eq!(world.cache.take(&key, slow).await.unwrap(), Taken::Yes);
        assert_eq!(world.cache.take(&key, slow).await.unwrap(), Taken::Yes);
        assert!(matches!(world.cache.take(&key, slow).await.unwrap(), Taken::After(_)));
    }

    async fn what_is_given_back_can_be_taken_again(world: &World) {
        let (key, quota) = (world.key("back"), Quota::every(Duration::from_secs(30), 2));
        // More than there is does not make the bucket larger.
        world.cache.give_back(&key, quota).await.unwrap();
        for _ in 0..2 {
            assert_eq!(world.cache.take(&key, quota).await.unwrap(), Taken::Yes);
        }
        assert!(matches!(world.cache.take(&key, quota).await.unwrap(), Taken::After(_)));
        world.cache.give_back(&key, quota).await.unwrap();
        assert_eq!(world.cache.take(&key, quota).await.unwrap(), Taken::Yes);
        assert!(matches!(world.cache.take(&key, quota).await.unwrap(), Taken::After(_)));
    }

    async fn buckets_do_not_know_one_another(world: &World) {
        let quota = Quota::per_minute(1, 1);
        for name in ["alice", "bob"] {
            assert_eq!(world.cache.take(&world.key(name), quota).await.unwrap(), Taken::Yes);
        }
        assert!(matches!(world.cache.take(&world.key("bob"), quota).await.unwrap(), Taken::After(_)));
    }

    async fn many_takes_at_once_get_the_burst_and_no_more(world: &World) {
        let (key, quota) = (world.key("crowd"), Quota::per_minute(1, 10));
        let taken = futures::future::join_all((0..40).map(|_| world.cache.take(&key, quota))).await;
        assert_eq!(taken.into_iter().filter(|taken| *taken == Ok(Taken::Yes)).count(), 10);
    }

    async fn it_says_that_it_answers(world: &World) {
        world.cache.check().await.unwrap();
    }
}
