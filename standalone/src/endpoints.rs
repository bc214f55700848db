//! Where everything listens, written down for whoever comes later: the demo, a curious person. It opens nothing.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use url::Url;

/// The addresses of a running house.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Endpoints {
    /// svc-orders.
    #[serde(with = "text")]
    pub orders: Url,
    /// svc-review.
    #[serde(with = "text")]
    pub review: Url,
    /// svc-photo.
    #[serde(with = "text")]
    pub photo: Url,
    /// svc-notify.
    #[serde(with = "text")]
    pub notify: Url,
    /// The outside world.
    #[serde(with = "text")]
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

/// A URL as the text that it is.
mod text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use url::Url;

    pub(super) fn serialize<S: Serializer>(url: &Url, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(url.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
