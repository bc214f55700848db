//! The HTTP server of one service, or of several behind one address: limits, headers, problems, health and description. It knows
//! no handler and no order.

pub mod extract;
mod fallback;
mod frame;
pub mod gate;
pub mod health;
mod limits;
pub mod openapi;
pub mod reply;

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use actix_web::{
    App, Error, HttpResponse, HttpServer,
    body::MessageBody,
    dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse},
    guard,
    http::KeepAlive,
    middleware::{Compress, from_fn},
    web,
};
use prometheus::{Registry, TextEncoder};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::{AppExt, service_config::ServiceConfig};

pub use extract::{Body, Customer, IfMatch, Items, Once, Operations, Owner, Peer, Raw, Reviewer, Signed, part};
pub use gate::Gate;
pub use health::Health;
pub use reply::Reply;

use crate::{config::HttpArgs, failure::Failure, telemetry::RootSpan};
use fallback::RouteTable;

/// What the server itself answers. Not limited, not logged, not part of the API.
const SYSTEM_PATHS: [&str; 5] = ["/livez", "/readyz", "/metrics", "/version", "/openapi.json"];

/// What one service brings to the server.
#[derive(Clone)]
pub struct Service {
    /// Registers the handlers. Stateless, so that the description can be had without a database.
    pub routes: fn(&mut ServiceConfig<'_>),
    /// Registers what the handlers take as `web::Data`, and whatever is not part of the API (pages, scripts).
    pub wiring: Arc<dyn Fn(&mut web::ServiceConfig) + Send + Sync>,
}

/// Everything that a server needs to know.
#[derive(Clone)]
pub struct Site {
    /// The name of the process in `/version` and in the API's description.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// One service, or all of them.
    pub services: Vec<Service>,
    /// Who may come in, and how often.
    pub gate: web::Data<Gate>,
    /// Whether traffic is welcome.
    pub health: Health,
    /// What `/metrics` shows.
    pub registry: Registry,
}

/// How the public reaches us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    Plain,
    Tls,
}

/// What `GET /version` and `GET /openapi.json` answer, made once.
struct Described {
    version: serde_json::Value,
    openapi: String,
}

/// Binds the port and prepares the server; requests are answered once [`Running::run`] is awaited.
pub fn bind(args: &HttpArgs, site: Site) -> anyhow::Result<Running> {
    let document = openapi::document(site.name, site.version, &site.services);
    let table = web::Data::new(RouteTable::of(&document));
    let described = web::Data::new(Described {
        version: json!({ "name": site.name, "version": site.version }),
        openapi: document.to_json()?,
    });
    let tls = args.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
    let transport = web::Data::new(if tls { Transport::Tls } else { Transport::Plain });
    let factory = move || app(&site).app_data(table.clone()).app_data(described.clone()).app_data(transport.clone());
    let server = HttpServer::new(factory)
        .disable_signals()
        // The supervisor's deadline for this phase is the real one; actix's must end just before it.
        .shutdown_timeout(14)
        .keep_alive(KeepAlive::Timeout(Duration::from_secs(75)))
        .client_request_timeout(Duration::from_secs(10));
    let server = if args.workers == 0 { server } else { server.workers(args.workers) };
    let server = server.bind(args.bind)?;
    let address = server.addrs().first().copied().ok_or_else(|| anyhow::anyhow!("HTTP_BIND bound no address"))?;
    Ok(Running { address, server: server.run() })
}

/// A bound server.
pub struct Running {
    /// The address with the port that was really bound.
    pub address: SocketAddr,
    server: Server,
}

impl Running {
    /// Serves until `stop`, then takes no more connections and finishes the requests at hand.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let handle = self.server.handle();
        let mut server = pin!(self.server);
        tokio::select! {
            served = &mut server => return Ok(served?),
            () = stop.cancelled() => {}
        }
        // The server must be polled for its stop to make progress.
        let (served, ()) = futures::join!(server, handle.stop(true));
        Ok(served?)
    }
}

/// The application of one worker.
fn app(
    site: &Site,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody + use<>>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    let app = App::new()
        .app_data(site.gate.clone())
        .app_data(web::Data::new(site.health.clone()))
        .app_data(web::Data::new(site.registry.clone()))
        .app_data(web::PathConfig::default().error_handler(|error, _| {
            // An id that is no id belongs to nothing.
            Failure::not_found("There is nothing at this address.").because(error).into()
        }))
        .app_data(web::QueryConfig::default().error_handler(|error, _| {
            Failure::unreadable("The query has an unknown, missing or ill-formed parameter.").because(error).into()
        }))
        .wrap(from_fn(limits::limit))
        .wrap(Compress::default())
        .wrap(from_fn(frame::frame))
        .wrap(TracingLogger::<RootSpan>::new());
    let app = site.services.iter().fold(app.into_utoipa_app(), |app, service| app.configure(service.routes));
    let app = app.into_app().configure(system);
    let app = site.services.iter().fold(app, |app, service| app.configure(|config| (service.wiring)(config)));
    app.default_service(web::to(fallback::fallback))
}

fn system(config: &mut web::ServiceConfig) {
    // Guarded like the handlers of the API, so that another method falls through to the fallback.
    let get = |path: &str| web::resource(path).guard(guard::Get());
    config
        .service(get("/livez").to(health::livez))
        .service(get("/readyz").to(health::readyz))
        .service(get("/metrics").to(metrics))
        .service(get("/version").to(version))
        .service(get("/openapi.json").to(description));
}

async fn metrics(registry: web::Data<Registry>) -> Result<HttpResponse, Failure> {
    let text = TextEncoder::new()
        .encode_to_string(&registry.gather())
        .map_err(|error| Failure::internal(format!("metrics: {error}")))?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

async fn version(described: web::Data<Described>, health: web::Data<Health>) -> HttpResponse {
    let mut version = described.version.clone();
    if let Some(object) = version.as_object_mut() {
        object.extend(health.told().into_iter().map(|(name, text)| (name.to_owned(), text.into())));
    }
    HttpResponse::Ok().json(version)
}

async fn description(described: web::Data<Described>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(described.openapi.clone())
}
