//! Requests that must happen once, or only to a known version. It checks the headers; the transaction keeps the promise.

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use futures::{
    FutureExt,
    future::{LocalBoxFuture, Ready, ready},
};

use super::{
    body::{self, Content},
    gate,
};
use crate::{failure::Failure, http::reply::version_of, idempotency::IdemKey};

const HEADER: &str = "idempotency-key";

/// A body that must take effect once, however often it is sent: needs a token and an `Idempotency-Key`.
/// `Once<()>` takes an empty body, `Once<Raw>` one of whatever type.
#[derive(Debug, Clone)]
pub struct Once<T> {
    /// Who sent it under which key, and a fingerprint of method, path and body.
    pub key: IdemKey,
    /// The body.
    pub body: T,
}

impl<T: Content> FromRequest for Once<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        async move {
            let gate = gate(&request)?;
            let actor = gate.actor(&request).await?;
            let key = idempotency_key(&request)?;
            let bytes = body::read(&request, payload).await?;
            let fingerprint = gate.fingerprint(&request, &bytes);
            let body = T::read(&request, bytes)?;
            Ok(Self { key: IdemKey { principal: actor.id, key, fingerprint }, body })
        }
        .boxed_local()
    }
}

/// The key, 1 to 200 visible ASCII characters. The quotes of a structured field are not part of it.
pub fn idempotency_key(request: &HttpRequest) -> Result<String, Failure> {
    let value = request.headers().get(HEADER).ok_or_else(|| {
        Failure::precondition_required().at(
            "",
            "idempotency_key",
            "请在 Idempotency-Key 请求头中提供一个唯一的键 / Send a unique Idempotency-Key header.",
        )
    })?;
    let text = value.to_str().unwrap_or_default().trim();
    let key = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if key.is_empty() || key.len() > 200 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::unreadable("The Idempotency-Key must be 1 to 200 visible ASCII characters."));
    }
    Ok(key.to_owned())
}

/// The version that a change is meant for, from `If-Match: "v7"`. Absent 428, anything else 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub i64);

impl FromRequest for IfMatch {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get(header::IF_MATCH) else {
            return ready(Err(Failure::precondition_required()));
        };
        let version = value.to_str().ok().and_then(version_of).map(Self);
        ready(version.ok_or_else(|| Failure::unreadable("If-Match must be one entity tag, such as \"v7\".")))
    }
}
