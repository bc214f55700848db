//! What every answer has: a deadline, a measured duration, security headers. It knows no route by name.

use std::{
    fmt,
    time::{Duration, Instant},
};

use actix_web::{
    Error, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};

use super::{Gate, SYSTEM_PATHS, Transport};
use crate::{failure::Failure, telemetry::metric};

/// Set where the handler set nothing else: a page of the console has its own policy, an API answer has none to load.
const DEFAULTS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    // Most answers hold personal data, and none must lie in a shared cache because somebody forgot to say so.
    (header::CACHE_CONTROL, "no-store"),
];

/// Runs the request within its deadline, measures it, and dresses the answer.
pub(super) async fn frame<B: MessageBody + 'static>(
    gate: web::Data<Gate>,
    transport: web::Data<Transport>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let system = SYSTEM_PATHS.contains(&request.path());
    let outcome = match tokio::time::timeout(gate.deadline, next.call(request)).await {
        Ok(Ok(mut response)) => {
            dress(response.headers_mut(), **transport);
            Ok(response.map_into_boxed_body())
        }
        Ok(Err(error)) => Err(error),
        Err(_elapsed) => {
            let late = Failure::unavailable("This took too long.", Duration::from_secs(1));
            Err(late.because("no answer within the deadline").into())
        }
    };
    let outcome = outcome.map_err(|error: Error| Error::from(Dressed(error, **transport)));
    let status = match &outcome {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    let seen = Seen { method: method.as_str(), route: &route, status, took: started.elapsed() };
    seen.measure();
    if !system {
        seen.log(failure_of(&outcome).map(|failure| format!("{failure:?}")).as_deref());
    }
    outcome
}

/// What is remembered of an answered request.
struct Seen<'a> {
    method: &'a str,
    route: &'a str,
    status: StatusCode,
    took: Duration,
}

impl Seen<'_> {
    fn measure(&self) {
        let labels = [("method", self.method), ("route", self.route), ("status", self.status.as_str())];
        metric::duration(metric::HTTP_DURATION, self.took, &labels);
    }

    /// The one line of a request, with the reason where it failed: nobody else logs failures.
    fn log(&self, failure: Option<&str>) {
        let (method, route, status) = (self.method, self.route, self.status.as_u16());
        let took_ms = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX);
        if self.status.is_server_error() {
            tracing::error!(method, route, status, took_ms, failure, "failed");
        } else {
            tracing::info!(method, route, status, took_ms, failure, "answered");
        }
    }
}

/// The failure behind an answer. Errors of other types are not shown: their texts are not ours to vouch for.
fn failure_of(outcome: &Result<ServiceResponse<BoxBody>, Error>) -> Option<&Failure> {
    let error = match outcome {
        Ok(response) => response.response().error()?,
        Err(error) => &error.as_error::<Dressed>()?.0,
    };
    error.as_error::<Failure>()
}

fn dress(headers: &mut HeaderMap, transport: Transport) {
    for (name, value) in DEFAULTS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if transport == Transport::Tls {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
}

/// An error that left the handlers without becoming an answer there, dressed like one.
struct Dressed(Error, Transport);

impl fmt::Debug for Dressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Dressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl ResponseError for Dressed {
    fn status_code(&self) -> StatusCode {
        self.0.as_response_error().status_code()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = self.0.as_response_error().error_response();
        dress(response.headers_mut(), self.1);
        response
    }
}
