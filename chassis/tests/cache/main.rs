//! One contract for the cache, held by both implementations, and the limiter that stands on it. Redis comes from
//! `ICP_TEST_REDIS_URL`.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on ends")]

mod contract;
mod limiter;
mod outage;
#[path = "../shared/proxy.rs"]
mod proxy;

use std::{sync::Arc, time::Duration};

use chassis::{
    cache::{Cache, memory::Memory, redis::Redis},
    clock::{FixedClock, mint},
    config::CacheArgs,
};
use chrono::TimeDelta;
use clap::Parser;

#[derive(Parser)]
struct Given {
    #[arg(long, env = "ICP_TEST_REDIS_URL")]
    redis_url: Option<String>,
}

fn redis_url() -> String {
    let given = Given::try_parse_from(["test"]).unwrap().redis_url;
    given.expect("ICP_TEST_REDIS_URL is not set: run the tests by `make test`, or by `with-infra --redis -- …`")
}

async fn redis(url: &str) -> Redis {
    Redis::connect(&CacheArgs { url: Some(url.into()) }).await.unwrap()
}

/// A cache, and how time passes for it.
struct World {
    cache: Arc<dyn Cache>,
    /// None: the cache goes by a clock of its own, and one has to wait.
    clock: Option<Arc<FixedClock>>,
    /// Keys of this test alone.
    prefix: String,
}

impl World {
    fn memory() -> Self {
        let clock = Arc::new(FixedClock::at("2026-03-02T04:00:00Z".parse().unwrap()));
        let cache = Arc::new(Memory::new(Arc::<FixedClock>::clone(&clock)));
        Self { cache, clock: Some(clock), prefix: String::new() }
    }

    async fn redis() -> Self {
        let cache = Arc::new(redis(&redis_url()).await);
        Self { cache, clock: None, prefix: format!("{}|", mint::<uuid::Uuid>()) }
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    async fn pass(&self, time: Duration) {
        match &self.clock {
            Some(clock) => clock.advance(TimeDelta::from_std(time).unwrap()),
            None => tokio::time::sleep(time).await,
        }
    }
}
