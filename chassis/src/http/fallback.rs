//! Requests that no handler takes: 404, or 405 where the path exists with another method. It knows paths, not meanings.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde_json::json;
use utoipa::openapi::OpenApi;

use super::{SYSTEM_PATHS, openapi::methods};
use crate::{failure::Failure, telemetry};

/// The paths of the API with their methods, from its own description.
pub(super) struct RouteTable(Vec<(String, Vec<&'static str>)>);

impl RouteTable {
    pub(super) fn of(document: &OpenApi) -> Self {
        let api = document.paths.paths.iter().map(|(path, item)| (path.clone(), methods(item)));
        let system = SYSTEM_PATHS.iter().map(|path| ((*path).to_owned(), vec!["GET"]));
        Self(api.chain(system).collect())
    }

    /// The methods of all templates that this path fits, sorted.
    fn methods_of(&self, path: &str) -> Vec<&'static str> {
        let fitting = self.0.iter().filter(|(template, _)| fits(template, path));
        let mut methods: Vec<_> = fitting.flat_map(|(_, methods)| methods.iter().copied()).collect();
        methods.sort_unstable();
        methods.dedup();
        methods
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(name), Some(segment)) if name.starts_with('{') && !segment.is_empty() => {}
            (Some(name), Some(segment)) if name == segment => {}
            _ => return false,
        }
    }
}

/// Answers what no handler took.
pub(super) async fn fallback(request: HttpRequest, table: web::Data<RouteTable>) -> HttpResponse {
    let methods = table.methods_of(request.path());
    if methods.is_empty() {
        return HttpResponse::from_error(Failure::not_found("There is nothing at this address."));
    }
    let allow = methods.join(", ");
    let mut problem = json!({
        "type": "about:blank",
        "title": "不支持的请求方法",
        "title_en": "Method not allowed",
        "status": 405,
        "detail": format!("This address takes {allow}."),
    });
    if let (Some(id), Some(object)) = (telemetry::trace_id(), problem.as_object_mut()) {
        object.insert("trace_id".into(), id.into());
    }
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, allow))
        .insert_header((header::CONTENT_TYPE, "application/problem+json"))
        .body(problem.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_its_template_segment_by_segment() {
        assert!(fits("/v1/orders/{id}", "/v1/orders/7"));
        assert!(!fits("/v1/orders/{id}", "/v1/orders/"));
        assert!(!fits("/v1/orders/{id}", "/v1/orders/7/events"));
        assert!(!fits("/v1/orders/{id}/events", "/v1/orders/7"));
    }
}
