//! The rules in force: those compiled in, with operations' own files laid over them. It reads files and judges nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use arc_swap::ArcSwap;
use clap::Args;
use domain::rules::RulePack;
use tokio_util::sync::CancellationToken;

use crate::{
    http::Health,
    supervise::{Phase, Supervisor},
};

/// The setting of services that judge by rules.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Rules")]
#[group(skip)]
pub struct RulesArgs {
    /// Rule files (*.toml) of your own, laid over the built-in ones; SIGHUP reads them again
    #[arg(id = "rules_dir", long = "rules-dir", env = "RULES_DIR", value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// The rules in force. Clones share them; a request keeps the pack it began with while another one takes its place.
#[derive(Clone)]
pub struct Rulebook {
    current: Arc<ArcSwap<RulePack>>,
    dir: Option<PathBuf>,
}

impl Rulebook {
    /// The compiled rules, with the files of a directory laid over them.
    ///
    /// # Errors
    /// The directory or a file in it cannot be read, is no pack, or an example in it does not behave.
    pub fn open(dir: Option<PathBuf>) -> anyhow::Result<Self> {
        let pack = read(dir.as_deref())?;
        Ok(Self { current: Arc::new(ArcSwap::from_pointee(pack)), dir })
    }

    /// The pack of this moment.
    #[must_use]
    pub fn now(&self) -> Arc<RulePack> {
        self.current.load_full()
    }

    /// Reads the files again. What cannot be read changes nothing.
    ///
    /// # Errors
    /// As [`Rulebook::open`].
    pub fn reload(&self) -> anyhow::Result<Arc<RulePack>> {
        self.current.store(Arc::new(read(self.dir.as_deref())?));
        Ok(self.now())
    }
}

/// The compiled rules with the files of a directory laid over them, in the order of their names.
///
/// # Errors
/// The directory or a file in it cannot be read, is no pack, or an example in it does not behave.
pub fn read(dir: Option<&Path>) -> anyhow::Result<RulePack> {
    let Some(dir) = dir else { return Ok(RulePack::national().clone()) };
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("{} cannot be listed", dir.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "toml") {
            let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            files.push((path.display().to_string(), text));
        }
    }
    files.sort();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let pack = RulePack::national_with(&files)?;
    let failures: Vec<String> = pack.prove().iter().map(ToString::to_string).collect();
    anyhow::ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(pack)
}

/// Opens the rules for a service: it tells their revision, and reads them again at every SIGHUP.
///
/// # Errors
/// As [`Rulebook::open`].
pub fn keep(args: &RulesArgs, health: &Health, tasks: &Supervisor) -> anyhow::Result<Rulebook> {
    let rules = Rulebook::open(args.dir.clone())?;
    let told = rules.clone();
    health.tell("rules", move || told.now().revision().to_owned());
    tasks.spawn(Phase::Jobs, "rules", follow(rules.clone(), tasks.phase(Phase::Jobs)));
    Ok(rules)
}

/// Reads the rules again at every SIGHUP, until it is told to stop.
///
/// # Errors
/// The signal cannot be heard.
async fn follow(rules: Rulebook, stop: CancellationToken) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangup = signal(SignalKind::hangup())?;
    while let Some(Some(())) = stop.run_until_cancelled(hangup.recv()).await {
        let rules = rules.clone();
        match tokio::task::spawn_blocking(move || rules.reload()).await? {
            Ok(pack) => tracing::info!(revision = pack.revision(), "the rules were read again"),
            Err(error) => tracing::error!(error = format!("{error:#}"), "the rules stay as they were"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "revision = \"2026-11-25\"\nprovince = \"210000\"\n";
    const ROW: &str = "[[instance]]\nof = \"unit.age\"\nvalue = 18\nsource = [\"T\"]\nconfidence = \"low\"\n";

    fn least_age(pack: &RulePack) -> String {
        serde_json::to_value(&pack.rule("liaoning.unit.age").unwrap().check).unwrap()["min"].to_string()
    }

    #[test]
    fn files_are_laid_over_and_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let rules = Rulebook::open(Some(dir.path().to_owned())).unwrap();
        let before = rules.now();
        assert_eq!(least_age(&before), "16");
        fs::write(dir.path().join("liaoning.toml"), format!("{HEAD}{ROW}")).unwrap();
        fs::write(dir.path().join("notes.txt"), "no rules").unwrap();
        rules.reload().unwrap();
        assert_eq!((least_age(&rules.now()).as_str(), least_age(&before).as_str()), ("18", "16"));
        assert_ne!(rules.now().revision(), before.revision());
    }

    #[test]
    fn a_bad_file_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let rules = Rulebook::open(Some(dir.path().to_owned())).unwrap();
        let revision = rules.now().revision().to_owned();
        for (wrong, why) in [
            (format!("{HEAD}[[instance]]"), "missing field"),
            (format!("{HEAD}{}", ROW.replace("unit.age", "unit.nose")), "which no file describes"),
            (format!("{HEAD}{}", ROW.replace("\"T\"", "\"Q\"")), "names `Q`"),
            (format!("{HEAD}{}", ROW.replace("18", "\"old\"")), "does not fit its family"),
            (format!("{HEAD}{}", ROW.replace("18", "14")), "the failing example 0 keeps it"),
        ] {
            fs::write(dir.path().join("liaoning.toml"), wrong).unwrap();
            let error = format!("{:#}", rules.reload().unwrap_err());
            assert!(error.contains(why), "{error}");
            assert_eq!(rules.now().revision(), revision);
        }
        assert!(format!("{:#}", read(Some(&dir.path().join("nowhere"))).unwrap_err()).contains("cannot be listed"));
    }
}
