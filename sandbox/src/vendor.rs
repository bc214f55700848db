//! The form of a cloud vendor's interface (API 3.0, TC3-HMAC-SHA256): who may call, and how an answer or a refusal looks. It
//! knows no product.

use actix_web::{HttpRequest, HttpResponse, web};
use chassis::tc3::{self, Received, Tc3Error};
use chrono::{DateTime, Utc};
use futures::stream;
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

/// The secret id of the one customer whom the sandbox's vendors know.
pub(crate) const SECRET_ID: &str = "AKIDsandbox0000000000000000000000000";
/// The secret key that belongs to [`SECRET_ID`]. It is no secret: the sandbox is for everybody on this machine.
pub(crate) const SECRET_KEY: &str = "sandbox-vendor-secret-key";

/// What a stand-in offers.
#[derive(Clone, Copy)]
pub(crate) struct Product {
    pub(crate) service: &'static str,
    pub(crate) version: &'static str,
    pub(crate) action: &'static str,
}

/// A refusal as the vendor words it; its HTTP status is 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

/// Checks who calls and what, before anybody looks at the body.
pub(crate) fn check(request: &HttpRequest, body: &[u8], product: Product, now: DateTime<Utc>) -> Result<(), Refusal> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let required =
        |name: &str| header(name).ok_or_else(|| Refusal::new("MissingParameter", format!("{name} is absent")));
    let authorization = required("authorization")?;
    let timestamp = required("x-tc-timestamp")?;
    let timestamp =
        timestamp.parse().map_err(|_no_number| Refusal::new("InvalidParameter", "X-TC-Timestamp is no number"))?;
    let received = Received { authorization, service: product.service, timestamp, body };
    let key_of = |id: &str| (id == SECRET_ID).then(|| SecretString::from(SECRET_KEY));
    tc3::verify(&received, header, key_of, now).map_err(|error| Refusal::new(code_of(error), error.to_string()))?;
    if required("x-tc-action")? != product.action {
        return Err(Refusal::new("InvalidAction", format!("this product offers {}", product.action)));
    }
    if required("x-tc-version")? != product.version {
        return Err(Refusal::new("NoSuchVersion", format!("this product's version is {}", product.version)));
    }
    if !required("content-type")?.starts_with("application/json") {
        return Err(Refusal::new("UnsupportedProtocol", "only application/json is read here"));
    }
    Ok(())
}

fn code_of(error: Tc3Error) -> &'static str {
    match error {
        Tc3Error::Expired => "AuthFailure.SignatureExpire",
        Tc3Error::UnknownId => "AuthFailure.SecretIdNotFound",
        Tc3Error::Malformed | Tc3Error::SignedHeaders | Tc3Error::Scope | Tc3Error::Mismatch => {
            "AuthFailure.SignatureFailure"
        }
    }
}

/// The vendor's envelope around an answer.
pub(crate) fn answer(outcome: Result<Value, Refusal>) -> HttpResponse {
    let mut response =
        outcome.unwrap_or_else(|refusal| json!({ "Error": { "Code": refusal.code, "Message": refusal.message } }));
    if let Some(fields) = response.as_object_mut() {
        fields.insert("RequestId".into(), Value::String(chassis::clock::mint::<Uuid>().to_string()));
    }
    HttpResponse::Ok().json(json!({ "Response": response }))
}

/// A vendor that has broken down.
pub(crate) fn broken() -> HttpResponse {
    HttpResponse::InternalServerError().content_type("text/plain").body("scripted to fail")
}

/// An answer whose connection is cut before its end, so that the caller cannot know what became of the request.
pub(crate) fn cut() -> HttpResponse {
    let end = std::io::Error::other("scripted to be cut");
    HttpResponse::Ok().content_type("application/json").streaming(stream::iter([Err::<web::Bytes, _>(end)]))
}
