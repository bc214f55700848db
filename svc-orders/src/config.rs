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
            expire_after: TimeDelta::days(i64::from(self.expire_days)),
        }
    }
}
