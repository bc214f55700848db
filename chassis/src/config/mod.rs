//! Configuration: one clap group per concern, whose help text is the reference. It knows no service and connects to nothing.

mod data;
mod identity;
mod outside;

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

pub use data::{BusArgs, CacheArgs, DatabaseArgs, StoreArgs};
pub use identity::{AuthArgs, SealArgs};
pub use outside::{FaultArgs, HttpArgs, LogFormat, Network, TelemetryArgs};

/// Everything that is wrong with a configuration, so that one start names all of it.
#[derive(Debug, Default)]
pub struct Problems(Vec<String>);

impl Problems {
    /// Nothing found yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that the setting of this environment name is wrong, and why. `why` must not repeat a secret value.
    pub fn add(&mut self, name: &str, why: impl fmt::Display) {
        self.0.push(format!("{name}: {why}"));
    }

    /// Notes a required setting that was left empty.
    pub fn required(&mut self, name: &str, value: &str) {
        if value.trim().is_empty() {
            self.add(name, "is required");
        }
    }

    /// Notes a number that is outside of the sensible range.
    pub fn within(&mut self, name: &str, value: u64, range: std::ops::RangeInclusive<u64>) {
        if !range.contains(&value) {
            self.add(name, format!("{value} is not within {} to {}", range.start(), range.end()));
        }
    }

    /// Notes a secret URL that does not parse or has none of the schemes; the URL itself is never repeated.
    pub fn secret_url(&mut self, name: &str, value: &SecretString, schemes: &[&str]) {
        let text = value.expose_secret();
        if text.trim().is_empty() {
            self.add(name, "is required");
            return;
        }
        match url::Url::parse(text) {
            Ok(url) if schemes.contains(&url.scheme()) => {}
            Ok(_) => self.add(name, format!("must start with {}", schemes.join(": or ") + ":")),
            Err(error) => self.add(name, format!("is not a URL: {error}")),
        }
    }

    /// The list, in the order in which the groups were checked.
    #[must_use]
    pub fn list(&self) -> &[String] {
        &self.0
    }

    /// `Ok` when there is no problem; otherwise one error that names all of them.
    pub fn refuse(self) -> anyhow::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        anyhow::bail!("the configuration has {} problem(s):\n  - {}", self.0.len(), self.0.join("\n  - "))
    }
}

/// Reads a secret from the command line or the environment. `file:/run/secrets/x` names a mounted file whose content,
/// without the line end that editors add, is the value. The error never repeats an inline value.
pub fn secret(raw: &str) -> Result<SecretString, String> {
    let Some(path) = raw.strip_prefix("file:") else {
        return Ok(SecretString::from(raw));
    };
    let path = path.strip_prefix("//").unwrap_or(path);
    std::fs::read_to_string(path)
        .map(|text| SecretString::from(text.trim_end_matches(['\r', '\n'])))
        .map_err(|error| format!("cannot read the file {path}: {error}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct All {
        #[command(flatten)]
        http: HttpArgs,
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        bus: BusArgs,
        #[command(flatten)]
        cache: CacheArgs,
        #[command(flatten)]
        store: StoreArgs,
        #[command(flatten)]
        auth: AuthArgs,
        #[command(flatten)]
        seal: SealArgs,
        #[command(flatten)]
        telemetry: TelemetryArgs,
        #[command(flatten)]
        fault: FaultArgs,
    }

    impl All {
        fn problems(&self) -> Problems {
            let mut problems = Problems::new();
            self.http.check(&mut problems);
            self.database.check(&mut problems);
            self.bus.check(&mut problems);
            self.cache.check(&mut problems);
            self.store.check(&mut problems);
            self.auth.check(&mut problems);
            self.seal.check(&mut problems);
            self.telemetry.check(&mut problems);
            self.fault.check(&mut problems);
            problems
        }
    }

    #[test]
    fn all_groups_stand_beside_each_other_and_every_argument_has_an_environment_name() {
        let command = <All as clap::CommandFactory>::command();
        command.clone().debug_assert();
        for argument in command.get_arguments().filter(|a| a.get_id() != "help") {
            assert!(argument.get_env().is_some(), "{} has no environment name", argument.get_id());
            assert!(argument.get_help().is_some(), "{} has no help", argument.get_id());
        }
    }

    #[test]
    fn a_start_names_every_problem_at_once() {
        let all = All::parse_from([
            "x",
            "--database-url",
            "mysql://db/x",
            "--seal-keys",
            "a=AAAA",
            "--amqp-url",
            "http://mq",
        ]);
        let error = all.problems().refuse().unwrap_err().to_string();
        for name in
            ["DATABASE_URL", "AMQP_URL", "AUTH_JWKS_URL", "AUTH_ISSUER", "SEAL_KEYS", "SEAL_INDEX_KEY", "STORE_URL"]
        {
            assert!(error.contains(name), "{name} is not in:\n{error}");
        }
        assert!(!error.contains("mysql://db/x"), "a value with a password must not be repeated");
    }

    #[test]
    fn a_value_that_starts_with_file_is_read_from_that_file() {
        let dir = tempdir();
        let path = dir.join("url");
        std::fs::write(&path, "postgres://u:p@db/orders\n").unwrap();
        for spelling in [format!("file:{}", path.display()), format!("file://{}", path.display())] {
            assert_eq!(secret(&spelling).unwrap().expose_secret(), "postgres://u:p@db/orders");
        }
        assert!(secret("file:/does/not/exist").unwrap_err().contains("/does/not/exist"));
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn secrets_are_not_in_the_debug_output() {
        let all =
            All::parse_from(["x", "--database-url", "postgres://u:hush@db/orders", "--auth-client-secret", "hush"]);
        assert!(!format!("{:?}{:?}", all.database, all.auth).contains("hush"));
    }

    fn tempdir() -> std::path::PathBuf {
        let dir = std::env::temp_dir().join(format!("chassis-config-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        dir
    }
}
