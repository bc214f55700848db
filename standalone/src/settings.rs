//! The settings of each service in this house, by their environment names: the same for one process and for four. It knows
//! every service's names and none of its code.

use std::path::PathBuf;

use anyhow::Context;
use chassis::launch::Spec;
use clap::Args;
use sandbox::Sandbox;
use secrecy::ExposeSecret;
use url::Url;

use crate::keys::Keys;

/// Where a service stands in this house.
#[derive(Clone)]
pub struct Place {
    /// Which service.
    pub service: &'static str,
    /// Its database.
    pub database: Url,
    /// Where it listens.
    pub bind: String,
    /// Where svc-orders listens.
    pub orders: Url,
    /// Where svc-review listens.
    pub review: Url,
    /// Where svc-notify listens.
    pub notify: Url,
    /// The broker, where there is one.
    pub amqp: Option<String>,
    /// The cache, where there is one.
    pub redis: Option<String>,
    /// The folder of the objects.
    pub objects: PathBuf,
}

/// Settings by environment name.
pub struct Settings(Vec<(&'static str, String)>);

impl Settings {
    /// Those of a service at its place.
    pub fn of(place: &Place, sandbox: &Sandbox, keys: &Keys) -> anyhow::Result<Self> {
        let mut all = common(place, sandbox)?;
        match place.service {
            "svc-orders" => {
                all.extend(sealing(keys));
                all.push(("RESOURCE_URL", sandbox.inventory.url().to_string()));
                all.push(("NOTIFY_URL", place.notify.to_string()));
                all.push(("REVIEW_URL", place.review.to_string()));
            }
            "svc-review" => {
                all.push(("ORDERS_URL", place.orders.to_string()));
                all.extend(sandbox.authority.settings());
            }
            "svc-photo" => {
                let objects = Url::from_directory_path(&place.objects)
                    .map_err(|()| anyhow::anyhow!("{} is no absolute path", place.objects.display()))?;
                all.push(("ORDERS_URL", place.orders.to_string()));
                all.push(("STORE_URL", objects.to_string()));
                all.extend(face(sandbox));
            }
            "svc-notify" => {
                all.push(("ORDERS_URL", place.orders.to_string()));
                all.push(("CONSOLE_URL", place.orders.to_string()));
                all.extend(sealing(keys));
                all.extend(messages(sandbox));
            }
            other => anyhow::bail!("{other} is no service"),
        }
        Ok(Self(all))
    }

    /// With some more.
    #[must_use]
    pub fn with(mut self, more: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.0.extend(more);
        self
    }

    /// As environment variables.
    pub fn environment(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// As arguments of a service in this process; an error names a setting that the service does not know.
    pub fn arguments<S: Spec>(&self) -> anyhow::Result<Vec<String>> {
        let command = S::Config::augment_args(clap::Command::new(S::NAME));
        let mut arguments = Vec::new();
        for (name, value) in &self.0 {
            let known = command.get_arguments().find(|argument| argument.get_env().is_some_and(|env| env == *name));
            let long = known.and_then(clap::Arg::get_long).with_context(|| format!("{} has no {name}", S::NAME))?;
            arguments.push(format!("--{long}={value}"));
        }
        Ok(arguments)
    }
}

fn common(place: &Place, sandbox: &Sandbox) -> anyhow::Result<Vec<(&'static str, String)>> {
    let auth = sandbox.identity.auth_args(place.service)?;
    let text = |url: Option<Url>| url.map(|url| url.to_string()).unwrap_or_default();
    let mut all = vec![
        ("DATABASE_URL", place.database.to_string()),
        ("HTTP_BIND", place.bind.clone()),
        ("AUTH_JWKS_URL", text(auth.jwks_url)),
        ("AUTH_TOKEN_URL", text(auth.token_url)),
        ("AUTH_ISSUER", auth.issuer),
        ("AUTH_AUDIENCE", auth.audience),
        ("AUTH_CLIENT_ID", auth.client_id),
        ("AUTH_CLIENT_SECRET", auth.client_secret.expose_secret().to_owned()),
    ];
    all.extend(place.amqp.clone().map(|url| ("AMQP_URL", url)));
    all.extend(place.redis.clone().map(|url| ("REDIS_URL", url)));
    Ok(all)
}

fn sealing(keys: &Keys) -> Vec<(&'static str, String)> {
    vec![("SEAL_KEYS", keys.seal.clone()), ("SEAL_INDEX_KEY", keys.index.clone())]
}

fn face(sandbox: &Sandbox) -> Vec<(&'static str, String)> {
    let account = sandbox.face.account();
    vec![
        ("FACE_URL", account.url.to_string()),
        ("FACE_SECRET_ID", account.secret_id.to_owned()),
        ("FACE_SECRET_KEY", account.secret_key.to_owned()),
    ]
}

fn messages(sandbox: &Sandbox) -> Vec<(&'static str, String)> {
    let account = sandbox.sms.account();
    vec![
        ("SMTP_URL", format!("smtp://{}", sandbox.smtp)),
        ("MAIL_FROM", "备案中心 <icp@example.com>".to_owned()),
        ("SMS_URL", account.url.to_string()),
        ("SMS_SECRET_ID", account.secret_id.to_owned()),
        ("SMS_SECRET_KEY", account.secret_key.to_owned()),
        ("SMS_APP_ID", account.app_id.to_owned()),
        ("SMS_SIGN_NAME", account.sign.to_owned()),
    ]
}
