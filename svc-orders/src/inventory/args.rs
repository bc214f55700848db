//! The settings of resources and codes. Providers differ in every limit; the defaults are what most of them do.

use chassis::config::Problems;
use clap::{Args, ValueEnum};
use domain::resource::{Policy, ResourceKind};
use url::Url;

/// The settings of resources and authorization codes.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Resources")]
#[group(skip)]
pub struct ResourceArgs {
    /// Address of the provider's inventory, `https://inventory.example/v1/` (docs/inventory.md)
    #[arg(id = "resource_url", long = "resource-url", env = "RESOURCE_URL", value_name = "URL")]
    pub url: Option<Url>,
    /// How long the inventory may take, in milliseconds
    #[arg(id = "resource_timeout", long = "resource-timeout-ms", env = "RESOURCE_TIMEOUT_MS", default_value_t = 3_000)]
    #[arg(value_name = "MS")]
    pub timeout_ms: u64,
    /// How long its answers are good, in seconds; 0: not at all
    #[arg(
        id = "resource_cache",
        long = "resource-cache-seconds",
        env = "RESOURCE_CACHE_SECONDS",
        default_value_t = 10
    )]
    #[arg(value_name = "SECONDS")]
    pub cache_seconds: u32,
    /// Address of svc-notify, which knows what a phone code proved
    #[arg(id = "notify_url", long = "notify-url", env = "NOTIFY_URL", value_name = "URL")]
    pub notify_url: Option<Url>,
    /// Types that services are filed on
    #[arg(id = "resource_types", long = "resource-types", env = "RESOURCE_TYPES", value_enum, value_delimiter = ',')]
    #[arg(default_value = "server,light-server,site-hosting", value_name = "TYPE,...")]
    pub types: Vec<TypeArg>,
    /// Types that codes are made for
    #[arg(id = "resource_code_types", long = "resource-code-types", env = "RESOURCE_CODE_TYPES", value_enum)]
    #[arg(value_delimiter = ',', default_value = "server", value_name = "TYPE,...")]
    pub code_types: Vec<TypeArg>,
    /// Months that a resource must be bought for, renewals included (facts: 3)
    #[arg(id = "resource_months", long = "resource-months", env = "RESOURCE_MONTHS", default_value_t = 3)]
    #[arg(value_name = "MONTHS")]
    pub months: u16,
    /// Days that must be left for a filing (facts: 30 to 180)
    #[arg(id = "resource_days", long = "resource-days", env = "RESOURCE_DAYS", default_value_t = 30)]
    #[arg(value_name = "DAYS")]
    pub days: u16,
    /// Days that must be left for a code; below them it becomes invalid (facts: 30)
    #[arg(id = "resource_code_days", long = "resource-code-days", env = "RESOURCE_CODE_DAYS", default_value_t = 30)]
    #[arg(value_name = "DAYS")]
    pub code_days: u16,
    /// Services on one resource; what the rules say when absent (facts: 5)
    #[arg(id = "resource_services", long = "resource-services", env = "RESOURCE_SERVICES", value_name = "N")]
    pub services: Option<u16>,
    /// Codes of one resource (facts: 5)
    #[arg(id = "resource_codes", long = "resource-codes", env = "RESOURCE_CODES", default_value_t = 5)]
    #[arg(value_name = "N")]
    pub codes: u16,
    /// Whether a cancelled service makes room for another one (providers differ)
    #[arg(id = "resource_quota_returns", long = "resource-quota-returns", env = "RESOURCE_QUOTA_RETURNS")]
    #[arg(action = clap::ArgAction::Set, default_value_t = false, value_name = "BOOL")]
    pub quota_returns: bool,
    /// How often codes are compared with the inventory, in seconds
    #[arg(
        id = "resource_watch",
        long = "resource-watch-seconds",
        env = "RESOURCE_WATCH_SECONDS",
        default_value_t = 3_600
    )]
    #[arg(value_name = "SECONDS")]
    pub watch_seconds: u64,
}

/// [`ResourceKind`] on the command line.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeArg {
    /// Cloud server
    Server,
    /// Light server
    LightServer,
    /// Site hosting
    SiteHosting,
    /// Load balancer
    LoadBalancer,
}

impl TypeArg {
    fn kind(self) -> ResourceKind {
        match self {
            Self::Server => ResourceKind::Server,
            Self::LightServer => ResourceKind::LightServer,
            Self::SiteHosting => ResourceKind::SiteHosting,
            Self::LoadBalancer => ResourceKind::LoadBalancer,
        }
    }
}

impl ResourceArgs {
    /// Lists what is wrong with these settings.
    pub fn check(&self, problems: &mut Problems) {
        for (name, url) in [("RESOURCE_URL", &self.url), ("NOTIFY_URL", &self.notify_url)] {
            match url.as_ref().map(Url::scheme) {
                None => problems.add(name, "is required"),
                Some("http" | "https") => {}
                Some(other) => problems.add(name, format!("{other}: is not http or https")),
            }
        }
        problems.within("RESOURCE_TIMEOUT_MS", self.timeout_ms, 100..=30_000);
        problems.within("RESOURCE_CACHE_SECONDS", u64::from(self.cache_seconds), 0..=3_600);
        problems.within("RESOURCE_WATCH_SECONDS", self.watch_seconds, 10..=86_400);
        let numbers = [
            ("RESOURCE_MONTHS", self.months),
            ("RESOURCE_DAYS", self.days),
            ("RESOURCE_CODE_DAYS", self.code_days),
            ("RESOURCE_SERVICES", self.services.unwrap_or_default()),
            ("RESOURCE_CODES", self.codes),
        ];
        for (name, number) in numbers {
            problems.within(name, u64::from(number), 0..=1_000);
        }
    }

    /// The policy that these settings describe.
    pub(super) fn policy(&self) -> Policy {
        let kinds = |types: &[TypeArg]| types.iter().copied().map(TypeArg::kind).collect();
        Policy {
            service_types: kinds(&self.types),
            code_types: kinds(&self.code_types),
            months: self.months,
            service_days: self.days,
            code_days: self.code_days,
            services: self.services.unwrap_or(u16::MAX),
            codes: self.codes,
            quota_returns: self.quota_returns,
        }
    }
}
