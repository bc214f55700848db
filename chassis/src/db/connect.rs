//! Opens one connection to PostgreSQL: TLS or none, and the limits that every session has. It runs no query of ours.

use anyhow::Context;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use secrecy::ExposeSecret;
use tokio_postgres::{Config, NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::Url;

use crate::config::DatabaseArgs;

/// Opens connections, all alike.
pub(crate) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    session: String,
}

impl Connector {
    /// Reads the address. `sslmode` absent or `disable` means no TLS; any other value means TLS with a certificate that the
    /// system trusts, whatever libpq would have let pass.
    pub(super) fn new(args: &DatabaseArgs, service: &str) -> anyhow::Result<Self> {
        let mut url = Url::parse(args.url.expose_secret()).context("DATABASE_URL is no URL")?;
        let mode = url.query_pairs().find(|(name, _)| name == "sslmode").map(|(_, value)| value.into_owned());
        let others: Vec<_> = url.query_pairs().filter(|(name, _)| name != "sslmode").map(own).collect();
        url.set_query(None);
        if !others.is_empty() {
            url.query_pairs_mut().extend_pairs(others);
        }
        // The error of the parser may quote the address.
        let mut config: Config = url
            .as_str()
            .parse()
            .map_err(|_may_quote| anyhow::anyhow!("DATABASE_URL has a parameter that is not known"))?;
        config.application_name(service);
        let secured = mode.is_some_and(|mode| mode != "disable");
        config.ssl_mode(if secured { SslMode::Require } else { SslMode::Disable });
        let tls = secured.then(tls).transpose()?;
        let session = format!(
            "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {}",
            args.statement_timeout_ms, args.lock_timeout_ms, args.idle_in_transaction_ms
        );
        Ok(Self { config, tls, session })
    }

    /// Opens a connection. It belongs to the runtime on which this is awaited.
    pub(crate) async fn open(&self) -> ConnectionResult<AsyncPgConnection> {
        let mut opened = if let Some(tls) = self.tls.clone() {
            let (client, connection) = self.config.connect(tls).await.map_err(|error| bad(&error))?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await?
        } else {
            let (client, connection) = self.config.connect(NoTls).await.map_err(|error| bad(&error))?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await?
        };
        opened.batch_execute(&self.session).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
        Ok(opened)
    }
}

fn own((name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)) -> (String, String) {
    (name.into_owned(), value.into_owned())
}

fn tls() -> anyhow::Result<MakeRustlsConnect> {
    let (tls, skipped) = MakeRustlsConnect::with_native_certs()
        .map_err(|errors| anyhow::anyhow!("the system's certificates cannot be read: {errors:?}"))?;
    for error in skipped {
        tracing::warn!(%error, "a certificate of the system is left out");
    }
    Ok(tls)
}

fn bad(error: &tokio_postgres::Error) -> ConnectionError {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    ConnectionError::BadConnection(format!("{error}{cause}"))
}
