//! The settings of this service: the common ones and its own. It connects to nothing.

use chassis::{config::Problems, launch::CommonArgs};
use clap::Args;
use url::Url;

use crate::authority::AuthorityArgs;

/// All settings of svc-review.
#[derive(Args, Debug, Clone)]
#[group(skip)]
pub struct ReviewConfig {
    /// Those that every service has.
    #[command(flatten)]
    pub common: CommonArgs,
    /// The reviewers' bench.
    #[command(flatten)]
    pub bench: BenchArgs,
    /// The authority.
    #[command(flatten)]
    pub authority: AuthorityArgs,
}

/// The reviewers' bench.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Review")]
#[group(skip)]
pub struct BenchArgs {
    /// How long a claimed review is protected from others, in minutes
    #[arg(id = "review_lease", long = "review-lease-minutes", env = "REVIEW_LEASE_MINUTES")]
    #[arg(default_value_t = 30, value_name = "MIN")]
    pub lease_minutes: u32,
    /// Address of svc-orders, which gives out dossiers
    #[arg(id = "orders_url", long = "orders-url", env = "ORDERS_URL", value_name = "URL")]
    pub orders_url: Option<Url>,
}

impl ReviewConfig {
    /// Lists what is wrong with this service's own settings.
    pub fn check(&self, problems: &mut Problems) {
        problems.within("REVIEW_LEASE_MINUTES", u64::from(self.bench.lease_minutes), 1..=1_440);
        match self.bench.orders_url.as_ref().map(Url::scheme) {
            None => problems.add("ORDERS_URL", "is required"),
            Some("http" | "https") => {}
            Some(other) => problems.add("ORDERS_URL", format!("{other}: is not http or https")),
        }
        self.authority.check(problems);
    }
}
