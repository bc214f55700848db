//! One database for each service on one server. It knows their names and no table.

use anyhow::Context;
use tokio_postgres::NoTls;
use url::Url;

/// The address of a service's database on the server that the superuser's URL names.
pub fn of(service: &str, admin: &Url) -> Url {
    let mut url = admin.clone();
    url.set_path(&name(service));
    url
}

/// Makes the databases that are not there yet.
pub async fn create(services: &[&str], admin: &Url) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(admin.as_str(), NoTls).await.context("PostgreSQL")?;
    let work = async {
        for service in services {
            let name = name(service);
            let there = client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await?;
            if there.is_none() {
                client.batch_execute(&format!("CREATE DATABASE {name}")).await?;
            }
        }
        anyhow::Ok(())
    };
    tokio::select! {
        done = work => done,
        ended = connection => {
            ended?;
            anyhow::bail!("PostgreSQL closed the connection")
        }
    }
}

fn name(service: &str) -> String {
    service.replace('-', "_")
}
