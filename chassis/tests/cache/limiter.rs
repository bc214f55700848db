//! The limiter on a cache that answers, and on one that does not.

use std::sync::Arc;

use chassis::{cache::Quota, limiter::Limiter};

use super::{World, outage::nowhere};

#[tokio::test]
async fn the_one_too_many_is_told_to_come_back_later() {
    let limiter = Limiter::new(World::memory().cache);
    let quota = Quota::per_minute(60, 2);
    for _ in 0..2 {
        limiter.take("key", quota).await.unwrap();
    }
    let refused = limiter.take("key", quota).await.unwrap_err();
    assert_eq!(refused.status(), 429);
    assert!(!refused.is_refusal(), "it says when to come back");
    limiter.give_back("key", quota).await;
    limiter.take("key", quota).await.unwrap();
}

#[tokio::test]
async fn without_the_cache_limits_are_stricter_and_still_there() {
    let limiter = Limiter::new(Arc::new(nowhere().await));
    let quota = Quota::per_minute(60, 8);
    for _ in 0..2 {
        limiter.take("key", quota).await.unwrap();
    }
    assert_eq!(limiter.take("key", quota).await.unwrap_err().status(), 429);
    limiter.give_back("key", quota).await;
    limiter.take("key", quota).await.unwrap();
}

#[tokio::test]
async fn without_the_cache_what_must_be_counted_is_closed() {
    let limiter = Limiter::new(Arc::new(nowhere().await));
    let refused = limiter.take_strictly("key", Quota::per_minute(60, 8)).await.unwrap_err();
    assert_eq!(refused.status(), 503);
    let limiter = Limiter::new(World::memory().cache);
    limiter.take_strictly("key", Quota::per_minute(1, 1)).await.unwrap();
    assert_eq!(limiter.take_strictly("key", Quota::per_minute(1, 1)).await.unwrap_err().status(), 429);
}
