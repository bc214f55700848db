//! The rate limit before every handler. It counts by principal, or by network before sign-in; how it counts is the limiter's.

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header,
    middleware::Next,
    web,
};

use super::{Gate, SYSTEM_PATHS};
use crate::{cache::Quota, config::Network};

/// Takes a token from the bucket of whoever asks, or answers 429. A 5xx gives the token back: the fault was ours.
pub(super) async fn limit<B: MessageBody + 'static>(
    gate: web::Data<Gate>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // Probes and scrapes come from inside, at their own pace, and must not be refused.
    if SYSTEM_PATHS.contains(&request.path()) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let (key, quota) = bucket(&gate, &request).await;
    if let Err(failure) = gate.limiter.take(&key, quota).await {
        return Ok(request.into_response(HttpResponse::from_error(failure)));
    }
    let answer = next.call(request).await;
    let status = match &answer {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    if status.is_server_error() {
        gate.limiter.give_back(&key, quota).await;
    }
    Ok(answer?.map_into_boxed_body())
}

/// Whose bucket a request takes from. A token that does not stand counts as no token, so that guessing is limited too.
async fn bucket(gate: &Gate, request: &ServiceRequest) -> (String, Quota) {
    if request.headers().contains_key(header::AUTHORIZATION)
        && let Ok(actor) = gate.actor(request.request()).await
    {
        return (format!("http|principal|{}", actor.id), gate.signed);
    }
    let peer = request.peer_addr().map(|address| address.ip());
    let forwarded = request.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let network = gate.client(peer, forwarded).map(Network::around);
    let key = network.map_or_else(|| "http|network|unknown".to_owned(), |network| format!("http|network|{network}"));
    (key, gate.anonymous)
}
