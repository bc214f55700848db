//! The authority (管局): the receiving side of the enterprise interface V3.0, the SMS verification of 12381, and a clerk who
//! grants or refuses. Written from the interface's description alone; it shares no code with the service that calls it.

mod case;
mod check;
mod clerk;
mod codec;
mod conflict;
mod decision;
mod desk;
mod form;
mod http;
mod intake;
mod page;
mod prefile;
mod registry;
mod result;
mod soap;
mod status;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use actix_web::web;
use chassis::clock::Clock;
use url::Url;

pub use clerk::{Behaviour, Mode, Objection};

use codec::Codec;
use desk::Desk;

/// What the administration issued to the one provider that it knows.
pub(crate) const PROVIDER: Provider = Provider {
    id: 110_000_000_211,
    user: "example-cloud",
    password: "sandbox-authority",
    key: "Sandbox0AesKey16",
    offset: "Sandbox0AesIv016",
};

/// A provider's credentials.
pub(crate) struct Provider {
    pub(crate) id: i64,
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
    pub(crate) key: &'static str,
    pub(crate) offset: &'static str,
}

/// The authority. Cheap to clone.
#[derive(Clone)]
pub struct Authority(Arc<Inside>);

struct Inside {
    url: String,
    clock: Arc<dyn Clock>,
    codec: Codec,
    desk: Mutex<Desk>,
    /// Where the desk is kept, so that a restart forgets nothing.
    file: Option<PathBuf>,
}

impl Authority {
    /// An authority under the sandbox's address. With a directory it goes on where it was when it ended.
    pub fn new(base: &Url, dir: Option<&Path>, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let file = dir.map(|dir| dir.join("authority.json"));
        let desk = match &file {
            Some(path) if path.exists() => serde_json::from_slice(&std::fs::read(path)?)?,
            Some(_) | None => Desk::default(),
        };
        let codec = Codec::new(PROVIDER.key, PROVIDER.offset)?;
        let url = format!("{}/authority", base.as_str().trim_end_matches('/'));
        Ok(Self(Arc::new(Inside { url, clock, codec, desk: Mutex::new(desk), file })))
    }

    /// The settings of a service that talks to this authority, by environment name.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AUTHORITY_URL", self.0.url.clone()),
            ("AUTHORITY_ISP_ID", PROVIDER.id.to_string()),
            ("AUTHORITY_USER", PROVIDER.user.to_owned()),
            ("AUTHORITY_PASSWORD", PROVIDER.password.to_owned()),
            ("AUTHORITY_AES_KEY", PROVIDER.key.to_owned()),
            ("AUTHORITY_AES_IV", PROVIDER.offset.to_owned()),
            // Nobody in a sandbox wants to wait for the next round.
            ("AUTHORITY_POLL_MS", "250".to_owned()),
        ]
    }

    /// Registers its doors.
    pub fn routes(&self, config: &mut web::ServiceConfig) {
        config.app_data(web::Data::new(self.clone())).configure(http::routes);
    }

    /// Changes how the clerk behaves.
    pub fn behave(&self, behaviour: Behaviour) {
        self.with(|desk| desk.behaviour = behaviour);
    }

    /// Works at the desk: what became due by the clock comes first, and what was done is kept.
    fn with<T>(&self, work: impl FnOnce(&mut Desk) -> T) -> T {
        let mut desk = self.desk();
        desk.catch_up(self.0.clock.now());
        let done = work(&mut desk);
        desk.catch_up(self.0.clock.now());
        if let Some(path) = &self.0.file
            && let Err(error) = keep(path, &desk)
        {
            tracing::warn!(%error, "the sandbox's authority could not keep its desk");
        }
        done
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.0.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keep(path: &Path, desk: &Desk) -> anyhow::Result<()> {
    let fresh = path.with_extension("new");
    std::fs::write(&fresh, serde_json::to_vec(desk)?)?;
    std::fs::rename(fresh, path)?;
    Ok(())
}
