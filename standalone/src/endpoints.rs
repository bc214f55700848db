//! Where everything listens, written down for whoever comes later: the demo, a curious person. It opens nothing.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use url::Url;

/// The addresses of a running house.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Endpoints {
    /// svc-orders.
    pub orders: Url,
    /// svc-review.
    pub review: Url,
    /// svc-photo.
    pub photo: Url,
    /// svc-notify.
    pub notify: Url,
    /// The outside world.
    pub sandbox: Url,
}

impl Endpoints {
    /// All services behind one address.
    #[must_use]
    pub fn together(services: &Url, sandbox: &Url) -> Self {
        Self {
            orders: services.clone(),
            review: services.clone(),
            photo: services.clone(),
            notify: services.clone(),
            sandbox: sandbox.clone(),
        }
    }

    /// Those of the house that was started last in this directory.
    pub fn read(dir: &Path) -> anyhow::Result<Self> {
        let path = file(dir);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} is not there: start `make run` or `make services` first", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{}", path.display()))
    }

    /// Writes them down.
    pub fn write(&self, dir: &Path) -> anyhow::Result<()> {
        let path = file(dir);
        std::fs::write(&path, serde_json::to_string_pretty(self)?).with_context(|| format!("{}", path.display()))
    }
}

fn file(dir: &Path) -> PathBuf {
    dir.join("endpoints.json")
}
