//! What stands between the network and the handlers: the token verifier, the limiter, and the limits themselves. It decides who
//! somebody is, never what they may do with an order.

use std::{net::IpAddr, sync::Arc, time::Duration};

use actix_web::{HttpMessage, HttpRequest, http::header};
use domain::access::Actor;

use crate::{
    auth::Verifier,
    cache::{Cache, Quota},
    config::{HttpArgs, Network},
    failure::Failure,
    limiter::Limiter,
};

/// Lives in `web::Data<Gate>`; the extractors and the rate limit use it.
pub struct Gate {
    /// Verifies tokens.
    pub verifier: Verifier,
    /// Short-lived counters and codes.
    pub cache: Arc<dyn Cache>,
    /// Counts requests.
    pub limiter: Limiter,
    /// Largest JSON body, in bytes.
    pub body_limit: usize,
    /// How long an answer may take to begin.
    pub deadline: Duration,
    /// What one signed-in principal may send.
    pub signed: Quota,
    /// What one network may send before sign-in.
    pub anonymous: Quota,
    trusted_proxies: Vec<Network>,
}

impl Gate {
    /// A gate with the limits of these settings.
    #[must_use]
    pub fn new(args: &HttpArgs, verifier: Verifier, cache: Arc<dyn Cache>, limiter: Limiter) -> Self {
        Self {
            verifier,
            cache,
            limiter,
            body_limit: args.body_limit_bytes,
            deadline: Duration::from_millis(args.deadline_ms),
            signed: Quota::per_minute(args.rate_per_minute, args.rate_burst),
            anonymous: Quota::per_minute(args.anonymous_rate_per_minute, args.anonymous_rate_per_minute.div_ceil(4)),
            trusted_proxies: args.trusted_proxies.clone(),
        }
    }

    /// Who stands behind a request; 401 without a good token. Verified once per request.
    pub async fn actor(&self, request: &HttpRequest) -> Result<Actor, Failure> {
        if let Some(actor) = request.extensions().get::<Actor>() {
            return Ok(actor.clone());
        }
        let token = bearer(request).ok_or_else(|| {
            Failure::unauthenticated("The access token is missing, expired or not valid.").because("no bearer token")
        })?;
        let actor = self.verifier.verify(token).await?;
        request.extensions_mut().insert(actor.clone());
        Ok(actor)
    }

    /// The client's address: the connection's, or, behind our own proxies, the nearest address in `X-Forwarded-For` that
    /// is not one of them. What a client wrote there itself stands further left and is never reached.
    pub(super) fn client(&self, peer: Option<IpAddr>, forwarded: Option<&str>) -> Option<IpAddr> {
        let ours = |address: IpAddr| self.trusted_proxies.iter().any(|network| network.contains(address));
        let peer = peer?;
        if !ours(peer) {
            return Some(peer);
        }
        let mut nearest = peer;
        for hop in forwarded.unwrap_or_default().rsplit(',') {
            let Ok(address) = hop.trim().parse() else { break };
            nearest = address;
            if !ours(address) {
                break;
            }
        }
        Some(nearest)
    }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
