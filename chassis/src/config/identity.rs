//! The settings of who may speak (tokens) and of what keeps personal data closed (keys). It fetches nothing.

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{Problems, secret};
use crate::seal::{Keyring, Suite};

/// The provider's identity service.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Identity")]
#[group(skip)]
pub struct AuthArgs {
    /// Where the identity service publishes its signing keys (JWKS)
    #[arg(id = "auth_jwks_url", long = "auth-jwks-url", env = "AUTH_JWKS_URL", value_name = "URL")]
    pub jwks_url: Option<Url>,
    /// The `iss` that tokens must carry
    #[arg(
        id = "auth_issuer",
        long = "auth-issuer",
        env = "AUTH_ISSUER",
        default_value = "",
        hide_default_value = true
    )]
    #[arg(value_name = "ISS")]
    pub issuer: String,
    /// The `aud` that tokens must carry
    #[arg(id = "auth_audience", long = "auth-audience", env = "AUTH_AUDIENCE", default_value_t = Self::default().audience)]
    #[arg(value_name = "AUD")]
    pub audience: String,
    /// Where this service fetches its own token (client credentials)
    #[arg(id = "auth_token_url", long = "auth-token-url", env = "AUTH_TOKEN_URL", value_name = "URL")]
    pub token_url: Option<Url>,
    /// This service's client id at the identity service
    #[arg(
        id = "auth_client_id",
        long = "auth-client-id",
        env = "AUTH_CLIENT_ID",
        default_value = "",
        hide_default_value = true
    )]
    #[arg(value_name = "ID")]
    pub client_id: String,
    /// This service's client secret, or `file:PATH`
    #[arg(id = "auth_client_secret", long = "auth-client-secret", env = "AUTH_CLIENT_SECRET", value_parser = secret)]
    #[arg(default_value = "", hide_default_value = true, hide_env_values = true, value_name = "SECRET")]
    pub client_secret: SecretString,
}

impl Default for AuthArgs {
    fn default() -> Self {
        Self {
            jwks_url: None,
            issuer: String::new(),
            audience: "icp-filing".into(),
            token_url: None,
            client_id: String::new(),
            client_secret: SecretString::default(),
        }
    }
}

impl AuthArgs {
    /// Lists what is wrong with these settings.
    pub fn check(&self, problems: &mut Problems) {
        check_endpoint("AUTH_JWKS_URL", self.jwks_url.as_ref(), problems);
        check_endpoint("AUTH_TOKEN_URL", self.token_url.as_ref(), problems);
        problems.required("AUTH_ISSUER", &self.issuer);
        problems.required("AUTH_AUDIENCE", &self.audience);
        problems.required("AUTH_CLIENT_ID", &self.client_id);
        problems.required("AUTH_CLIENT_SECRET", self.client_secret.expose_secret());
    }
}

fn check_endpoint(name: &str, url: Option<&Url>, problems: &mut Problems) {
    match url.map(Url::scheme) {
        None => problems.add(name, "is required"),
        Some("https" | "http") => {}
        Some(other) => problems.add(name, format!("{other}: is not http or https")),
    }
}

/// The keys that close personal data.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Sealing")]
#[group(skip)]
pub struct SealArgs {
    /// Key-encryption keys, `id=base64 of 32 bytes`, comma separated; the first closes, all open. Or `file:PATH`
    #[arg(id = "seal_keys", long = "seal-keys", env = "SEAL_KEYS", value_parser = secret)]
    #[arg(default_value = "", hide_default_value = true, hide_env_values = true, value_name = "KEYS")]
    pub keys: SecretString,
    /// Key of the blind index, base64 of 32 bytes, or `file:PATH`. It cannot be rotated without writing the index anew
    #[arg(id = "seal_index_key", long = "seal-index-key", env = "SEAL_INDEX_KEY", value_parser = secret)]
    #[arg(default_value = "", hide_default_value = true, hide_env_values = true, value_name = "KEY")]
    pub index_key: SecretString,
    /// The cipher for what is closed from now on; everything opens whatever closed it
    #[arg(id = "seal_suite", long = "seal-suite", env = "SEAL_SUITE", value_enum, default_value_t = Suite::default())]
    #[arg(value_name = "SUITE")]
    pub suite: Suite,
}

impl SealArgs {
    /// Lists what is wrong with these settings.
    pub fn check(&self, problems: &mut Problems) {
        if let Err(error) = Keyring::parse_keys(&self.keys) {
            problems.add("SEAL_KEYS", error);
        }
        if let Err(error) = Keyring::parse_key(&self.index_key) {
            problems.add("SEAL_INDEX_KEY", error);
        }
    }
}
