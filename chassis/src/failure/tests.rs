use std::{collections::BTreeSet, time::Duration};

use actix_web::{ResponseError, body::to_bytes, http::header};
use diesel::result::{DatabaseErrorKind, Error};
use serde_json::{Value, json};

use super::*;

fn all() -> Vec<(Failure, u16)> {
    let second = Duration::from_secs(1);
    vec![
        (Failure::unreadable("x"), 400),
        (Failure::unauthenticated("x"), 401),
        (Failure::forbidden("x"), 403),
        (Failure::not_found("x"), 404),
        (Failure::conflict("x"), 409),
        (Failure::stale(3), 412),
        (Failure::too_large("x"), 413),
        (Failure::unsupported("x"), 415),
        (Failure::rejected("x", vec![]), 422),
        (Failure::key_reused(), 422),
        (Failure::precondition_required(), 428),
        (Failure::too_many(second), 429),
        (Failure::internal("x"), 500),
        (Failure::unavailable("x", second), 503),
    ]
}

async fn problem(failure: &Failure) -> Value {
    let body = to_bytes(failure.error_response().into_body()).await.unwrap_or_default();
    serde_json::from_slice(&body).unwrap()
}

fn of_database(kind: DatabaseErrorKind, message: &str) -> Failure {
    Error::DatabaseError(kind, Box::new(message.to_owned())).into()
}

#[actix_web::test]
async fn every_kind_has_its_status_its_code_and_two_titles() {
    let mut seen = BTreeSet::new();
    for (failure, status) in all() {
        let problem = problem(&failure).await;
        assert_eq!(failure.status(), status);
        assert_eq!(problem["status"], status);
        assert!(seen.insert(problem["type"].as_str().unwrap().to_owned()), "{problem}");
        assert!(!problem["title"].as_str().unwrap().is_ascii(), "{problem}");
        assert!(problem["title_en"].as_str().unwrap().is_ascii(), "{problem}");
        assert_eq!(failure.error_response().headers().get(header::CONTENT_TYPE).unwrap(), "application/problem+json");
    }
    assert_eq!(seen.len(), Kind::ALL.len());
}

#[actix_web::test]
async fn the_reason_is_for_the_log_alone() {
    let failure = Failure::conflict("Not now.").because("the order is filed");
    assert!(!problem(&failure).await.to_string().contains("filed"));
    assert_eq!(failure.to_string(), "Not now.");
    assert!(format!("{failure:?}").contains("the order is filed"));
    assert!(!problem(&Failure::internal("secret")).await.to_string().contains("secret"));
}

#[actix_web::test]
async fn the_headers_say_what_to_do_next() {
    let header = |failure: &Failure, name| {
        let response = failure.error_response();
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(header(&Failure::stale(7), header::ETAG).as_deref(), Some("\"v7\""));
    assert_eq!(header(&Failure::unauthenticated("x"), header::WWW_AUTHENTICATE).as_deref(), Some("Bearer"));
    assert_eq!(header(&Failure::too_many(Duration::from_millis(1200)), header::RETRY_AFTER).as_deref(), Some("2"));
    assert_eq!(header(&Failure::too_many(Duration::ZERO), header::RETRY_AFTER).as_deref(), Some("1"));
    assert_eq!(header(&Failure::not_found("x"), header::RETRY_AFTER), None);
}

#[actix_web::test]
async fn a_field_is_told_in_two_languages() {
    let failure = Failure::unreadable("x").at("/name", "required", "必填 / Required");
    let expected = json!([{ "pointer": "/name", "rule": "required", "message": "必填", "message_en": "Required" }]);
    assert_eq!(problem(&failure).await["errors"], expected);
    assert!(format!("{failure:?}").contains("\"/name\" required"));
}

#[test]
fn what_may_go_away_by_itself_is_no_refusal() {
    let refusals: Vec<u16> =
        all().iter().filter(|(failure, _)| failure.is_refusal()).map(|(_, status)| *status).collect();
    assert_eq!(refusals, [400, 401, 403, 404, 409, 412, 413, 415, 422, 422, 428]);
    assert!(!of_database(DatabaseErrorKind::Unknown, "canceling statement due to lock timeout").is_refusal());
}

#[test]
fn the_database_is_told_by_what_it_says() {
    use DatabaseErrorKind as K;
    let cases = [
        (K::Unknown, "canceling statement due to lock timeout", 409),
        (K::Unknown, "deadlock detected", 409),
        (K::SerializationFailure, "could not serialize access", 409),
        (K::UniqueViolation, "duplicate key value violates unique constraint", 409),
        (K::Unknown, "canceling statement due to statement timeout", 503),
        (K::Unknown, "terminating connection due to administrator command", 503),
        (K::ClosedConnection, "closed", 503),
        (K::UnableToSendCommand, "connection closed", 503),
        (K::CheckViolation, "violates check constraint", 500),
        (K::Unknown, "column does not exist", 500),
    ];
    for (kind, message, status) in cases {
        assert_eq!(of_database(kind, message).status(), status, "{message}");
    }
    assert_eq!(Failure::from(Error::NotFound).status(), 404);
}
