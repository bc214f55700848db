//! The description of an API, collected from the handlers that are registered. It adds what all services have in common.

use actix_web::App;
use serde_json::json;
use utoipa::openapi::{
    Components, ContentBuilder, Info, InfoBuilder, OpenApi, PathItem, Ref, RefOr, ResponseBuilder,
    path::Operation,
    schema::Schema,
    security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
};
use utoipa_actix_web::AppExt;

use super::Service;

/// The name of the problem schema and of the response that carries it.
const PROBLEM: &str = "Problem";
/// The name of the security scheme.
const BEARER: &str = "bearer";

/// The document of one service, or of several behind one address. Needs neither a database nor a server.
#[must_use]
pub fn document(title: &str, version: &str, services: &[Service]) -> OpenApi {
    let app = services.iter().fold(App::new().into_utoipa_app(), |app, service| app.configure(service.routes));
    let (_, mut document) = app.split_for_parts();
    document.info = info(title, version);
    let components = document.components.get_or_insert_with(Components::new);
    components.schemas.insert(PROBLEM.to_owned(), RefOr::T(problem_schema()));
    components.responses.insert(PROBLEM.to_owned(), RefOr::T(problem_response()));
    components.add_security_scheme(BEARER, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        complete(operation);
    }
    document
}

fn info(title: &str, version: &str) -> Info {
    let license = utoipa::openapi::LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    InfoBuilder::new().title(title).version(version).license(Some(license)).build()
}

/// The operations of a path with their methods.
pub(super) fn methods(item: &PathItem) -> Vec<&'static str> {
    let all = [
        ("GET", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ];
    all.into_iter().filter_map(|(method, there)| there.then_some(method)).collect()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
}

/// Every operation may fail with a problem, and needs a token unless it says otherwise (`security(())`).
fn complete(operation: &mut Operation) {
    operation
        .responses
        .responses
        .entry("default".to_owned())
        .or_insert_with(|| RefOr::Ref(Ref::from_response_name(PROBLEM)));
    operation.security.get_or_insert_with(|| vec![SecurityRequirement::new(BEARER, Vec::<String>::new())]);
}

fn problem_response() -> utoipa::openapi::Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
    ResponseBuilder::new()
        .description("What went wrong, as a problem of RFC 9457")
        .content("application/problem+json", content)
        .build()
}

/// Written out, because the failure itself has a private form.
fn problem_schema() -> Schema {
    let text = || json!({ "type": "string" });
    let schema = json!({
        "type": "object",
        "description": "A problem as of RFC 9457, in Chinese and English.",
        "required": ["type", "title", "status"],
        "properties": {
            "type": text(),
            "title": text(),
            "title_en": text(),
            "status": { "type": "integer", "format": "int32" },
            "detail": text(),
            "trace_id": text(),
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["pointer", "rule", "message"],
                    "properties": {
                        "pointer": text(), "rule": text(), "message": text(), "message_en": text(),
                        "fix": text(), "fix_en": text(),
                        "severity": { "type": "string", "enum": ["blocks", "warns", "informs"] },
                        "hit": text(), "since": { "type": "string", "format": "date" }, "confidence": text(),
                        "source": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "properties": { "tag": text(), "what": text(), "date": text() },
                            },
                        },
                    },
                },
            },
        },
    });
    serde_json::from_value(schema).unwrap_or_default()
}
