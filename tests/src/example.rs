//! The input of the stories, as it lies in `examples/`: JSON sections and pictures. It makes nothing up.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;

/// One filing's input.
pub struct Example {
    dir: PathBuf,
}

impl Example {
    /// The input in `examples/NAME`.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { dir: Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name) }
    }

    /// A JSON file of it.
    pub fn json(&self, name: &str) -> anyhow::Result<Value> {
        let path = self.dir.join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{}", path.display()))
    }

    /// A picture of it.
    pub fn picture(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let path = self.dir.join(format!("{name}.jpg"));
        std::fs::read(&path).with_context(|| format!("{}", path.display()))
    }
}
