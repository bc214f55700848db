//! The span around each request. It takes the route's pattern, not the path, and never the query: both may name people.

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
};
use tracing::{Span, field::Empty};
use tracing_actix_web::RootSpanBuilder;

use super::continue_trace;

/// Builds the span of a request as a child of the `traceparent` that came with it.
pub struct RootSpan;

impl RootSpanBuilder for RootSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let route = request.match_pattern();
        let span = tracing::info_span!(
            "http.request",
            otel.kind = "server",
            otel.status_code = Empty,
            http.request.method = request.method().as_str(),
            http.route = route.as_deref().unwrap_or("unmatched"),
            http.response.status_code = Empty,
        );
        let parent = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
        continue_trace(&span, parent);
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            span.record("otel.status_code", "ERROR");
        }
    }
}
