//! The service's own PostgreSQL: a pool, transactions with a name, migrations, cursors. It knows the tables of this crate
//! and none of a service's.

mod cached;
mod connect;
pub mod cursor;
mod lease;
pub mod migrate;
pub mod schema;

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use deadpool_runtime::Runtime;
use diesel_async::{
    AsyncConnection, AsyncPgConnection, RunQueryDsl,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool::Pool},
};
use futures::FutureExt;
use secrecy::ExposeSecret;
use tracing::Instrument;

pub use cached::Cached;
pub(crate) use connect::Connector;
use lease::Lease;

use crate::{config::DatabaseArgs, failure::Failure, telemetry::metric};

/// A connection, within a transaction or not.
pub type Tx = AsyncPgConnection;

/// How often a first connection is tried, and the pause before the second try; it doubles.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(250);

/// What is done with a connection: an async closure whose future may move between threads.
pub trait Work<A, T>: AsyncFnOnce(A) -> Result<T, Failure> + FnOnce(A) -> <Self as Work<A, T>>::Fut + Send {
    /// The closure's future.
    type Fut: Future<Output = Result<T, Failure>> + Send;
}

impl<F, A, T, Fut> Work<A, T> for F
where
    F: AsyncFnOnce(A) -> Result<T, Failure> + FnOnce(A) -> Fut + Send,
    Fut: Future<Output = Result<T, Failure>> + Send,
{
    type Fut = Fut;
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<AsyncPgConnection>,
    connector: Arc<Connector>,
    service: &'static str,
}

impl Db {
    /// Connects, with a few tries for a server that is just starting. `service` is what the server sees as the
    /// application's name. Call it on the main runtime: connections live there.
    pub async fn connect(args: &DatabaseArgs, service: &'static str) -> anyhow::Result<Self> {
        let connector = Arc::new(Connector::new(args, service)?);
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        let (maker, runtime) = (Arc::clone(&connector), tokio::runtime::Handle::current());
        // A connection that a worker opened would end with that worker, while the relay still uses the pool.
        config.custom_setup = Box::new(move |_url| {
            let maker = Arc::clone(&maker);
            let opened = runtime.spawn(async move { maker.open().await });
            async move {
                opened.await.unwrap_or_else(|error| Err(diesel::ConnectionError::BadConnection(error.to_string())))
            }
            .boxed()
        });
        let manager = AsyncDieselConnectionManager::new_with_config(args.url.expose_secret(), config);
        let wait = Some(Duration::from_millis(args.pool_wait_ms));
        let pool = Pool::builder(manager)
            .max_size(args.pool_size)
            .runtime(Runtime::Tokio1)
            .wait_timeout(wait)
            .create_timeout(wait)
            .recycle_timeout(wait)
            .build()?;
        let db = Self { pool, connector, service };
        db.until_it_answers().await?;
        Ok(db)
    }

    async fn until_it_answers(&self) -> anyhow::Result<()> {
        let mut pause = PAUSE;
        for left in (0..TRIES).rev() {
            match self.check().await {
                Ok(()) => return Ok(()),
                Err(failure) if left == 0 => {
                    return Err(anyhow::anyhow!("{failure:?}")).context("DATABASE_URL: the database does not answer");
                }
                Err(failure) => tracing::warn!(?failure, "the database does not answer yet"),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Ok(())
    }

    /// Runs `work` in one transaction (READ COMMITTED): all of it, or, on an error or when the future is dropped, nothing.
    pub async fn transact<T, F>(&self, name: &'static str, work: F) -> Result<T, Failure>
    where
        T: Send,
        F: for<'c> Work<&'c mut Tx, T>,
    {
        let span = tracing::info_span!("db.transact", name);
        async {
            let mut lease = self.lease().await?;
            #[expect(clippy::disallowed_methods, reason = "this is the place where transactions are begun")]
            let transaction = Tx::transaction::<T, Failure, F>(lease.connection(), work);
            let outcome = transaction.await;
            lease.give_back();
            outcome
        }
        .instrument(span)
        .await
    }

    /// Runs `work` on a connection, each statement for itself.
    pub async fn read<T, F>(&self, name: &'static str, work: F) -> Result<T, Failure>
    where
        T: Send,
        F: for<'c> Work<&'c mut Tx, T>,
    {
        let span = tracing::info_span!("db.read", name);
        async {
            let mut lease = self.lease().await?;
            let outcome = work(lease.connection()).await;
            lease.give_back();
            outcome
        }
        .instrument(span)
        .await
    }

    /// Whether the database answers.
    pub async fn check(&self) -> Result<(), Failure> {
        self.read("check", async |tx| {
            diesel::sql_query("SELECT 1").execute(tx).await?;
            Ok(())
        })
        .await
    }

    /// Opens connections outside of the pool, for those who keep one.
    pub(crate) fn connector(&self) -> &Connector {
        &self.connector
    }

    /// Whose database it is, as a label of metrics.
    pub(crate) fn service(&self) -> &'static str {
        self.service
    }

    async fn lease(&self) -> Result<Lease, Failure> {
        let began = Instant::now();
        let connection = self.pool.get().await;
        metric::duration(metric::POOL_WAIT, began.elapsed(), &[("service", self.service)]);
        Ok(Lease::of(connection?))
    }
}
