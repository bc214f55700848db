//! The throw-away keys of this house: made at the first start, kept beside the data that they open. It seals nothing.

use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

/// The keys of all services that seal. Production has its own, from mounted secrets.
#[derive(Serialize, Deserialize, Clone)]
pub struct Keys {
    /// `SEAL_KEYS`.
    pub seal: String,
    /// `SEAL_INDEX_KEY`.
    pub index: String,
}

impl Keys {
    /// Those of this directory, made when there are none. Without them the data of the directory stays closed for ever.
    pub fn of(dir: &Path) -> anyhow::Result<Self> {
        let path = dir.join("keys.json");
        if path.is_file() {
            let text = std::fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
            return serde_json::from_str(&text).with_context(|| format!("{} does not hold the keys", path.display()));
        }
        let keys = Self { seal: format!("local-1={}", random()?), index: random()? };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("{}", path.display()))?;
        file.write_all(serde_json::to_string_pretty(&keys)?.as_bytes())?;
        file.sync_all()?;
        Ok(keys)
    }
}

fn random() -> anyhow::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn keys_are_made_once_and_closed_to_others() {
        let dir = tempfile::tempdir().unwrap();
        let first = Keys::of(dir.path()).unwrap();
        let again = Keys::of(dir.path()).unwrap();
        assert_eq!((&first.seal, &first.index), (&again.seal, &again.index));
        let mode = std::fs::metadata(dir.path().join("keys.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
