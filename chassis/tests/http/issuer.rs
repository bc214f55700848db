//! An identity service for tests: real keys, a real key set over HTTP, and tokens as wrong as a test needs them.

use std::{
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_web::{App, HttpResponse, HttpServer, web};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use chassis::config::AuthArgs;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};

pub(crate) const AUDIENCE: &str = "icp-filing";

/// When all tests of tokens take place.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-03-02T04:00:00Z".parse().unwrap()
}

struct State {
    keys: Mutex<Vec<Value>>,
    fetched: AtomicUsize,
    granted: AtomicUsize,
}

pub(crate) struct Issuer {
    pub(crate) url: String,
    state: Arc<State>,
    key: EncodingKey,
}

pub(crate) fn ed25519() -> EncodingKey {
    EncodingKey::from_ed_der(Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap().as_ref())
}

pub(crate) fn p256() -> EncodingKey {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    EncodingKey::from_ec_der(key.as_ref())
}

pub(crate) fn jwk(id: &str, key: &EncodingKey, algorithm: Algorithm) -> Value {
    let mut jwk = Jwk::from_encoding_key(key, algorithm).unwrap();
    jwk.common.key_id = Some(id.to_owned());
    serde_json::to_value(jwk).unwrap()
}

impl Issuer {
    /// An issuer with one Ed25519 key, `k1`.
    pub(crate) async fn start() -> Self {
        let key = ed25519();
        let state = Arc::new(State {
            keys: Mutex::new(vec![jwk("k1", &key, Algorithm::EdDSA)]),
            fetched: AtomicUsize::new(0),
            granted: AtomicUsize::new(0),
        });
        let data = web::Data::from(Arc::clone(&state));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = HttpServer::new(move || {
            App::new().app_data(data.clone()).route("/jwks", web::get().to(jwks)).route("/token", web::post().to(grant))
        });
        actix_web::rt::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
        Self { url, state, key }
    }

    pub(crate) fn args(&self) -> AuthArgs {
        AuthArgs {
            jwks_url: Some(format!("{}/jwks", self.url).parse().unwrap()),
            token_url: Some(format!("{}/token", self.url).parse().unwrap()),
            issuer: self.url.clone(),
            client_id: "svc-review".into(),
            client_secret: "hush".into(),
            ..AuthArgs::default()
        }
    }

    /// Good claims of a role at [`noon`].
    pub(crate) fn claims(&self, role: &str) -> Value {
        let now = noon().timestamp();
        json!({
            "sub": format!("{role}-1"), "role": role, "iss": self.url, "aud": AUDIENCE, "iat": now, "exp": now + 600,
            "account": "01990000-0000-7000-8000-000000000001",
        })
    }

    pub(crate) fn token(&self, role: &str) -> String {
        self.sign(&self.claims(role))
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        sign_with("k1", &self.key, Algorithm::EdDSA, claims)
    }

    pub(crate) fn publish(&self, key: Value) {
        self.state.keys.lock().unwrap().push(key);
    }

    /// From now on the key set and the tokens cannot be had.
    pub(crate) fn break_down(&self) {
        self.state.keys.lock().unwrap().clear();
    }

    pub(crate) fn withdraw_all_but(&self, id: &str) {
        self.state.keys.lock().unwrap().retain(|key| key["kid"] == id);
    }

    pub(crate) fn fetched(&self) -> usize {
        self.state.fetched.load(Ordering::SeqCst)
    }

    pub(crate) fn granted(&self) -> usize {
        self.state.granted.load(Ordering::SeqCst)
    }
}

pub(crate) fn sign_with(id: &str, key: &EncodingKey, algorithm: Algorithm, claims: &Value) -> String {
    let header = Header { kid: Some(id.to_owned()), ..Header::new(algorithm) };
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

async fn jwks(state: web::Data<State>) -> HttpResponse {
    state.fetched.fetch_add(1, Ordering::SeqCst);
    // Long enough for a second request to find the first one under way.
    actix_web::rt::time::sleep(Duration::from_millis(20)).await;
    let keys = state.keys.lock().unwrap().clone();
    if keys.is_empty() {
        return HttpResponse::ServiceUnavailable().finish();
    }
    HttpResponse::Ok().json(json!({ "keys": keys }))
}

async fn grant(state: web::Data<State>, form: web::Form<Vec<(String, String)>>) -> HttpResponse {
    let wanted = [("grant_type", "client_credentials"), ("client_id", "svc-review"), ("client_secret", "hush")];
    if !wanted.iter().all(|(key, value)| form.iter().any(|(k, v)| k == key && v == value)) {
        return HttpResponse::Unauthorized().finish();
    }
    let nth = state.granted.fetch_add(1, Ordering::SeqCst) + 1;
    HttpResponse::Ok().json(json!({ "access_token": format!("token-{nth}"), "expires_in": 300 }))
}
