//! The settings that every service has, and reading a service's settings without a command line. It connects to nothing.

use clap::{Args, FromArgMatches};

use super::Spec;
use crate::config::{AuthArgs, BusArgs, CacheArgs, DatabaseArgs, FaultArgs, HttpArgs, Problems, TelemetryArgs};

/// The settings that every service has.
#[derive(Args, Debug, Clone)]
#[group(skip)]
pub struct CommonArgs {
    /// The HTTP server.
    #[command(flatten)]
    pub http: HttpArgs,
    /// PostgreSQL.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// RabbitMQ.
    #[command(flatten)]
    pub bus: BusArgs,
    /// Redis.
    #[command(flatten)]
    pub cache: CacheArgs,
    /// The provider's identity service.
    #[command(flatten)]
    pub auth: AuthArgs,
    /// Logs, traces, metrics.
    #[command(flatten)]
    pub telemetry: TelemetryArgs,
    /// Crash points of fault tests.
    #[command(flatten)]
    pub fault: FaultArgs,
}

impl CommonArgs {
    /// Lists what is wrong with these settings.
    pub fn check(&self, problems: &mut Problems) {
        self.http.check(problems);
        self.database.check(problems);
        self.bus.check(problems);
        self.cache.check(problems);
        self.auth.check(problems);
        self.telemetry.check(problems);
        self.fault.check(problems);
    }
}

/// Everything that is wrong with a service's settings.
#[must_use]
pub fn problems<S: Spec>(config: &S::Config) -> Problems {
    let mut problems = Problems::new();
    S::common(config).check(&mut problems);
    S::check(config, &mut problems);
    problems
}

/// A service's settings from arguments such as `["--http-bind", "127.0.0.1:0"]`; what they leave out comes from the
/// environment and the defaults, as on the command line.
pub fn configure<S: Spec>(arguments: &[String]) -> anyhow::Result<S::Config> {
    let command = S::Config::augment_args(clap::Command::new(S::NAME).no_binary_name(true));
    let matches = command.try_get_matches_from(arguments)?;
    Ok(S::Config::from_arg_matches(&matches)?)
}
