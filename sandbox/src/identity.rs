//! The provider's identity service: signs tokens (Ed25519) for demo people and for our services, and publishes its key. It
//! checks nobody's password: everybody on this machine may be anybody of the demo people.

use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc};

use actix_web::{HttpResponse, web};
use anyhow::Context;
use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};
use chassis::{clock::Clock, config::AuthArgs};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;
use uuid::Uuid;

use crate::behaviour::{self, Behaviour, Script};

/// The `aud` of all tokens.
const AUDIENCE: &str = "icp-filing";
/// A working day and a half: nobody's demonstration ends because of a token.
const OF_PEOPLE: TimeDelta = TimeDelta::hours(12);
const OF_SERVICES: TimeDelta = TimeDelta::hours(1);
const SERVICES: [&str; 4] = ["svc-orders", "svc-review", "svc-photo", "svc-notify"];

/// Somebody who does not exist.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Person {
    /// The token's subject, and the name to ask for.
    pub person: &'static str,
    /// How colleagues call them.
    pub name: &'static str,
    /// What they are to us.
    pub role: &'static str,
    /// The account they act in.
    pub account: Option<Uuid>,
    /// The provinces they are limited to, by code; none means all.
    pub provinces: &'static [&'static str],
}

const fn customer(person: &'static str, name: &'static str, account: u128) -> Person {
    // A UUIDv7 of the year 2025 whose random part is a plain number.
    let account = Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + account);
    Person { person, name, role: "customer", account: Some(account), provinces: &[] }
}

const fn staff(person: &'static str, name: &'static str, role: &'static str) -> Person {
    Person { person, name, role, account: None, provinces: &[] }
}

const PEOPLE: [Person; 8] = [
    customer("customer-liaoning", "林示范", 1),
    // May do nothing until 林示范 grants it.
    Person { role: "sub-account", ..customer("colleague-liaoning", "江同事", 1) },
    customer("customer-guangdong", "黄虚构", 2),
    customer("customer-other", "周旁人", 3),
    staff("reviewer-chen", "陈审核", "reviewer"),
    Person { provinces: &["210000", "440000"], ..staff("reviewer-lin", "林审核", "reviewer") },
    staff("lead-zhao", "赵组长", "lead"),
    staff("operations-wu", "吴运营", "operations"),
];

/// How the token endpoint behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Grants what is asked for with the right secret.
    #[default]
    Grant,
    /// Grants it after a while.
    Delay,
    /// Says that it does not know the client.
    Refuse,
    /// Answers 500.
    Fail,
}

/// The identity service. Cheap to clone.
#[derive(Clone)]
pub struct Identity(Arc<State>);

struct State {
    base: Url,
    issuer: String,
    key: EncodingKey,
    key_id: String,
    jwk: Value,
    clock: Arc<dyn Clock>,
    script: Arc<Script<Mode>>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    role: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Uuid>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    provinces: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    iat: i64,
    exp: i64,
}

impl Identity {
    /// Takes the key of this directory, or makes one; without a directory, tokens die with the process.
    pub(crate) fn new(base: &Url, dir: Option<&Path>, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let der = match dir {
            Some(dir) => kept_key(dir)?,
            None => new_key()?,
        };
        let key = EncodingKey::from_ed_der(&der);
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::EdDSA).context("the signing key is unreadable")?;
        // The id follows from the key, so that a verifier never takes a new key for the old one.
        let public = serde_json::to_vec(&jwk.algorithm)?;
        let key_id = hex::encode(Sha256::digest(public)).chars().take(16).collect::<String>();
        jwk.common.key_id = Some(key_id.clone());
        Ok(Self(Arc::new(State {
            base: base.join("identity/")?,
            issuer: base.join("identity")?.to_string(),
            key,
            key_id,
            jwk: serde_json::to_value(jwk)?,
            clock,
            script: Arc::default(),
        })))
    }

    /// The demo people.
    #[must_use]
    pub fn people(&self) -> &'static [Person] {
        &PEOPLE
    }

    /// A fresh token of one of the demo people.
    pub fn token(&self, person: &str) -> anyhow::Result<String> {
        let known = PEOPLE.iter().find(|known| known.person == person);
        self.token_of(known.with_context(|| format!("{person} is none of the demo people"))?)
    }

    /// A fresh token of somebody else, for tests of permissions.
    pub fn token_with(&self, role: &str, account: Option<Uuid>, provinces: &[&str]) -> anyhow::Result<String> {
        self.sign(&Claims { account, provinces, ..self.claims(&format!("test-{role}"), role, OF_PEOPLE) })
    }

    /// A fresh token of somebody in an account, under a name of their own.
    pub fn token_as(&self, person: &str, role: &str, account: Uuid) -> anyhow::Result<String> {
        self.sign(&Claims { account: Some(account), ..self.claims(person, role, OF_PEOPLE) })
    }

    /// The settings of a service that trusts this issuer and fetches its own token here.
    pub fn auth_args(&self, client: &str) -> anyhow::Result<AuthArgs> {
        Ok(AuthArgs {
            jwks_url: Some(self.0.base.join("jwks")?),
            token_url: Some(self.0.base.join("token")?),
            issuer: self.0.issuer.clone(),
            audience: AUDIENCE.to_owned(),
            client_id: client.to_owned(),
            client_secret: secret_of(client).into(),
        })
    }

    /// Scripts the token endpoint.
    pub fn behave(&self, behaviour: Behaviour<Mode>) {
        self.0.script.set(behaviour);
    }

    pub(crate) fn token_of(&self, person: &Person) -> anyhow::Result<String> {
        self.sign(&Claims {
            account: person.account,
            provinces: person.provinces,
            name: Some(person.name),
            ..self.claims(person.person, person.role, OF_PEOPLE)
        })
    }

    fn claims<'a>(&'a self, sub: &'a str, role: &'a str, lifetime: TimeDelta) -> Claims<'a> {
        let now = self.0.clock.now();
        Claims {
            iss: &self.0.issuer,
            aud: AUDIENCE,
            sub,
            role,
            account: None,
            provinces: &[],
            name: None,
            iat: now.timestamp(),
            exp: (now + lifetime).timestamp(),
        }
    }

    fn sign(&self, claims: &Claims<'_>) -> anyhow::Result<String> {
        let header = Header { kid: Some(self.0.key_id.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &self.0.key).context("the token cannot be signed")
    }

    pub(crate) fn routes(&self, config: &mut web::ServiceConfig) {
        config
            .app_data(web::Data::new(self.clone()))
            .app_data(web::Data::from(Arc::clone(&self.0.script)))
            .route("/identity/jwks", web::get().to(jwks))
            .route("/identity/token", web::post().to(grant))
            .route("/identity/people", web::get().to(people))
            .route("/identity/people", web::post().to(sign_up))
            .route("/identity/behaviour", web::get().to(behaviour::show::<Mode>))
            .route("/identity/behaviour", web::put().to(behaviour::set::<Mode>));
    }
}

/// The client secret of one of our services. It is no secret: the sandbox is for everybody on this machine.
fn secret_of(client: &str) -> String {
    format!("sandbox-secret-of-{client}")
}

fn new_key() -> anyhow::Result<Vec<u8>> {
    let key = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).context("no signing key can be made")?;
    Ok(key.as_ref().to_vec())
}

fn kept_key(dir: &Path) -> anyhow::Result<Vec<u8>> {
    let path = dir.join("identity.der");
    if path.is_file() {
        return std::fs::read(&path).with_context(|| format!("{}", path.display()));
    }
    let key = new_key()?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("{}", path.display()))?;
    file.write_all(&key)?;
    file.sync_all()?;
    Ok(key)
}

async fn jwks(identity: web::Data<Identity>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "keys": [&identity.0.jwk] }))
}

#[derive(Serialize)]
struct WithToken {
    #[serde(flatten)]
    person: Person,
    token: String,
}

async fn people(identity: web::Data<Identity>) -> HttpResponse {
    let all: anyhow::Result<Vec<_>> =
        PEOPLE.iter().map(|person| Ok(WithToken { person: *person, token: identity.token_of(person)? })).collect();
    match all {
        Ok(all) => HttpResponse::Ok().json(all),
        Err(error) => HttpResponse::InternalServerError().body(format!("{error:#}")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCustomer {
    person: String,
}

/// Somebody opens an account: the same name gets the same account again.
async fn sign_up(identity: web::Data<Identity>, new: web::Json<NewCustomer>) -> HttpResponse {
    let digest: [u8; 32] = Sha256::digest(new.person.as_bytes()).into();
    let account = digest.first_chunk().copied().map(Uuid::from_bytes);
    let claims = Claims { account, ..identity.claims(&new.person, "customer", OF_PEOPLE) };
    match identity.sign(&claims) {
        Ok(token) => HttpResponse::Created().json(json!({ "person": new.person, "account": account, "token": token })),
        Err(error) => HttpResponse::InternalServerError().body(format!("{error:#}")),
    }
}

#[derive(Deserialize)]
struct Asked {
    grant_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
}

/// RFC 6749, section 4.4, with the client's credentials in the form.
async fn grant(identity: web::Data<Identity>, asked: web::Form<Asked>) -> HttpResponse {
    let act = identity.0.script.take();
    act.wait().await;
    match act.mode {
        Mode::Fail => return HttpResponse::InternalServerError().finish(),
        Mode::Refuse => return invalid_client(),
        Mode::Grant | Mode::Delay => {}
    }
    if asked.grant_type != "client_credentials" {
        return HttpResponse::BadRequest().json(json!({ "error": "unsupported_grant_type" }));
    }
    if !SERVICES.contains(&asked.client_id.as_str()) || asked.client_secret != secret_of(&asked.client_id) {
        return invalid_client();
    }
    match identity.sign(&identity.claims(&asked.client_id, "service", OF_SERVICES)) {
        Ok(token) => HttpResponse::Ok()
            .insert_header(("cache-control", "no-store"))
            .json(json!({ "access_token": token, "token_type": "Bearer", "expires_in": OF_SERVICES.num_seconds() })),
        Err(error) => HttpResponse::InternalServerError().body(format!("{error:#}")),
    }
}

fn invalid_client() -> HttpResponse {
    HttpResponse::Unauthorized().json(json!({ "error": "invalid_client" }))
}
