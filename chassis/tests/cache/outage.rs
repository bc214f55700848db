//! Redis that is away, goes away and comes back.

use std::time::{Duration, Instant};

use chassis::cache::{Cache, CacheDown, redis::Redis};
use tokio::net::TcpListener;
use url::Url;

use super::{proxy::Proxy, redis, redis_url};

/// A Redis at an address where nobody listens.
pub(crate) async fn nowhere() -> Redis {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    redis(&format!("redis://{address}")).await
}

#[tokio::test]
async fn a_cache_that_is_away_says_so_soon_and_does_not_hinder_the_start() {
    let began = Instant::now();
    let cache = nowhere().await;
    assert!(matches!(cache.get("key").await, Err(CacheDown(_))));
    assert!(cache.check().await.is_err());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_cache_that_comes_back_is_used_again() {
    let url = Url::parse(&redis_url()).unwrap();
    let upstream = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(6379));
    let proxy = Proxy::before(upstream).await;
    let mut through = url.clone();
    through.set_host(Some("127.0.0.1")).unwrap();
    through.set_port(Some(proxy.address.port())).unwrap();
    let cache = redis(through.as_str()).await;
    let key = format!("outage|{}", chassis::clock::mint::<uuid::Uuid>());
    cache.put(&key, "before", Duration::from_secs(60)).await.unwrap();

    proxy.up.send_replace(false);
    let began = Instant::now();
    while cache.get(&key).await.is_ok() {
        assert!(began.elapsed() < Duration::from_secs(5), "the cut was not noticed");
    }
    proxy.up.send_replace(true);
    let began = Instant::now();
    let value = loop {
        match cache.get(&key).await {
            Ok(value) => break value,
            Err(away) => assert!(began.elapsed() < Duration::from_secs(15), "{away}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(value.as_deref(), Some("before"));
}
