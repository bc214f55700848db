//! Tokens: verifies those of people and services from a cached key set, and fetches this service's own. It knows roles, and
//! neither passwords nor what a role may do.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{Actor, Role},
    id::AccountId,
    region::Province,
};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use crate::{clock::Clock, config::AuthArgs, failure::Failure};

/// How far clocks may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);
/// The key set is not fetched more often than this, however many unknown key ids arrive.
const REFETCH_AFTER: TimeDelta = TimeDelta::seconds(30);
/// A key set older than this is fetched again, so that a withdrawn key does not live for ever.
const KEYS_STALE_AFTER: TimeDelta = TimeDelta::minutes(10);
/// A token of our own is not used in its last minute.
const RENEW_BEFORE: TimeDelta = TimeDelta::seconds(60);
/// How long the identity service may take to answer.
const DEADLINE: Duration = Duration::from_secs(3);
/// What a client is told to wait while the identity service is away.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Verifies tokens offline. Cheap to clone.
#[derive(Clone)]
pub struct Verifier(Arc<Verifying>);

struct Verifying {
    jwks_url: Url,
    issuer: String,
    audience: String,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    keys: RwLock<Keys>,
    /// Held while the key set is being fetched, so that one fetch serves all who wait for it.
    fetching: Mutex<()>,
}

#[derive(Default)]
struct Keys {
    by_id: HashMap<String, Key>,
    /// When the set was last fetched well.
    fetched: Option<DateTime<Utc>>,
    /// When it was last tried.
    tried: Option<DateTime<Utc>>,
}

#[derive(Clone)]
struct Key {
    decoding: Arc<DecodingKey>,
    algorithm: Algorithm,
}

/// What a token says. Times are read strictly as whole numbers: a text there is no time.
#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    nbf: Option<i64>,
    role: Role,
    account: Option<AccountId>,
    #[serde(default)]
    provinces: Vec<Province>,
    name: Option<String>,
}

impl Verifier {
    /// A verifier for the identity service that the settings name. Fetches nothing yet.
    pub fn new(args: &AuthArgs, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(Verifying {
            jwks_url: args.jwks_url.clone().context("AUTH_JWKS_URL is required")?,
            issuer: args.issuer.clone(),
            audience: args.audience.clone(),
            http: client()?,
            clock,
            keys: RwLock::default(),
            fetching: Mutex::new(()),
        })))
    }

    /// Who stands behind a token: 401 when it does not stand, 503 when no key set could ever be fetched.
    pub async fn verify(&self, token: &str) -> Result<Actor, Failure> {
        let header = jsonwebtoken::decode_header(token).map_err(|error| refused(error.to_string()))?;
        let id = header.kid.ok_or_else(|| refused("the token names no key"))?;
        let key = self.0.key(&id).await?.ok_or_else(|| refused("the token's key is unknown"))?;
        // The key decides which algorithm it is used with; the token may only agree.
        if header.alg != key.algorithm {
            return Err(refused("the token's algorithm is not its key's"));
        }
        let claims = self.0.claims(token, &key)?;
        actor(claims)
    }
}

impl Verifying {
    fn claims(&self, token: &str, key: &Key) -> Result<Claims, Failure> {
        let mut validation = Validation::new(key.algorithm);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[&self.issuer]);
        // The library reads the machine's clock; ours is the one that everything else goes by. Checked below.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation)
            .map_err(|error| refused(error.to_string()))?
            .claims;
        let now = self.clock.now().timestamp();
        let leeway = LEEWAY.num_seconds();
        if claims.exp.saturating_add(leeway) <= now {
            return Err(refused("the token has expired"));
        }
        if claims.nbf.is_some_and(|from| from.saturating_sub(leeway) > now) {
            return Err(refused("the token is not valid yet"));
        }
        Ok(claims)
    }

    /// The key of this id, from the set at hand or a fresh one. `Ok(None)`: there is a set, and the key is not in it.
    async fn key(&self, id: &str) -> Result<Option<Key>, Failure> {
        if let Some(key) = self.known(id) {
            return Ok(Some(key));
        }
        let _one_at_a_time = self.fetching.lock().await;
        // Somebody else may have fetched while this one waited.
        if let Some(key) = self.known(id) {
            return Ok(Some(key));
        }
        let now = self.clock.now();
        if self.read().tried.is_none_or(|tried| (now - tried).abs() >= REFETCH_AFTER) {
            self.refetch(now).await;
        }
        let keys = self.read();
        if keys.fetched.is_none() {
            return Err(Failure::unavailable("The identity service does not answer.", RETRY_AFTER));
        }
        // A stale key is better than none while the identity service is away.
        Ok(keys.by_id.get(id).cloned())
    }

    fn known(&self, id: &str) -> Option<Key> {
        let keys = self.read();
        let fresh = keys.fetched.is_some_and(|at| (self.clock.now() - at).abs() < KEYS_STALE_AFTER);
        // While the last try is young, the set at hand is all there is: nobody need wait for the lock.
        let waiting = keys.tried.is_some_and(|at| (self.clock.now() - at).abs() < REFETCH_AFTER);
        if fresh || waiting { keys.by_id.get(id).cloned() } else { None }
    }

    async fn refetch(&self, now: DateTime<Utc>) {
        let fetched = fetch_keys(&self.http, &self.jwks_url).await;
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.tried = Some(now);
        match fetched {
            Ok(by_id) => {
                keys.by_id = by_id;
                keys.fetched = Some(now);
            }
            Err(error) => tracing::warn!(error = format!("{error:#}"), "the token key set could not be fetched"),
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn fetch_keys(http: &reqwest::Client, url: &Url) -> anyhow::Result<HashMap<String, Key>> {
    /// Read one by one, so that a kind of key from the future does not take the others away.
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<serde_json::Value>,
    }
    let set: Set = http.get(url.clone()).send().await?.error_for_status()?.json().await?;
    let keys: HashMap<_, _> = set.keys.into_iter().filter_map(usable).collect();
    anyhow::ensure!(!keys.is_empty(), "the key set holds no usable key");
    Ok(keys)
}

/// The key with its id, if it has one, is meant for signatures, and is of a kind on the list.
fn usable(value: serde_json::Value) -> Option<(String, Key)> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let id = jwk.common.key_id.clone()?;
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        // Never a symmetric key: whoever can verify with it could also sign.
        AlgorithmParameters::OctetKey(_)
        | AlgorithmParameters::OctetKeyPair(_)
        | AlgorithmParameters::EllipticCurve(_)
        | AlgorithmParameters::Other(_)
        | _ => return None,
    };
    if jwk.common.key_algorithm.is_some_and(|named| named.to_string() != format!("{algorithm:?}")) {
        return None;
    }
    let decoding = Arc::new(DecodingKey::from_jwk(&jwk).ok()?);
    Some((id, Key { decoding, algorithm }))
}

fn actor(claims: Claims) -> Result<Actor, Failure> {
    if claims.sub.is_empty() || claims.sub.len() > 200 {
        return Err(refused("the token's subject is empty or too long"));
    }
    if matches!(claims.role, Role::Customer | Role::SubAccount) && claims.account.is_none() {
        return Err(refused("the token of a customer names no account"));
    }
    Ok(Actor {
        id: claims.sub,
        role: claims.role,
        account: claims.account,
        provinces: claims.provinces,
        name: claims.name,
    })
}

/// One text for all that can be wrong with a token: the reason is for our log.
fn refused(why: impl std::fmt::Display) -> Failure {
    Failure::unauthenticated("The access token is missing, expired or not valid.").because(why)
}

fn client() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder().timeout(DEADLINE).redirect(reqwest::redirect::Policy::none()).build()?)
}

/// Fetches and keeps this service's own token (client credentials). Cheap to clone.
#[derive(Clone)]
pub struct TokenSource(Arc<Source>);

struct Source {
    url: Url,
    client_id: String,
    client_secret: SecretString,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    /// Held while a token is fetched, so that one fetch serves all who wait for it.
    current: Mutex<Option<(SecretString, DateTime<Utc>)>>,
}

impl TokenSource {
    /// A source for the identity service and the client that the settings name. Fetches nothing yet.
    pub fn new(args: &AuthArgs, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(Source {
            url: args.token_url.clone().context("AUTH_TOKEN_URL is required")?,
            client_id: args.client_id.clone(),
            client_secret: args.client_secret.clone(),
            http: client()?,
            clock,
            current: Mutex::new(None),
        })))
    }

    /// A token that is valid for at least another minute; 503 when none can be had.
    pub async fn token(&self) -> Result<SecretString, Failure> {
        let mut current = self.0.current.lock().await;
        let now = self.0.clock.now();
        if let Some((token, until)) = &*current
            && now + RENEW_BEFORE < *until
        {
            return Ok(token.clone());
        }
        let (token, seconds) = self.0.fetch().await.map_err(|error| {
            // An error of reqwest may show the URL, which holds no secret; the form does, and is never shown.
            Failure::unavailable("The identity service does not answer.", RETRY_AFTER).because(format!("{error:#}"))
        })?;
        let lifetime = TimeDelta::try_seconds(seconds.min(86_400)).unwrap_or(RENEW_BEFORE);
        *current = Some((token.clone(), now + lifetime));
        Ok(token)
    }

    /// Forgets the token at hand, because a peer did not accept it.
    pub async fn forget(&self) {
        *self.0.current.lock().await = None;
    }
}

impl Source {
    async fn fetch(&self) -> anyhow::Result<(SecretString, i64)> {
        #[derive(Deserialize)]
        struct Granted {
            access_token: SecretString,
            /// RFC 6749 recommends it and allows its absence.
            #[serde(default = "five_minutes")]
            expires_in: i64,
        }
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", self.client_secret.expose_secret()),
        ];
        let granted: Granted =
            self.http.post(self.url.clone()).form(&form).send().await?.error_for_status()?.json().await?;
        Ok((granted.access_token, granted.expires_in))
    }
}

fn five_minutes() -> i64 {
    300
}
