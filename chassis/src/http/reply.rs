//! Answers that worked: status, version as ETag, location, body. They can be stored and replayed; failures are not answers.

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::BoxBody,
    http::{Method, StatusCode, header},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An answer, complete enough to be stored and given again word for word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The aggregate's version; the `ETag` is `"v7"`.
    pub etag: Option<i64>,
    /// The edition of public knowledge, instead of a version: the `ETag` is it in quotes, and anybody may keep the answer for a
    /// minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// Where the created thing is.
    pub location: Option<String>,
    /// The JSON body; `null` is no body.
    pub body: Value,
}

impl Reply {
    /// 200 with a body.
    pub fn ok(body: &impl Serialize) -> Self {
        Self::with(StatusCode::OK, None, body)
    }

    /// 201 with the address of what was created.
    pub fn created(location: impl Into<String>, body: &impl Serialize) -> Self {
        Self::with(StatusCode::CREATED, Some(location.into()), body)
    }

    /// 202: noted, and done later; the address tells how far it is.
    pub fn accepted(location: impl Into<String>, body: &impl Serialize) -> Self {
        Self::with(StatusCode::ACCEPTED, Some(location.into()), body)
    }

    /// 204 without a body.
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT.as_u16(), etag: None, edition: None, location: None, body: Value::Null }
    }

    /// The same answer with the aggregate's version as its `ETag`.
    #[must_use]
    pub fn etag(mut self, version: i64) -> Self {
        self.etag = Some(version);
        self
    }

    /// The same answer as public knowledge of this edition.
    #[must_use]
    pub fn edition(mut self, edition: String) -> Self {
        self.edition = Some(edition);
        self
    }

    /// The entity tag, if the answer has one.
    fn tag(&self) -> Option<String> {
        self.etag.map(etag).or_else(|| self.edition.as_ref().map(|edition| format!("\"{edition}\"")))
    }

    fn with(status: StatusCode, location: Option<String>, body: &impl Serialize) -> Self {
        match serde_json::to_value(body) {
            Ok(body) => Self { status: status.as_u16(), etag: None, edition: None, location, body },
            Err(error) => {
                // Only a map whose keys are no text comes here, which is a fault of ours that no test has met.
                tracing::error!(%error, "an answer could not be written as JSON");
                let status = StatusCode::INTERNAL_SERVER_ERROR.as_u16();
                Self { status, etag: None, edition: None, location: None, body: Value::Null }
            }
        }
    }

    fn is_known_to(&self, request: &HttpRequest) -> bool {
        let Some(mine) = self.tag() else { return false };
        let known = request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
        known.flat_map(|value| value.split(',')).any(|tag| strong(tag) == "*" || strong(tag) == mine)
    }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<BoxBody> {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let known = reads && self.is_known_to(request);
        let mut response = HttpResponse::build(if known { StatusCode::NOT_MODIFIED } else { status });
        if let Some(tag) = self.tag() {
            response.insert_header((header::ETAG, tag));
        }
        if reads && self.edition.is_some() {
            response.insert_header((header::CACHE_CONTROL, "public, max-age=60"));
        }
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if known || self.body.is_null() { response.finish() } else { response.json(self.body) }
    }
}

/// The entity tag of a version: `"v7"`.
#[must_use]
pub fn etag(version: i64) -> String {
    format!("\"v{version}\"")
}

/// The tag as we gave it. `W/"v7"` counts as `"v7"`: a proxy that compresses weakens the tag on its way, and it means the same.
fn strong(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// The version in an entity tag.
pub(super) fn version_of(tag: &str) -> Option<i64> {
    let digits = strong(tag).strip_prefix("\"v")?.strip_suffix('"')?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_survives_its_tag_and_nothing_else_is_one() {
        assert_eq!(version_of(&etag(7)), Some(7));
        assert_eq!(version_of("W/\"v7\""), Some(7));
        for wrong in ["v7", "\"7\"", "\"v\"", "\"v-1\"", "\"v+1\"", "\"v7", "*", "", "\"v99999999999999999999\""] {
            assert_eq!(version_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_stored_reply_reads_back_the_same() {
        let reply = Reply::created("/v1/orders/1", &serde_json::json!({"id": 1})).etag(3);
        let stored = serde_json::to_string(&reply).unwrap();
        assert_eq!(serde_json::from_str::<Reply>(&stored).unwrap(), reply);
    }
}
