//! The cache in Redis, for many processes together. Every operation is one command or one script.

use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use redis::{
    Client, FromRedisValue, RedisError, Script, ScriptInvocation,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use secrecy::ExposeSecret;

use super::{Cache, CacheDown, Quota, Taken};
use crate::config::CacheArgs;

/// How long one operation may take: a slow cache is worse than none.
const RESPONSE: Duration = Duration::from_millis(500);
const CONNECT: Duration = Duration::from_secs(2);

const REMOVE_IF: &str = r"
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])";

/// Counts up, and starts the time to live with the first count.
const BUMP: &str = r"
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count";

/// The bucket, by Redis's own clock, so that all processes go by one. Answers how long to wait, in milliseconds.
const TAKE: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local tat = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = tat - interval * (burst - 1) - now
if wait > 0 then return wait end
tat = tat + interval
redis.call('SET', KEYS[1], string.format('%.0f', tat), 'PX', tat - now)
return 0";

const GIVE_BACK: &str = r"
local tat = tonumber(redis.call('GET', KEYS[1]) or 0) - tonumber(ARGV[1])
local left = redis.call('PTTL', KEYS[1]) - tonumber(ARGV[1])
if left > 0 then redis.call('SET', KEYS[1], string.format('%.0f', tat), 'PX', left) else redis.call('DEL', KEYS[1]) end
return 0";

/// Redis, reconnected by itself.
pub struct Redis {
    connection: ConnectionManager,
    remove_if: Script,
    bump: Script,
    take: Script,
    give_back: Script,
}

impl Redis {
    /// Connects. Fails when the address is wrong; a server that is away now may come later.
    pub async fn connect(args: &CacheArgs) -> anyhow::Result<Self> {
        let url = args.url.as_ref().context("REDIS_URL is required")?;
        let client = Client::open(url.expose_secret()).map_err(|_shows_the_url| anyhow::anyhow!("REDIS_URL"))?;
        // Whoever waits is a request: one attempt for each, and the next request is the next attempt.
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(RESPONSE))
            .set_connection_timeout(Some(CONNECT))
            .set_number_of_retries(0);
        let connection = ConnectionManager::new_lazy_with_config(client, config).context("REDIS_URL")?;
        let [remove_if, bump, take, give_back] = [REMOVE_IF, BUMP, TAKE, GIVE_BACK].map(Script::new);
        let cache = Self { connection, remove_if, bump, take, give_back };
        // Asked now, so that the connection belongs to this runtime and not to the first worker that needs it.
        if let Err(away) = cache.check().await {
            tracing::warn!(error = %away, "starting without the cache");
        }
        Ok(cache)
    }

    async fn run<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, CacheDown> {
        call.invoke_async(&mut self.connection.clone()).await.map_err(|error| down(&error))
    }

    async fn ask<T: FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, CacheDown> {
        command.query_async(&mut self.connection.clone()).await.map_err(|error| down(&error))
    }
}

fn down(error: &RedisError) -> CacheDown {
    CacheDown(error.to_string())
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}

#[async_trait]
impl Cache for Redis {
    async fn get(&self, key: &str) -> Result<Option<String>, CacheDown> {
        self.ask(redis::cmd("GET").arg(key)).await
    }

    async fn put(&self, key: &str, value: &str, ttl: Duration) -> Result<(), CacheDown> {
        self.ask(redis::cmd("SET").arg(key).arg(value).arg("PX").arg(millis(ttl))).await
    }

    async fn put_absent(&self, key: &str, value: &str, ttl: Duration) -> Result<bool, CacheDown> {
        let set: Option<String> =
            self.ask(redis::cmd("SET").arg(key).arg(value).arg("PX").arg(millis(ttl)).arg("NX")).await?;
        Ok(set.is_some())
    }

    async fn remove(&self, key: &str) -> Result<bool, CacheDown> {
        let removed: u64 = self.ask(redis::cmd("DEL").arg(key)).await?;
        Ok(removed > 0)
    }

    async fn remove_if(&self, key: &str, value: &str) -> Result<bool, CacheDown> {
        let mut call = self.remove_if.prepare_invoke();
        call.key(key).arg(value);
        let removed: u64 = self.run(&call).await?;
        Ok(removed > 0)
    }

    async fn bump(&self, key: &str, ttl: Duration) -> Result<u64, CacheDown> {
        let mut call = self.bump.prepare_invoke();
        call.key(key).arg(millis(ttl));
        self.run(&call).await
    }

    async fn take(&self, key: &str, quota: Quota) -> Result<Taken, CacheDown> {
        let mut call = self.take.prepare_invoke();
        call.key(key).arg(millis(quota.interval)).arg(quota.burst);
        let wait: u64 = self.run(&call).await?;
        Ok(if wait == 0 { Taken::Yes } else { Taken::After(Duration::from_millis(wait)) })
    }

    async fn give_back(&self, key: &str, quota: Quota) -> Result<(), CacheDown> {
        let mut call = self.give_back.prepare_invoke();
        call.key(key).arg(millis(quota.interval));
        let _zero: u64 = self.run(&call).await?;
        Ok(())
    }

    async fn check(&self) -> Result<(), CacheDown> {
        let _pong: String = self.ask(&redis::cmd("PING")).await?;
        Ok(())
    }
}
