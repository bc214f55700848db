//! A failure as an answer: `application/problem+json` of RFC 9457, with the headers that belong to its kind.

use std::time::Duration;

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use serde::Serialize;

use super::{Failure, FieldError};
use crate::telemetry;

#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'static str,
    title_en: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let kind = self.kind();
        let problem = Problem {
            r#type: format!("urn:icp-filing:problem:{}", kind.code()),
            title: kind.title(),
            title_en: kind.title_en(),
            status: kind.status(),
            detail: &self.0.text,
            errors: &self.0.errors,
            trace_id: telemetry::trace_id(),
        };
        let mut response = HttpResponse::build(self.status_code());
        if let Some(wait) = self.0.retry_after {
            response.insert_header((header::RETRY_AFTER, whole_seconds(wait)));
        }
        if let Some(current) = self.0.current {
            response.insert_header((header::ETAG, format!("\"v{current}\"")));
        }
        if self.status_code() == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response
            .content_type(HeaderValue::from_static("application/problem+json"))
            .body(serde_json::to_vec(&problem).unwrap_or_default())
    }
}

/// Rounded up, because who comes back a moment too early is refused again; at least one.
fn whole_seconds(wait: Duration) -> u64 {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    seconds.max(1)
}
