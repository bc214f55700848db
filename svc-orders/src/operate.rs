//! What operations do with rules at the command line: check files, see what changes, and whom it would hit. It changes
//! nothing.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use anyhow::Context;
use chassis::{
    clock::SystemClock,
    config::Problems,
    db::Db,
    rulebook::{self, Rulebook},
    seal::Keyring,
};
use chrono::NaiveDate;
use clap::Subcommand;
use domain::{
    dossier::Draft,
    region::Province,
    rules::{Case, RulePack, Turn, diff, violations},
};
use tokio_util::sync::CancellationToken;

use crate::{App, Config, store};

/// How many orders are read at a time.
const BATCH: i64 = 100;

/// The tasks of svc-orders besides serving.
#[derive(Subcommand)]
pub enum Task {
    /// The rules: check files of your own, and see what they change
    #[command(subcommand)]
    Rules(Rules),
}

/// The tasks about rules.
#[derive(Subcommand)]
pub enum Rules {
    /// Read the rule files of a directory as the service would, and run their examples
    Check {
        /// The directory
        dir: PathBuf,
    },
    /// What changed between two days, for a province or for all alike
    Diff {
        /// The first day, 2019-04-21
        from: NaiveDate,
        /// The last day
        to: NaiveDate,
        /// The province, by name or code: liaoning, 210000
        #[arg(long)]
        province: Option<String>,
    },
    /// Which orders under way would newly break a rule if the files of a directory were laid over the built-in ones
    Impact {
        /// The directory
        dir: PathBuf,
    },
}

/// Does one of them.
///
/// # Errors
/// What is wrong with the files, the settings or the database.
pub(crate) async fn perform(Task::Rules(task): Task, config: Config) -> anyhow::Result<()> {
    match task {
        Rules::Check { dir } => {
            let pack = rulebook::read(Some(&dir))?;
            let count = [pack.rules().len(), pack.needs().len(), pack.advice().len()];
            let [rules, needs, advice] = count;
            say(&format!(
                "{}: {rules} rules, {needs} needs, {advice} pieces of advice; every example behaves",
                pack.revision()
            ));
            Ok(())
        }
        Rules::Diff { from, to, province } => {
            let named = |name: String| Province::named(&name).with_context(|| format!("no province is called {name}"));
            let province = province.map(named).transpose()?;
            let pack = rulebook::read(config.rules.dir.as_deref())?;
            for change in diff(&pack, from, to, province) {
                let sign = if change.turn == Turn::Began { '+' } else { '-' };
                say(&format!("{} {sign} {}  {} / {}", change.on, change.rule, change.zh, change.en));
            }
            Ok(())
        }
        Rules::Impact { dir } => impact(&dir, config).await,
    }
}

async fn impact(dir: &std::path::Path, config: Config) -> anyhow::Result<()> {
    let new = rulebook::read(Some(dir))?;
    let mut problems = Problems::new();
    config.common.database.check(&mut problems);
    config.seal.check(&mut problems);
    problems.refuse()?;
    let app = App {
        db: Db::connect(&config.common.database, "svc-orders").await?,
        clock: Arc::new(SystemClock),
        keyring: Arc::new(Keyring::open(&config.seal)?),
        rules: Rulebook::open(config.rules.dir.clone())?,
        review: None,
        settings: config.settings(),
        resources: None,
        draining: CancellationToken::new(),
    };
    let (mut seen, mut hit, mut after) = (0_usize, 0_usize, None);
    loop {
        let page = app.db.read("rules.impact", async |tx| store::order::under_way(tx, after, BATCH).await).await;
        let page = page.map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
        let Some(last) = page.last().copied() else { break };
        for id in page {
            let read = app.db.read("rules.impact", async |tx| {
                let order = store::order::read(tx, id).await?;
                let draft = app.draft(tx, &order).await?;
                let rivals = store::order::rivals(tx, &order).await?;
                Ok((app.case(tx, &order, &rivals).await?, order, draft))
            });
            let (case, order, draft) = read.await.map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
            let fresh = newly_broken(&draft, (&app.rules.now(), &new), case);
            seen = seen.saturating_add(1);
            if !fresh.is_empty() {
                hit = hit.saturating_add(1);
                let rules = fresh.into_iter().collect::<Vec<_>>().join(" ");
                say(&format!("{id}  {}  {rules}", order.order.state.name().as_str()));
            }
        }
        after = Some(last);
    }
    say(&format!("{hit} of {seen} orders under way would newly break a rule"));
    Ok(())
}

/// The blocking rules that a draft breaks by the new pack and not by the old one.
fn newly_broken(draft: &Draft, (old, new): (&RulePack, &RulePack), case: Case) -> BTreeSet<String> {
    let broken = |pack: &RulePack| -> BTreeSet<String> {
        let found = violations(draft, pack, case).into_iter().filter(domain::violation::Violation::blocks);
        found.map(|violation| violation.rule.to_string()).collect()
    };
    broken(new).difference(&broken(old)).cloned().collect()
}

#[expect(clippy::print_stdout, reason = "this is what the command was run for")]
fn say(text: &str) {
    println!("{text}");
}
