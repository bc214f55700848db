//! The settings of this service. It connects to nothing.

use chassis::{
    config::{Problems, SealArgs},
    launch::CommonArgs,
    rulebook::RulesArgs,
};
use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use domain::order::{Eyes, Way};
use url::Url;

use crate::command::days;

/// The settings of svc-orders.
#[derive(Args, Debug, Clone)]
#[group(skip)]
pub struct Config {
    /// The settings that every service has.
    #[command(flatten)]
    pub common: CommonArgs,
    /// The keys that close personal data.
    #[command(flatten)]
    pub seal: SealArgs,
    /// The rules.
    #[command(flatten)]
    pub rules: RulesArgs,
    /// The provider's inventory, and what may be made on which resource.
    #[command(flatten)]
    pub resources: crate::inventory::ResourceArgs,
    /// Address of svc-review, which asks the authority what is on file; without it only our own ledger is asked
    #[arg(id = "review_url", long = "review-url", env = "REVIEW_URL", value_name = "URL", help_heading = "Orders")]
    pub review_url: Option<Url>,
    /// How principals may be verified, the usual way first
    #[arg(
        long = "orders-ways",
        env = "ORDERS_WAYS",
        value_enum,
        value_delimiter = ',',
        default_value = "electronic,curtain"
    )]
    #[arg(value_name = "WAY,...", help_heading = "Orders")]
    pub ways: Vec<WayArg>,
    /// Reviewers that a pass needs: `two` eyes or `four`
    #[arg(long = "orders-eyes", env = "ORDERS_EYES", value_enum, default_value = "two", help_heading = "Orders")]
    #[arg(value_name = "EYES")]
    pub eyes: EyesArg,
    /// Days after which the customer is reminded of an untouched draft (facts: 7, 15 and 30 since 2016-09-22)
    #[arg(long = "orders-remind-days", env = "ORDERS_REMIND_DAYS", value_delimiter = ',', default_value = "7,15,30")]
    #[arg(value_name = "DAYS,...", help_heading = "Orders")]
    pub remind_days: Vec<u32>,
    /// Days after which what an expired or abandoned order holds is deleted (facts: 6 months)
    #[arg(long = "orders-purge-days", env = "ORDERS_PURGE_DAYS", default_value_t = 180, help_heading = "Orders")]
    #[arg(value_name = "DAYS")]
    pub purge_days: u32,
    /// Days before that on which the customer is told
    #[arg(long = "orders-purge-warning-days", env = "ORDERS_PURGE_WARNING_DAYS", default_value_t = 7)]
    #[arg(value_name = "DAYS", help_heading = "Orders")]
    pub purge_warning_days: u32,
    /// Days after which an untouched draft expires (facts: 45 since 2016-09-22)
    #[arg(long = "orders-expire-days", env = "ORDERS_EXPIRE_DAYS", default_value_t = 45, help_heading = "Orders")]
    #[arg(value_name = "DAYS")]
    pub expire_days: u32,
}

/// [`Way`] on the command line.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum WayArg {
    /// Face check before the submission
    Electronic,
    /// Curtain photo after the initial review
    Curtain,
}

/// [`Eyes`] on the command line.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum EyesArg {
    /// One reviewer decides
    Two,
    /// A second one confirms
    Four,
}

/// The settings as the commands use them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The ways that a new order may take, the usual one first.
    pub ways: Vec<Way>,
    /// Reviewers that a pass needs.
    pub eyes: Eyes,
    /// How long a draft may lie untouched.
    pub expire_after: TimeDelta,
    /// When its customer is reminded, earliest first.
    pub remind_after: Vec<TimeDelta>,
    /// How long an ended order keeps what it holds.
    pub purge_after: TimeDelta,
    /// How long before that its customer is told.
    pub purge_warning: TimeDelta,
}

impl Config {
    /// Lists what is wrong with the settings that only this service has.
    pub fn check(&self, problems: &mut Problems) {
        self.seal.check(problems);
        self.resources.check(problems);
        if self.ways.is_empty() {
            problems.add("ORDERS_WAYS", "names no way");
        }
        problems.within("ORDERS_EXPIRE_DAYS", u64::from(self.expire_days), 1..=3650);
        problems.within("ORDERS_PURGE_DAYS", u64::from(self.purge_days), 1..=3650);
        if self.purge_warning_days >= self.purge_days {
            problems.add("ORDERS_PURGE_WARNING_DAYS", "must be fewer than ORDERS_PURGE_DAYS");
        }
        if self.remind_days.iter().any(|day| *day == 0 || *day >= self.expire_days) {
            problems.add("ORDERS_REMIND_DAYS", "must lie between 1 and ORDERS_EXPIRE_DAYS");
        }
    }

    pub(crate) fn settings(&self) -> Settings {
        let way = |way: &WayArg| match way {
            WayArg::Electronic => Way::Electronic,
            WayArg::Curtain => Way::Curtain,
        };
        Settings {
            ways: self.ways.iter().map(way).collect(),
            eyes: match self.eyes {
                EyesArg::Two => Eyes::Two,
                EyesArg::Four => Eyes::Four,
            },
            expire_after: days(self.expire_days),
            remind_after: {
                let mut all = self.remind_days.clone();
                all.sort_unstable();
                all.into_iter().map(days).collect()
            },
            purge_after: days(self.purge_days),
            purge_warning: days(self.purge_warning_days),
        }
    }
}
