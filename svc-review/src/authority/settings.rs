//! The settings of the exchange with the authority. It connects to nothing.

use chassis::config::{Problems, secret};
use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The authority's enterprise interface.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Authority")]
#[group(skip)]
pub struct AuthorityArgs {
    /// Address of the enterprise interface V3.0, up to and without `/ISPWebService`
    #[arg(id = "authority_url", long = "authority-url", env = "AUTHORITY_URL", value_name = "URL")]
    pub url: Option<Url>,
    /// Our id as a provider (ispId), issued by the administration
    #[arg(id = "authority_isp_id", long = "authority-isp-id", env = "AUTHORITY_ISP_ID")]
    #[arg(default_value_t = 0, hide_default_value = true, value_name = "ID")]
    pub isp_id: i64,
    /// Our user name there
    #[arg(id = "authority_user", long = "authority-user", env = "AUTHORITY_USER")]
    #[arg(default_value = "", hide_default_value = true, value_name = "NAME")]
    pub user: String,
    /// Our password there, or `file:PATH`
    #[arg(id = "authority_password", long = "authority-password", env = "AUTHORITY_PASSWORD", value_parser = secret)]
    #[arg(default_value = "", hide_default_value = true, hide_env_values = true, value_name = "SECRET")]
    pub password: SecretString,
    /// AES key issued by the administration, 16 characters, or `file:PATH`
    #[arg(id = "authority_aes_key", long = "authority-aes-key", env = "AUTHORITY_AES_KEY", value_parser = secret)]
    #[arg(default_value = "", hide_default_value = true, hide_env_values = true, value_name = "KEY")]
    pub aes_key: SecretString,
    /// AES offset (IV) issued by the administration, 16 characters, or `file:PATH`
    #[arg(id = "authority_aes_iv", long = "authority-aes-iv", env = "AUTHORITY_AES_IV", value_parser = secret)]
    #[arg(default_value = "", hide_default_value = true, hide_env_values = true, value_name = "IV")]
    pub aes_iv: SecretString,
    /// Where our servers stand, as a code of the table Fbdd
    #[arg(id = "authority_server_location", long = "authority-server-location", env = "AUTHORITY_SERVER_LOCATION")]
    #[arg(default_value_t = 5, value_name = "CODE")]
    pub server_location: u64,
    /// How sites are connected, as a code of the table Jrfs
    #[arg(id = "authority_access_mode", long = "authority-access-mode", env = "AUTHORITY_ACCESS_MODE")]
    #[arg(default_value_t = 16, value_name = "CODE")]
    pub access_mode: u64,
    /// What is said as filing password where the form of an access demands one and nobody knows it
    #[arg(id = "authority_filing_password", long = "authority-filing-password", env = "AUTHORITY_FILING_PASSWORD")]
    #[arg(default_value = "none", value_name = "TEXT")]
    pub filing_password: String,
    /// How often filings are sent and answers fetched, in milliseconds; 0 leaves that to other processes of this service
    #[arg(id = "authority_poll", long = "authority-poll-ms", env = "AUTHORITY_POLL_MS")]
    #[arg(default_value_t = 5_000, value_name = "MS")]
    pub poll_ms: u64,
    /// How long one call may take, in milliseconds
    #[arg(id = "authority_timeout", long = "authority-timeout-ms", env = "AUTHORITY_TIMEOUT_MS")]
    #[arg(default_value_t = 20_000, value_name = "MS")]
    pub timeout_ms: u64,
}

impl AuthorityArgs {
    /// Lists what is wrong with these settings.
    pub fn check(&self, problems: &mut Problems) {
        match self.url.as_ref().map(Url::scheme) {
            None => problems.add("AUTHORITY_URL", "is required"),
            Some("http" | "https") => {}
            Some(other) => problems.add("AUTHORITY_URL", format!("{other}: is not http or https")),
        }
        if self.isp_id < 1 {
            problems.add("AUTHORITY_ISP_ID", "must be a positive number");
        }
        problems.required("AUTHORITY_USER", &self.user);
        problems.required("AUTHORITY_PASSWORD", self.password.expose_secret());
        for (name, value) in [("AUTHORITY_AES_KEY", &self.aes_key), ("AUTHORITY_AES_IV", &self.aes_iv)] {
            if value.expose_secret().len() != 16 {
                problems.add(name, "must have 16 characters");
            }
        }
        problems.within("AUTHORITY_SERVER_LOCATION", self.server_location, 1..=64);
        problems.within("AUTHORITY_ACCESS_MODE", self.access_mode, 1..=64);
        let password = self.filing_password.trim();
        if password.is_empty() || password.chars().count() > 32 {
            problems.add("AUTHORITY_FILING_PASSWORD", "must have 1 to 32 characters");
        }
        if self.poll_ms > 0 {
            problems.within("AUTHORITY_POLL_MS", self.poll_ms, 50..=86_400_000);
        }
        problems.within("AUTHORITY_TIMEOUT_MS", self.timeout_ms, 100..=300_000);
    }
}
