//! A server with handlers of every kind, on a free port.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Once as Started,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use super::issuer::{Issuer, noon};
use actix_web::{get, post, put, web};
use chassis::{
    auth::Verifier,
    cache::{Cache, memory::Memory},
    clock::{Clock, FixedClock},
    config::{HttpArgs, TelemetryArgs},
    failure::Failure,
    http::{
        self, Body, Customer, Gate, Health, IfMatch, Once, Operations, Peer, Reply, Reviewer, Service, Signed, Site,
    },
    limiter::Limiter,
    telemetry::{self, Telemetry},
};
use reqwest::{Method, RequestBuilder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::service_config::ServiceConfig;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct NewOrder {
    province: String,
    services: Vec<NewService>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct NewService {
    kind: u8,
}

#[utoipa::path(responses((status = 201)))]
#[post("/v1/orders")]
async fn create(_me: Customer, new: Once<NewOrder>) -> Result<Reply, Failure> {
    let fingerprint = hex::encode(new.key.fingerprint);
    let body = json!({ "principal": new.key.principal, "key": new.key.key, "fingerprint": fingerprint });
    Ok(Reply::created("/v1/orders/1", &body).etag(1))
}

#[utoipa::path(responses((status = 200)))]
#[get("/v1/orders/{id}")]
async fn read(me: Signed, id: web::Path<u64>) -> Result<Reply, Failure> {
    if *id != 1 {
        return Err(Failure::not_found("There is no such order."));
    }
    Ok(Reply::ok(&json!({ "id": 1, "reader": me.id })).etag(7))
}

#[utoipa::path(responses((status = 204)))]
#[put("/v1/orders/{id}/draft")]
async fn save(_me: Customer, want: IfMatch, draft: Body<NewOrder>) -> Result<Reply, Failure> {
    if want.0 != 7 {
        return Err(Failure::stale(7));
    }
    assert!(!draft.province.is_empty());
    Ok(Reply::no_content().etag(8))
}

#[utoipa::path(responses((status = 202)))]
#[post("/v1/orders/{id}/submit")]
async fn submit(_me: Customer, _once: Once<()>) -> Reply {
    Reply::accepted("/v1/orders/1", &json!({}))
}

#[utoipa::path(responses((status = 200)))]
#[get("/v1/review/tasks")]
async fn tasks(_me: Reviewer) -> Reply {
    Reply::ok(&json!([]))
}

#[utoipa::path(responses((status = 200)))]
#[get("/v1/dead")]
async fn dead(_me: Operations) -> Reply {
    Reply::ok(&json!([]))
}

#[utoipa::path(responses((status = 200)))]
#[get("/v1/dossier")]
async fn dossier(me: Peer) -> Reply {
    Reply::ok(&json!({ "for": me.id }))
}

#[utoipa::path(responses((status = 500)), security(()))]
#[get("/v1/broken")]
async fn broken(broke: web::Data<AtomicU32>) -> Result<Reply, Failure> {
    broke.fetch_add(1, Ordering::SeqCst);
    Err(Failure::internal("the cause, with a password"))
}

#[utoipa::path(responses((status = 200)), security(()))]
#[get("/v1/slow")]
async fn slow() -> Reply {
    actix_web::rt::time::sleep(Duration::from_secs(5)).await;
    Reply::ok(&json!({}))
}

#[utoipa::path(responses((status = 200)), security(()))]
#[get("/v1/open")]
async fn open() -> Reply {
    Reply::ok(&json!({}))
}

#[utoipa::path(responses((status = 200)), security(()))]
#[post("/v1/handed")]
async fn handed(order: Body<NewOrder>) -> Result<Reply, Failure> {
    if order.province.is_empty() {
        return Err(Failure::rejected("It does not fit.", Vec::new()).at("/province", "test.empty", "空 / Empty."));
    }
    Ok(Reply::ok(&json!({})))
}

fn routes(config: &mut ServiceConfig<'_>) {
    config.service(create).service(read).service(save).service(submit).service(tasks);
    config.service(dead).service(dossier).service(broken).service(slow).service(open).service(handed);
}

/// One telemetry for all tests of this binary, as in a process.
fn telemetry() -> &'static Telemetry {
    static STARTED: Started = Started::new();
    static TELEMETRY: std::sync::OnceLock<Telemetry> = std::sync::OnceLock::new();
    STARTED.call_once(|| {
        let args = TelemetryArgs { filter: "off".into(), ..TelemetryArgs::default() };
        assert!(TELEMETRY.set(telemetry::init(&args, "test", "0.0.0").unwrap()).is_ok());
    });
    TELEMETRY.get().unwrap()
}

pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) address: SocketAddr,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) health: Health,
    pub(crate) broke: web::Data<AtomicU32>,
    pub(crate) client: reqwest::Client,
    pub(crate) stop: CancellationToken,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(HttpArgs::default()).await
    }

    pub(crate) async fn with(args: HttpArgs) -> Self {
        let issuer = Issuer::start().await;
        let clock = Arc::new(FixedClock::at(noon()));
        let clock_too: Arc<dyn Clock> = Arc::<FixedClock>::clone(&clock);
        let cache = Arc::new(Memory::new(Arc::clone(&clock_too)));
        let verifier = Verifier::new(&issuer.args(), clock_too).unwrap();
        let args = HttpArgs { bind: "127.0.0.1:0".parse().unwrap(), workers: 2, ..args };
        let limits: (Arc<dyn Cache>, Limiter) = (cache.clone(), Limiter::new(cache));
        let gate = web::Data::new(Gate::new(&args, verifier, limits, issuer.args().client_secret));
        let broke = web::Data::new(AtomicU32::new(0));
        let counter = broke.clone();
        let wiring = Arc::new(move |config: &mut web::ServiceConfig| {
            config.app_data(counter.clone());
        });
        let health = Health::new();
        let site = Site {
            name: "test",
            version: "0.0.0",
            services: vec![Service { routes, wiring }],
            gate,
            health: health.clone(),
            registry: telemetry().registry(),
        };
        let running = http::bind(&args, site).unwrap();
        let address = running.address;
        let stop = CancellationToken::new();
        actix_web::rt::spawn(running.run(stop.clone()));
        Self { issuer, address, clock, health, broke, client: reqwest::Client::new(), stop }
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    pub(crate) fn ask_as(&self, role: &str, method: Method, path: &str) -> RequestBuilder {
        self.ask(method, path).bearer_auth(self.issuer.token(role))
    }

    pub(crate) fn draft(&self) -> RequestBuilder {
        self.ask_as("customer", Method::PUT, "/v1/orders/1/draft").header("if-match", "\"v7\"")
    }
}
