//! Starts and stops all stand-ins: one HTTP server and one SMTP port. It knows none of their protocols.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
};

use actix_web::{App, HttpServer, dev::ServerHandle, web};
use anyhow::Context;
use chassis::clock::Clock;
use url::Url;

use crate::{
    authority::Authority, face::FaceVendor, identity::Identity, inventory::Inventory, mail, mail::Mailbox, page,
    sms::Gateway,
};

/// A picture of 2 MB grows by a third on its way to a vendor, and a filing holds several.
const LARGEST_BODY: usize = 32 * 1024 * 1024;

/// Where the sandbox listens and what it keeps.
#[derive(Debug, Clone)]
pub struct SandboxArgs {
    /// The HTTP address; port 0 is a free one.
    pub http: SocketAddr,
    /// The SMTP address; port 0 is a free one.
    pub smtp: SocketAddr,
    /// How callers reach the HTTP server, when it is not by that address: inside of a network of containers.
    pub public: Option<Url>,
    /// Where the signing key and the authority's desk are kept, so that tokens and filings stand over a restart.
    pub dir: Option<PathBuf>,
}

impl Default for SandboxArgs {
    /// Free ports of this machine alone, and nothing kept.
    fn default() -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { http: free, smtp: free, public: None, dir: None }
    }
}

/// The outside world, while it runs. Dropping it asks for its end without waiting.
pub struct Sandbox {
    /// Where HTTP is served, with a `/` at the end.
    pub http: Url,
    /// Where SMTP is served.
    pub smtp: SocketAddr,
    /// The identity service.
    pub identity: Identity,
    /// The SMS gateway.
    pub sms: Gateway,
    /// The mailbox.
    pub mail: Mailbox,
    /// The face-compare vendor.
    pub face: FaceVendor,
    /// The authority.
    pub authority: Authority,
    /// The provider's inventory.
    pub inventory: Inventory,
    mail_server: Option<mail::Server>,
    http_server: ServerHandle,
}

impl Sandbox {
    /// Starts everything, or nothing.
    pub async fn start(args: SandboxArgs, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let listener =
            TcpListener::bind(args.http).with_context(|| format!("the sandbox cannot listen at {}", args.http))?;
        let http = match args.public {
            Some(url) => with_slash(url),
            None => Url::parse(&format!("http://{}/", listener.local_addr()?))?,
        };
        let dir = args.dir.as_deref();
        if let Some(dir) = dir {
            std::fs::create_dir_all(dir).with_context(|| format!("{}", dir.display()))?;
        }
        let identity = Identity::new(&http, dir, Arc::clone(&clock))?;
        let authority = Authority::new(&http, dir, Arc::clone(&clock))?;
        let sms = Gateway::new(&http, Arc::clone(&clock))?;
        let face = FaceVendor::new(&http, Arc::clone(&clock))?;
        let inventory = Inventory::new(&http, Arc::clone(&clock))?;
        let mail = Mailbox::new(clock);
        let mail_server = mail.serve(args.smtp)?;
        let parts = (identity.clone(), sms.clone(), mail.clone(), face.clone(), authority.clone(), inventory.clone());
        let site = page::Site { smtp: mail_server.address };
        let server = HttpServer::new(move || {
            let (identity, sms, mail, face, authority, inventory) = parts.clone();
            App::new()
                .app_data(web::PayloadConfig::new(LARGEST_BODY))
                .app_data(web::Data::new(site))
                .configure(|config| identity.routes(config))
                .configure(|config| sms.routes(config))
                .configure(|config| mail.routes(config))
                .configure(|config| face.routes(config))
                .configure(|config| authority.routes(config))
                .configure(|config| inventory.routes(config))
                .configure(page::routes)
        });
        let running = server.workers(1).shutdown_timeout(1).disable_signals().listen(listener)?.run();
        let http_server = running.handle();
        #[expect(clippy::disallowed_methods, reason = "`stop` and `drop` end it, and its end means nothing")]
        drop(tokio::spawn(running));
        let smtp = mail_server.address;
        let mail_server = Some(mail_server);
        Ok(Self { http, smtp, identity, sms, mail, face, authority, inventory, mail_server, http_server })
    }

    /// Ends everything and waits for it.
    pub async fn stop(mut self) {
        if let Some(server) = self.mail_server.take() {
            server.stop().await;
        }
        self.http_server.stop(false).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // The stop is under way with the call; nobody waits for its end.
        drop(self.http_server.stop(false));
    }
}

fn with_slash(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url
}
