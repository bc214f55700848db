//! What stands between the network and the handlers: the token verifier, the limiter, and the limits themselves. It decides who
//! somebody is, never what they may do with an order.

use std::{net::IpAddr, sync::Arc, time::Duration};

use actix_web::{HttpMessage, HttpRequest, http::header};
use domain::access::Actor;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

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
    /// Closes fingerprints of bodies; all replicas of a service have the same.
    secret: SecretString,
}

impl Gate {
    /// A gate with the limits of these settings. `secret` is the service's own.
    #[must_use]
    pub fn new(
        args: &HttpArgs,
        verifier: Verifier,
        (cache, limiter): (Arc<dyn Cache>, Limiter),
        secret: SecretString,
    ) -> Self {
        Self {
            verifier,
            cache,
            limiter,
            body_limit: args.body_limit_bytes,
            deadline: Duration::from_millis(args.deadline_ms),
            signed: Quota::per_minute(args.rate_per_minute, args.rate_burst),
            anonymous: Quota::per_minute(args.anonymous_rate_per_minute, args.anonymous_rate_per_minute.div_ceil(4)),
            trusted_proxies: args.trusted_proxies.clone(),
            secret,
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

    /// What a request is recognised by when it comes again: method, address and body, under the service's secret, because a body
    /// may hold a number that could be guessed from a plain hash. After a new secret the day's keys count as used otherwise.
    pub(super) fn fingerprint(&self, request: &HttpRequest, body: &[u8]) -> [u8; 32] {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.secret.expose_secret().as_bytes())
            .expect("HMAC takes a key of any length");
        // Neither a method nor an address can hold a NUL, so that the parts cannot run into each other.
        for part in ["once v1", request.method().as_str(), request.path(), request.query_string()] {
            mac.update(part.as_bytes());
            mac.update(&[0]);
        }
        mac.update(body);
        mac.finalize().into_bytes().into()
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

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use sha2::Digest;

    use super::*;
    use crate::{
        cache::memory::Memory,
        clock::{Clock, FixedClock},
        config::AuthArgs,
    };

    fn gate(secret: &str) -> Gate {
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::at("2026-03-02T04:00:00Z".parse().unwrap()));
        let cache: Arc<dyn Cache> = Arc::new(Memory::new(Arc::clone(&clock)));
        let args = AuthArgs { jwks_url: Some("http://localhost/keys".parse().unwrap()), ..AuthArgs::default() };
        let verifier = Verifier::new(&args, clock).unwrap();
        Gate::new(&HttpArgs::default(), verifier, (Arc::clone(&cache), Limiter::new(cache)), secret.into())
    }

    #[test]
    fn a_fingerprint_tells_requests_apart_and_nothing_to_who_lacks_the_secret() {
        let post = || TestRequest::post().uri("/v1/orders").to_http_request();
        let (body, own) = (b"91210200EXAMPLE01X", gate("secret"));
        let print = own.fingerprint(&post(), body);
        assert_eq!(print, gate("secret").fingerprint(&post(), body), "every replica says the same");
        let others = [
            gate("another").fingerprint(&post(), body),
            own.fingerprint(&post(), b"91210200EXAMPLE02X"),
            own.fingerprint(&TestRequest::put().uri("/v1/orders").to_http_request(), body),
            own.fingerprint(&TestRequest::post().uri("/v1/order").to_http_request(), b"s\091210200EXAMPLE01X"),
            Sha256::digest(body).into(),
        ];
        assert!(!others.contains(&print));
    }
}
