//! Whether the process lives and whether it should get traffic. It knows probes by name, not what they ask.

use std::{
    future::Future,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use actix_web::{HttpResponse, web};
use futures::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

/// How long one probe may take.
const DEADLINE: Duration = Duration::from_secs(2);

type Probe = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;
type Teller = Arc<dyn Fn() -> String + Send + Sync>;

/// Readiness: not ready until started, then as the probes say, and never again once draining.
#[derive(Clone, Default)]
pub struct Health {
    probes: Arc<RwLock<Vec<(&'static str, Probe)>>>,
    told: Arc<RwLock<Vec<(&'static str, Teller)>>>,
    started: CancellationToken,
    draining: CancellationToken,
}

impl Health {
    /// Neither started nor draining, without probes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a probe. Its error goes to the log, and to nobody who asks.
    pub fn register<F, Fut>(&self, name: &'static str, probe: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        let probe: Probe = Arc::new(move || probe().boxed());
        self.probes.write().unwrap_or_else(PoisonError::into_inner).push((name, probe));
    }

    /// Adds what `/version` tells besides name and version: the revision of data that change while the process runs.
    pub fn tell(&self, name: &'static str, teller: impl Fn() -> String + Send + Sync + 'static) {
        self.told.write().unwrap_or_else(PoisonError::into_inner).push((name, Arc::new(teller)));
    }

    /// What [`Health::tell`] added, as it is now.
    #[must_use]
    pub fn told(&self) -> Vec<(&'static str, String)> {
        let told = self.told.read().unwrap_or_else(PoisonError::into_inner);
        told.iter().map(|(name, teller)| (*name, teller())).collect()
    }

    /// From now on the probes decide.
    pub fn started(&self) {
        self.started.cancel();
    }

    /// From now on not ready: the stop has begun.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    /// Cancelled when the stop has begun; long answers, such as event streams, end on it.
    #[must_use]
    pub fn draining(&self) -> CancellationToken {
        self.draining.clone()
    }

    /// Whether traffic is welcome, and what each probe said.
    pub async fn ready(&self) -> (bool, Map<String, Value>) {
        let probes = self.probes.read().unwrap_or_else(PoisonError::into_inner).clone();
        let asked = probes.into_iter().map(|(name, probe)| async move {
            let answer = tokio::time::timeout(DEADLINE, probe()).await;
            let outcome = answer.unwrap_or_else(|_elapsed| Err("no answer in time".to_owned()));
            if let Err(error) = &outcome {
                tracing::warn!(probe = name, error, "a readiness probe fails");
            }
            (name, outcome.is_ok())
        });
        let outcomes = join_all(asked).await;
        let well = outcomes.iter().all(|(_, well)| *well);
        let open = self.started.is_cancelled() && !self.draining.is_cancelled();
        let said = outcomes
            .into_iter()
            .map(|(name, well)| (name.to_owned(), Value::from(if well { "ok" } else { "failing" })))
            .collect();
        (open && well, said)
    }

    fn state(&self) -> &'static str {
        match (self.draining.is_cancelled(), self.started.is_cancelled()) {
            (true, _) => "draining",
            (false, true) => "serving",
            (false, false) => "starting",
        }
    }
}

/// `GET /livez`: that this answers is the answer.
pub(super) async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

/// `GET /readyz`.
pub(super) async fn readyz(health: web::Data<Health>) -> HttpResponse {
    let (ready, probes) = health.ready().await;
    let mut response = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.json(json!({ "ready": ready, "state": health.state(), "probes": probes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ready_means_started_well_and_not_draining() {
        let health = Health::new();
        health.register("database", || async { Ok(()) });
        assert!(!health.ready().await.0);
        health.started();
        assert!(health.ready().await.0);
        health.register("bus", || async { Err("the password is hush".to_owned()) });
        let (ready, said) = health.ready().await;
        assert!(!ready);
        assert_eq!(Value::Object(said), json!({ "database": "ok", "bus": "failing" }));
    }

    #[tokio::test]
    async fn draining_is_never_ready() {
        let health = Health::new();
        health.started();
        health.drain();
        assert!(!health.ready().await.0);
        assert_eq!(health.state(), "draining");
    }
}
