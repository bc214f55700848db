//! A real HTTP server that answers for the other services, as a test tells it to. It knows none of them.

use std::{
    collections::HashMap,
    net::TcpListener,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, web};
use serde_json::Value;
use url::Url;

type Answers = Mutex<HashMap<String, (u16, Value)>>;
/// Paths and bodies.
type Told = Mutex<Vec<(String, Value)>>;

/// The other services, as far as a test needs them.
pub struct Peers {
    /// Their common address.
    pub url: Url,
    answers: Arc<Answers>,
    asked: Arc<Mutex<Vec<String>>>,
    told: Arc<Told>,
    server: ServerHandle,
}

impl Peers {
    /// A server that answers 404 to everything.
    pub fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = Url::parse(&format!("http://{}/", listener.local_addr()?))?;
        let answers = Arc::new(Answers::default());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::new(Told::default());
        let (known, log) = (web::Data::from(Arc::clone(&answers)), web::Data::from(Arc::clone(&asked)));
        let bodies = web::Data::from(Arc::clone(&told));
        let server = HttpServer::new(move || {
            let app = App::new().app_data(known.clone()).app_data(log.clone()).app_data(bodies.clone());
            app.default_service(web::to(answer))
        });
        let server = server.workers(1).disable_signals().listen(listener)?.run();
        let handle = server.handle();
        #[expect(clippy::disallowed_methods, reason = "it ends with the stage, and its end means nothing")]
        drop(tokio::spawn(server));
        Ok(Self { url, answers, asked, told, server: handle })
    }

    /// From now on this path (without its query) is answered so.
    pub fn answer(&self, path: &str, status: u16, body: Value) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), (status, body));
    }

    /// What was asked for so far, with queries.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The JSON bodies that were sent to a path so far.
    #[must_use]
    pub fn told(&self, path: &str) -> Vec<Value> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.iter().filter(|(to, _)| to == path).map(|(_, body)| body.clone()).collect()
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // The stop is under way with the call; nobody waits for its end.
        drop(self.server.stop(false));
    }
}

async fn answer(
    request: HttpRequest,
    answers: web::Data<Answers>,
    asked: web::Data<Mutex<Vec<String>>>,
    told: web::Data<Told>,
    body: web::Bytes,
) -> HttpResponse {
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(request.uri().to_string());
    if let Ok(body) = serde_json::from_slice(&body) {
        told.lock().unwrap_or_else(PoisonError::into_inner).push((request.path().to_owned(), body));
    }
    let authorised = request.headers().get("authorization").is_some_and(|value| !value.is_empty());
    if !authorised {
        return HttpResponse::Unauthorized().finish();
    }
    let found = answers.lock().unwrap_or_else(PoisonError::into_inner).get(request.path()).cloned();
    let Some((status, body)) = found else { return HttpResponse::NotFound().finish() };
    let status = actix_web::http::StatusCode::from_u16(status).unwrap_or(actix_web::http::StatusCode::IM_A_TEAPOT);
    HttpResponse::build(status).json(body)
}
