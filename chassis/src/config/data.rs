//! The settings of what keeps data or carries it: database, bus, cache, object store. It connects to nothing.

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{Problems, secret};

/// PostgreSQL.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Database")]
#[group(skip)]
pub struct DatabaseArgs {
    /// Address of the service's own database, `postgres://user:password@host:5432/name?sslmode=verify-full`, or `file:PATH`
    #[arg(id = "database_url", long = "database-url", env = "DATABASE_URL", value_parser = secret)]
    #[arg(default_value = "", hide_default_value = true, hide_env_values = true, value_name = "URL")]
    pub url: SecretString,
    /// Connections that one process keeps open at most
    #[arg(id = "database_pool_size", long = "database-pool-size", env = "DATABASE_POOL_SIZE")]
    #[arg(default_value_t = Self::default().pool_size, value_name = "N")]
    pub pool_size: usize,
    /// How long a request waits for a free connection, in milliseconds
    #[arg(id = "database_pool_wait", long = "database-pool-wait-ms", env = "DATABASE_POOL_WAIT_MS")]
    #[arg(default_value_t = Self::default().pool_wait_ms, value_name = "MS")]
    pub pool_wait_ms: u64,
    /// How long one statement may run, in milliseconds
    #[arg(
        id = "database_statement_timeout",
        long = "database-statement-timeout-ms",
        env = "DATABASE_STATEMENT_TIMEOUT_MS"
    )]
    #[arg(default_value_t = Self::default().statement_timeout_ms, value_name = "MS")]
    pub statement_timeout_ms: u64,
    /// How long a statement waits for a lock, in milliseconds
    #[arg(id = "database_lock_timeout", long = "database-lock-timeout-ms", env = "DATABASE_LOCK_TIMEOUT_MS")]
    #[arg(default_value_t = Self::default().lock_timeout_ms, value_name = "MS")]
    pub lock_timeout_ms: u64,
    /// How long a transaction may stand idle, in milliseconds
    #[arg(
        id = "database_idle_timeout",
        long = "database-idle-in-transaction-ms",
        env = "DATABASE_IDLE_IN_TRANSACTION_MS"
    )]
    #[arg(default_value_t = Self::default().idle_in_transaction_ms, value_name = "MS")]
    pub idle_in_transaction_ms: u64,
}

impl Default for DatabaseArgs {
    fn default() -> Self {
        Self {
            url: SecretString::default(),
            pool_size: 16,
            pool_wait_ms: 2_000,
            statement_timeout_ms: 10_000,
            lock_timeout_ms: 5_000,
            idle_in_transaction_ms: 15_000,
        }
    }
}

impl DatabaseArgs {
    /// Lists what is wrong with these settings.
    pub fn check(&self, problems: &mut Problems) {
        problems.secret_url("DATABASE_URL", &self.url, &["postgres", "postgresql"]);
        if !(2..=500).contains(&self.pool_size) {
            problems.add("DATABASE_POOL_SIZE", format!("{} is not within 2 to 500", self.pool_size));
        }
        problems.within("DATABASE_POOL_WAIT_MS", self.pool_wait_ms, 1..=60_000);
        problems.within("DATABASE_STATEMENT_TIMEOUT_MS", self.statement_timeout_ms, 1..=600_000);
        problems.within("DATABASE_IDLE_IN_TRANSACTION_MS", self.idle_in_transaction_ms, 1..=600_000);
        problems.within("DATABASE_LOCK_TIMEOUT_MS", self.lock_timeout_ms, 1..=600_000);
        // A lock that may wait as long as its statement never gets to say that it was the lock.
        if self.lock_timeout_ms >= self.statement_timeout_ms {
            problems.add("DATABASE_LOCK_TIMEOUT_MS", "must be shorter than DATABASE_STATEMENT_TIMEOUT_MS");
        }
    }
}

/// RabbitMQ.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Bus")]
#[group(skip)]
pub struct BusArgs {
    /// Address of the broker, `amqps://user:password@host:5671/%2f`, or `file:PATH`. Absent only where one process holds all services
    #[arg(id = "amqp_url", long = "amqp-url", env = "AMQP_URL", value_parser = secret, hide_env_values = true, value_name = "URL")]
    pub url: Option<SecretString>,
    /// Name of the topic exchange, and the beginning of every queue's name
    #[arg(id = "amqp_exchange", long = "amqp-exchange", env = "AMQP_EXCHANGE", default_value_t = Self::default().exchange)]
    #[arg(value_name = "NAME")]
    pub exchange: String,
    /// How long a publish may wait for the broker's confirmation, in milliseconds
    #[arg(id = "amqp_confirm_timeout", long = "amqp-confirm-timeout-ms", env = "AMQP_CONFIRM_TIMEOUT_MS")]
    #[arg(default_value_t = Self::default().confirm_timeout_ms, value_name = "MS")]
    pub confirm_timeout_ms: u64,
    /// Messages that the broker hands over before the first is acknowledged
    #[arg(id = "amqp_prefetch", long = "amqp-prefetch", env = "AMQP_PREFETCH", default_value_t = Self::default().prefetch)]
    #[arg(value_name = "N")]
    pub prefetch: u16,
    /// Messages that one consumer works on at a time
    #[arg(id = "amqp_concurrency", long = "amqp-concurrency", env = "AMQP_CONCURRENCY", default_value_t = Self::default().concurrency)]
    #[arg(value_name = "N")]
    pub concurrency: usize,
}

impl Default for BusArgs {
    fn default() -> Self {
        Self { url: None, exchange: "icp".into(), confirm_timeout_ms: 5_000, prefetch: 16, concurrency: 8 }
    }
}

impl BusArgs {
    /// Lists what is wrong with these settings.
    pub fn check(&self, problems: &mut Problems) {
        if let Some(url) = &self.url {
            problems.secret_url("AMQP_URL", url, &["amqp", "amqps"]);
        }
        // RabbitMQ keeps names below 255 bytes; ours grow by the service, ".retry." and a number.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.exchange.is_empty() || self.exchange.len() > 100 || !self.exchange.chars().all(plain) {
            problems.add("AMQP_EXCHANGE", "must be 1 to 100 letters, digits, points, hyphens or underscores");
        }
        problems.within("AMQP_CONFIRM_TIMEOUT_MS", self.confirm_timeout_ms, 1..=60_000);
        if self.concurrency == 0 || self.concurrency > usize::from(self.prefetch) {
            problems.add("AMQP_CONCURRENCY", "must be at least 1 and at most AMQP_PREFETCH");
        }
    }
}

/// Redis. It makes things faster and counts limits; nothing that must be right depends on it.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Cache")]
#[group(skip)]
pub struct CacheArgs {
    /// Address of the cache, `rediss://user:password@host:6379/0`, or `file:PATH`. Absent: the process's own memory
    #[arg(id = "redis_url", long = "redis-url", env = "REDIS_URL", value_parser = secret, hide_env_values = true, value_name = "URL")]
    pub url: Option<SecretString>,
}

impl CacheArgs {
    /// Lists what is wrong with these settings.
    pub fn check(&self, problems: &mut Problems) {
        if let Some(url) = &self.url {
            problems.secret_url("REDIS_URL", url, &["redis", "rediss"]);
        }
    }
}

/// Where pictures, videos and documents lie.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Object store")]
#[group(skip)]
pub struct StoreArgs {
    /// `s3://bucket`, `file:///directory` or `memory:///`. Here `file:` means a directory of objects, not a mounted secret
    #[arg(id = "store_url", long = "store-url", env = "STORE_URL", value_name = "URL")]
    pub url: Option<Url>,
    /// Endpoint of an S3-compatible store, for example `https://cos.ap-guangzhou.myqcloud.com`
    #[arg(id = "store_s3_endpoint", long = "store-s3-endpoint", env = "STORE_S3_ENDPOINT", value_name = "URL")]
    pub s3_endpoint: Option<Url>,
    /// Region of the bucket
    #[arg(id = "store_s3_region", long = "store-s3-region", env = "STORE_S3_REGION", value_name = "REGION")]
    pub s3_region: Option<String>,
    /// Access key id, or `file:PATH`
    #[arg(id = "store_s3_access_key_id", long = "store-s3-access-key-id", env = "STORE_S3_ACCESS_KEY_ID")]
    #[arg(value_parser = secret, hide_env_values = true, value_name = "ID")]
    pub s3_access_key_id: Option<SecretString>,
    /// Secret access key, or `file:PATH`
    #[arg(id = "store_s3_secret_access_key", long = "store-s3-secret-access-key", env = "STORE_S3_SECRET_ACCESS_KEY")]
    #[arg(value_parser = secret, hide_env_values = true, value_name = "KEY")]
    pub s3_secret_access_key: Option<SecretString>,
}

impl StoreArgs {
    /// Lists what is wrong with these settings.
    pub fn check(&self, problems: &mut Problems) {
        match self.url.as_ref().map(Url::scheme) {
            None => problems.add("STORE_URL", "is required"),
            Some("file" | "memory") => {}
            Some("s3") => self.check_s3(problems),
            Some(other) => problems.add("STORE_URL", format!("{other}: is not one of s3:, file:, memory:")),
        }
    }

    fn check_s3(&self, problems: &mut Problems) {
        if self.url.as_ref().and_then(Url::host_str).is_none() {
            problems.add("STORE_URL", "names no bucket: s3://bucket");
        }
        let keys = [
            ("STORE_S3_ACCESS_KEY_ID", &self.s3_access_key_id),
            ("STORE_S3_SECRET_ACCESS_KEY", &self.s3_secret_access_key),
        ];
        for (name, key) in keys {
            problems.required(name, key.as_ref().map_or("", ExposeSecret::expose_secret));
        }
    }
}
