//! Forgets what nobody can ask for any more: messages dealt with, and idempotency keys. It knows how long, and nothing else.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::{clock::Clock, db::Db, failure::Failure, idempotency, inbox};

/// How often it is done.
const EVERY: Duration = Duration::from_secs(3600);

/// What was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Messages that had been dealt with.
    pub messages: usize,
    /// Keys of requests.
    pub keys: usize,
}

/// Sweeps now.
pub async fn once(db: &Db, now: DateTime<Utc>) -> Result<Swept, Failure> {
    let messages = db.transact("sweep.inbox", async |tx| inbox::sweep(tx, now).await).await?;
    let keys = db.transact("sweep.idempotency", async |tx| idempotency::sweep(tx, now).await).await?;
    Ok(Swept { messages, keys })
}

/// Sweeps every hour until `stop`. A sweep that fails is no misfortune: the next one takes what it left.
pub async fn run(db: Db, clock: Arc<dyn Clock>, stop: CancellationToken) -> anyhow::Result<()> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(EVERY) => {}
        }
        match once(&db, clock.now()).await {
            Ok(Swept { messages, keys }) => tracing::debug!(messages, keys, "swept"),
            Err(failure) => tracing::warn!(?failure, "the sweep failed"),
        }
    }
}
