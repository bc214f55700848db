//! Checks for everybody: a draft, a name, a domain. It needs no account and creates nothing.

use actix_web::{post, web};
use chassis::{
    failure::Failure,
    http::{Body, Reply},
};
use chrono::NaiveDate;
use domain::{
    dossier::{Draft, Owner, RegistrationDraft, ServiceDraft},
    host::DomainName,
    order::Way,
    region::Province,
    rules::{self, Case, Standing, kinds::OrderKind},
    service::ServiceKind,
    table,
};
use serde::Deserialize;
use serde_json::json;

use super::rules::published;
use crate::App;

/// A draft to be checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    draft: Draft,
    #[serde(default)]
    order: Option<OrderKind>,
    #[serde(default)]
    way: Option<Way>,
    #[serde(default)]
    as_of: Option<NaiveDate>,
    #[serde(default)]
    standing: Standing,
}

/// A name to be checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NameAsked {
    name: String,
    #[serde(default)]
    province: Option<Province>,
    #[serde(default)]
    nature: Option<u16>,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    kind: Option<ServiceKind>,
    #[serde(default)]
    as_of: Option<NaiveDate>,
}

/// A domain to be checked, with what the registrar says of it as far as it is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DomainAsked {
    domain: String,
    #[serde(default)]
    province: Option<Province>,
    #[serde(default)]
    nature: Option<u16>,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    kind: Option<ServiceKind>,
    #[serde(default)]
    registration: Option<Registration>,
    #[serde(default)]
    as_of: Option<NaiveDate>,
}

/// What a registrar says, without the domain that stands beside it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Registration {
    #[serde(default)]
    owner: Option<Owner>,
    #[serde(default)]
    owner_name: Option<String>,
    #[serde(default)]
    approved_registrar: Option<bool>,
    #[serde(default)]
    expires_on: Option<NaiveDate>,
    #[serde(default)]
    privacy: Option<bool>,
    #[serde(default)]
    verified_on: Option<NaiveDate>,
}

/// Checks a draft, however incomplete: everything that is wrong with it, its materials, who verifies, how long it takes.
#[utoipa::path(tag = "rules", request_body(content = Object, example = json!({ "draft": { "province": "210000", "nature": 4 } })),
    responses((status = 200, body = Object)))]
#[post("/v1/checks")]
pub(super) async fn check(app: web::Data<App>, asked: Body<Asked>) -> Result<Reply, Failure> {
    let pack = app.rules.now();
    let case = Case { standing: asked.standing, ..app.case_for(asked.order, asked.way, asked.as_of) };
    Ok(published(&pack, case.as_of, &rules::report(&asked.draft, &pack, case)))
}

/// Checks the name of a service, says what was hit, and proposes names without it.
#[utoipa::path(tag = "rules", request_body(content = Object, example = json!({ "name": "示例论坛", "nature": 4 })),
    responses((status = 200, body = Object)))]
#[post("/v1/checks/name")]
pub(super) async fn check_name(app: web::Data<App>, asked: Body<NameAsked>) -> Result<Reply, Failure> {
    let pack = app.rules.now();
    let case = app.case_for(None, None, asked.as_of);
    let draft = sketch(
        (asked.province, asked.nature, asked.subject.as_ref()),
        ServiceDraft { name: Some(asked.name.clone()), ..blank(asked.kind) },
    );
    Ok(published(&pack, case.as_of, &rules::check_name(&draft, &pack, case)))
}

/// Checks a domain: its form, its suffix, and what the registrar says of it.
#[utoipa::path(tag = "rules", request_body(content = Object, example = json!({ "domain": "示例.中国", "nature": 4 })),
    responses((status = 200, body = Object)))]
#[post("/v1/checks/domain")]
pub(super) async fn check_domain(app: web::Data<App>, asked: Body<DomainAsked>) -> Result<Reply, Failure> {
    let pack = app.rules.now();
    let case = app.case_for(None, None, asked.as_of);
    let registrations = asked.registration.as_ref().map(|row| RegistrationDraft {
        domain: asked.domain.clone(),
        owner: row.owner,
        owner_name: row.owner_name.clone().map(Into::into),
        approved_registrar: row.approved_registrar,
        expires_on: row.expires_on,
        privacy: row.privacy,
        verified_on: row.verified_on,
    });
    let service = ServiceDraft {
        domains: vec![asked.domain.clone()],
        registrations: registrations.into_iter().collect(),
        ..blank(asked.kind)
    };
    let draft = sketch((asked.province, asked.nature, asked.subject.as_ref()), service);
    let report = rules::report(&draft, &pack, case);
    let about =
        |pointer: &str| ["/services/0/domains", "/services/0/registrations"].iter().any(|at| pointer.starts_with(at));
    let violations: Vec<_> = report.violations.into_iter().filter(|found| about(&found.violation.pointer)).collect();
    let name = DomainName::try_from(asked.domain.as_str()).ok();
    let registrable = name.as_ref().and_then(DomainName::registrable);
    Ok(published(
        &pack,
        case.as_of,
        &json!({
            "ascii": name.as_ref().map(DomainName::ascii), "unicode": name.as_ref().map(DomainName::unicode),
            "suffix": name.as_ref().map(DomainName::suffix), "registrable": registrable,
            "approved": name.as_ref().map(|name| table::suffixes().approves(name)),
            "violations": violations, "earliest_submission": report.earliest_submission,
        }),
    ))
}

fn blank(kind: Option<ServiceKind>) -> ServiceDraft {
    ServiceDraft { kind: kind.unwrap_or(ServiceKind::Website), ..ServiceDraft::default() }
}

fn sketch(
    (province, nature, subject): (Option<Province>, Option<u16>, Option<&String>),
    service: ServiceDraft,
) -> Draft {
    let mut draft = Draft { province, nature, services: vec![service], ..Draft::default() };
    draft.subject.name = subject.cloned().map(Into::into);
    draft
}
