//! A sandbox on free ports whose clock stands still.

use std::sync::Arc;

use chassis::clock::{Clock, FixedClock};
use chrono::{DateTime, Utc};
use reqwest::{Client, StatusCode};
use sandbox::{Sandbox, SandboxArgs};
use serde_json::Value;

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-03-02T04:00:00Z".parse().unwrap()
}

pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) client: Client,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(SandboxArgs::default()).await
    }

    pub(crate) async fn with(args: SandboxArgs) -> Self {
        let clock = Arc::new(FixedClock::at(noon()));
        let ticking: Arc<dyn Clock> = Arc::<FixedClock>::clone(&clock);
        let sandbox = Sandbox::start(args, ticking).await.unwrap();
        Self { sandbox, clock, client: Client::new() }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.sandbox.http.join(path).unwrap().to_string()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.client.get(self.url(path)).send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    /// Scripts a stand-in as a person with curl would.
    pub(crate) async fn script(&self, stand_in: &str, behaviour: &Value) {
        let answer = self.client.put(self.url(&format!("{stand_in}/behaviour"))).json(behaviour).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{behaviour}");
    }

    pub(crate) async fn clear(&self, path: &str) {
        let answer = self.client.delete(self.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
}
