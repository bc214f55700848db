//! Asking another of our services, with this service's own token and the trace of what is being done. It knows no path.

use std::time::Duration;

use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use url::Url;

use crate::{
    auth::TokenSource,
    failure::{Failure, FieldError},
    telemetry,
};

/// How long a peer may take to answer.
const DEADLINE: Duration = Duration::from_secs(3);
/// What our own client is told to wait while a peer is away.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// One of our other services. Cheap to clone.
#[derive(Clone)]
pub struct Peer {
    base: Url,
    tokens: TokenSource,
    http: reqwest::Client,
}

impl Peer {
    /// The service at this address, asked with these tokens.
    pub fn new(base: Url, tokens: TokenSource) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().timeout(DEADLINE).redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { base, tokens, http })
    }

    /// Reads `path` (absolute, such as `/v1/orders/{id}/dossier`). 404 stays 404, and 409 is passed on with the peer's reasons;
    /// everything else that goes wrong is 503, because our client cannot help it.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.ask(self.http.get(self.url(path)?)).await
    }

    /// Asks `path` with a body, where a question holds what no path may: paths are logged. The same answers as [`Self::get`].
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        self.ask(self.http.post(self.url(path)?).json(body)).await
    }

    /// Hands `body` over at `path`. The same answers as [`Self::get`], and what the peer refuses for what it is (400, 422) is 422
    /// with the peer's reasons: handing it over again cannot help.
    pub async fn tell<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let answer = self.send(self.http.post(self.url(path)?).json(body)).await?;
        if !matches!(answer.status(), StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY) {
            return self.read(answer).await;
        }
        let Refusal { detail, errors } = answer.json().await.map_err(|error| away(error.without_url()))?;
        Err(Failure::rejected(detail, errors))
    }

    fn url(&self, path: &str) -> Result<Url, Failure> {
        self.base.join(path).map_err(|error| Failure::internal(format!("the peer path {path}: {error}")))
    }

    async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Failure> {
        let answer = self.send(request).await?;
        self.read(answer).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let token = self.tokens.token().await?;
        let mut request = request.bearer_auth(token.expose_secret());
        if let Some(traceparent) = telemetry::traceparent() {
            request = request.header("traceparent", traceparent);
        }
        request.send().await.map_err(|error| away(error.without_url()))
    }

    async fn read<T: DeserializeOwned>(&self, answer: Response) -> Result<T, Failure> {
        match answer.status() {
            // A body that does not fit is not repeated: it may hold personal data.
            StatusCode::OK => answer.json().await.map_err(|error| away(error.without_url())),
            StatusCode::NOT_FOUND => Err(Failure::not_found("There is no such thing.")),
            StatusCode::CONFLICT => {
                let refusal: Refusal = answer.json().await.map_err(|error| away(error.without_url()))?;
                Err(Failure::conflict(refusal.detail).with(refusal.errors))
            }
            StatusCode::UNAUTHORIZED => {
                self.tokens.forget().await;
                Err(away("the peer did not accept our token"))
            }
            other => Err(away(format!("the peer answered {other}"))),
        }
    }
}

/// What a peer says of what it does not take, for what it is or for the state of things: a problem document, whose texts repeat
/// nothing that was sent.
#[derive(Deserialize)]
struct Refusal {
    detail: String,
    #[serde(default)]
    errors: Vec<FieldError>,
}

fn away(why: impl std::fmt::Display) -> Failure {
    Failure::unavailable("Another part of the system does not answer.", RETRY_AFTER).because(why)
}
