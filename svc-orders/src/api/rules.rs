//! The rules for everybody: check a draft, a name or a domain, read the rules and the tables behind forms. It needs no account
//! and creates nothing.

use actix_web::{
    HttpRequest, HttpResponse,
    body::BoxBody,
    get,
    http::{Method, header},
    post, web,
};
use chassis::{failure::Failure, http::Body};
use chrono::NaiveDate;
use domain::{
    calendar::shanghai_date,
    certificate::Certificates,
    company::Nature,
    dossier::{Draft, RegistrationDraft, ServiceDraft},
    host::DomainName,
    order::Way,
    reason::Catalogue,
    region::Province,
    rules::{self, Case, RulePack, Standing, Step, SubjectClass, When, kinds::OrderKind},
    service::ServiceKind,
    table,
    violation::Severity,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::App;

/// An answer that holds as long as the pack and the day do.
pub(super) struct Cacheable {
    tag: String,
    body: Value,
}

impl Cacheable {
    fn new(pack: &RulePack, as_of: NaiveDate, body: &impl Serialize) -> Result<Self, Failure> {
        let body = serde_json::to_value(body).map_err(|error| Failure::internal(format!("an answer: {error}")))?;
        Ok(Self { tag: format!("\"{}.{as_of}\"", pack.revision()), body })
    }
}

impl actix_web::Responder for Cacheable {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<BoxBody> {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let known = request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
        let known = reads
            && known.flat_map(|value| value.split(',')).any(|tag| tag.trim().trim_start_matches("W/") == self.tag);
        let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        answer.insert_header((header::ETAG, self.tag));
        answer.insert_header((header::CACHE_CONTROL, if reads { "public, max-age=60" } else { "no-store" }));
        if known { answer.finish() } else { answer.json(self.body) }
    }
}

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
    owner: Option<domain::dossier::Owner>,
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

/// Which rules are listed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Wanted {
    as_of: Option<NaiveDate>,
    order: Option<OrderKind>,
    nature: Option<u16>,
    severity: Option<Severity>,
    step: Option<Step>,
}

/// Between which days.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Between {
    from: NaiveDate,
    to: NaiveDate,
    #[serde(default)]
    province: Option<String>,
}

/// Which divisions.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Under {
    under: Option<String>,
}

impl App {
    fn today(&self) -> NaiveDate {
        shanghai_date(self.clock.now())
    }

    fn case_for(&self, kind: Option<OrderKind>, way: Option<Way>, as_of: Option<NaiveDate>) -> Case {
        let usual = self.settings.ways.first().copied().unwrap_or(Way::Electronic);
        let as_of = as_of.unwrap_or_else(|| self.today());
        Case { kind: kind.unwrap_or(OrderKind::First), way: way.unwrap_or(usual), as_of, standing: Standing::default() }
    }
}

/// Checks a draft, however incomplete: everything that is wrong with it, its materials, who verifies, how long it takes.
#[utoipa::path(tag = "rules", request_body(content = Object, example = json!({ "draft": { "province": "210000", "nature": 4 } })),
    responses((status = 200, body = Object)))]
#[post("/v1/checks")]
pub(super) async fn check(app: web::Data<App>, asked: Body<Asked>) -> Result<Cacheable, Failure> {
    let pack = app.rules.now();
    let case = Case { standing: asked.standing, ..app.case_for(asked.order, asked.way, asked.as_of) };
    Cacheable::new(&pack, case.as_of, &rules::report(&asked.draft, &pack, case))
}

/// Checks the name of a service, says what was hit, and proposes names without it.
#[utoipa::path(tag = "rules", request_body(content = Object, example = json!({ "name": "示例论坛", "nature": 4 })),
    responses((status = 200, body = Object)))]
#[post("/v1/checks/name")]
pub(super) async fn check_name(app: web::Data<App>, asked: Body<NameAsked>) -> Result<Cacheable, Failure> {
    let pack = app.rules.now();
    let case = app.case_for(None, None, asked.as_of);
    let draft = sketch(
        (asked.province, asked.nature, asked.subject.as_ref()),
        ServiceDraft { name: Some(asked.name.clone()), ..blank(asked.kind) },
    );
    Cacheable::new(&pack, case.as_of, &rules::check_name(&draft, &pack, case))
}

/// Checks a domain: its form, its suffix, and what the registrar says of it.
#[utoipa::path(tag = "rules", request_body(content = Object, example = json!({ "domain": "示例.中国", "nature": 4 })),
    responses((status = 200, body = Object)))]
#[post("/v1/checks/domain")]
pub(super) async fn check_domain(app: web::Data<App>, asked: Body<DomainAsked>) -> Result<Cacheable, Failure> {
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
    Cacheable::new(
        &pack,
        case.as_of,
        &json!({
            "ascii": name.as_ref().map(DomainName::ascii), "unicode": name.as_ref().map(DomainName::unicode),
            "suffix": name.as_ref().map(DomainName::suffix), "registrable": registrable,
            "approved": name.as_ref().map(|name| table::suffixes().approves(name)),
            "violations": violations, "earliest_submission": report.earliest_submission,
        }),
    )
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

/// The rules in force on a day, those of the whole country and of every province.
#[utoipa::path(tag = "rules", params(("as_of" = Option<String>, Query), ("order" = Option<String>, Query),
    ("nature" = Option<u16>, Query), ("severity" = Option<String>, Query), ("step" = Option<String>, Query)),
    responses((status = 200, body = Object)))]
#[get("/v1/rules")]
pub(super) async fn list(app: web::Data<App>, wanted: web::Query<Wanted>) -> Result<Cacheable, Failure> {
    let pack = app.rules.now();
    let as_of = wanted.as_of.unwrap_or_else(|| app.today());
    let rows = Rows { wanted: &wanted, as_of };
    Cacheable::new(
        &pack,
        as_of,
        &json!({
            "revision": pack.revision(), "as_of": as_of, "sources": pack.sources(),
            "rules": rows.rules(pack.rules().iter()), "needs": rows.needs(pack.needs().iter()),
            "advice": rows.advice(pack.advice().iter()),
        }),
    )
}

/// What changed between two days.
#[utoipa::path(tag = "rules", params(("from" = String, Query), ("to" = String, Query), ("province" = Option<String>, Query)),
    responses((status = 200, body = Object)))]
#[get("/v1/rules/diff")]
pub(super) async fn diff(app: web::Data<App>, between: web::Query<Between>) -> Result<Cacheable, Failure> {
    let pack = app.rules.now();
    let province = between.province.as_deref().map(|name| Province::named(name).ok_or_else(|| unknown("province")));
    let changes = rules::diff(&pack, between.from, between.to, province.transpose()?);
    Cacheable::new(
        &pack,
        between.to,
        &json!({ "revision": pack.revision(), "from": between.from, "to": between.to, "changes": changes }),
    )
}

/// The rules that a filing in a province meets (by code or name: `210000`, `liaoning`), or one rule whole by its id.
#[utoipa::path(tag = "rules", params(("name" = String, Path), ("as_of" = Option<String>, Query), ("order" = Option<String>, Query),
    ("nature" = Option<u16>, Query), ("severity" = Option<String>, Query), ("step" = Option<String>, Query)),
    responses((status = 200, body = Object), (status = 404, description = "No such rule or province")))]
#[get("/v1/rules/{name}")]
pub(super) async fn one(
    app: web::Data<App>,
    name: web::Path<String>,
    wanted: web::Query<Wanted>,
) -> Result<Cacheable, Failure> {
    let pack = app.rules.now();
    let as_of = wanted.as_of.unwrap_or_else(|| app.today());
    let Some(province) = Province::named(&name) else {
        let found = whole(&pack, &name).ok_or_else(|| unknown("rule"))?;
        return Cacheable::new(&pack, as_of, &found);
    };
    let rows = Rows { wanted: &wanted, as_of };
    Cacheable::new(
        &pack,
        as_of,
        &json!({
            "revision": pack.revision(), "as_of": as_of, "province": province, "zh": province.zh(), "en": province.en(),
            "administration": pack.administration(province), "sources": pack.sources(),
            "rules": rows.rules(pack.rules_of(Some(province))), "needs": rows.needs(pack.needs_of(Some(province))),
            "advice": rows.advice(pack.advice_of(Some(province))),
        }),
    )
}

fn unknown(what: &str) -> Failure {
    Failure::not_found(format!("There is no such {what}."))
}

/// A rule, need or piece of advice whole, with its examples and its sources spelled out.
fn whole(pack: &RulePack, id: &str) -> Option<Value> {
    let (mut row, kind) = pack
        .rule(id)
        .and_then(|row| serde_json::to_value(row).ok().zip(Some("rule")))
        .or_else(|| {
            let need = pack.needs().iter().find(|need| need.id.as_str() == id)?;
            serde_json::to_value(need).ok().zip(Some("need"))
        })
        .or_else(|| {
            let advice = pack.advice().iter().find(|advice| advice.id.as_str() == id)?;
            serde_json::to_value(advice).ok().zip(Some("advice"))
        })?;
    let tags: Vec<&str> = row.get("source")?.as_array()?.iter().filter_map(Value::as_str).collect();
    let sources: Vec<_> = pack.sources().iter().filter(|source| tags.contains(&source.tag.as_str())).collect();
    let sources = serde_json::to_value(sources).ok()?;
    let object = row.as_object_mut()?;
    object.insert("is".to_owned(), Value::from(kind));
    object.insert("sources".to_owned(), sources);
    Some(row)
}

/// The rows of a list that were asked for.
struct Rows<'a> {
    wanted: &'a Wanted,
    as_of: NaiveDate,
}

impl Rows<'_> {
    fn meets(&self, when: &When) -> bool {
        let nature = self.wanted.nature.and_then(|code| Nature::try_from(code).ok());
        let class = nature.map(|nature| if nature.is_person() { SubjectClass::Person } else { SubjectClass::Unit });
        self.wanted.order.is_none_or(|order| when.orders.is_empty() || when.orders.contains(&order))
            && nature.is_none_or(|nature| when.natures.is_empty() || when.natures.contains(&nature))
            && class.is_none_or(|class| when.subject.is_none_or(|wanted| wanted == class))
    }

    fn weighs(&self, severity: Severity) -> bool {
        self.wanted.step.is_none() && self.wanted.severity.is_none_or(|wanted| wanted == severity)
    }

    fn rules<'p>(&self, rows: impl Iterator<Item = &'p rules::Rule>) -> Vec<Value> {
        let wanted =
            |row: &&rules::Rule| row.in_force(self.as_of) && self.meets(&row.when) && self.weighs(row.severity);
        rows.filter(wanted).filter_map(short).collect()
    }

    fn needs<'p>(&self, rows: impl Iterator<Item = &'p rules::Need>) -> Vec<Value> {
        let wanted =
            |row: &&rules::Need| row.in_force(self.as_of) && self.meets(&row.when) && self.weighs(row.severity);
        rows.filter(wanted).filter_map(short).collect()
    }

    fn advice<'p>(&self, rows: impl Iterator<Item = &'p rules::Advice>) -> Vec<Value> {
        let stepped = |step| self.wanted.severity.is_none() && self.wanted.step.is_none_or(|wanted| wanted == step);
        let wanted = |row: &&rules::Advice| row.in_force(self.as_of) && self.meets(&row.when) && stepped(row.step);
        rows.filter(wanted).filter_map(short).collect()
    }
}

/// A row without its examples, which only its own page shows.
fn short(row: &impl Serialize) -> Option<Value> {
    let mut row = serde_json::to_value(row).ok()?;
    let object = row.as_object_mut()?;
    object.remove("pass");
    object.remove("fail");
    Some(row)
}

/// The tables behind forms: natures, certificates, provinces, divisions, contents, languages, preapprovals and others.
#[utoipa::path(tag = "rules", params(("table" = String, Path), ("under" = Option<String>, Query)),
    responses((status = 200, body = Object), (status = 404, description = "No such table")))]
#[get("/v1/reference/{table}")]
pub(super) async fn reference(
    app: web::Data<App>,
    table: web::Path<String>,
    under: web::Query<Under>,
) -> Result<Cacheable, Failure> {
    let pack = app.rules.now();
    let rows = rows_of(&pack, &table, under.under.as_deref()).ok_or_else(|| unknown("table"))?;
    Cacheable::new(&pack, app.today(), &json!({ "table": *table, "rows": rows }))
}

fn rows_of(pack: &RulePack, name: &str, under: Option<&str>) -> Option<Value> {
    let codes = |table: &str| -> Value {
        let rows = table::codes().iter().filter(|row| row.table == table);
        rows.map(|row| json!({ "code": row.code.parse::<u16>().ok(), "zh": row.zh, "en": row.en })).collect()
    };
    Some(match name {
        "natures" => {
            Nature::ALL.iter().map(|row| json!({ "code": row.code(), "zh": row.zh(), "en": row.en() })).collect()
        }
        "certificates" => serde_json::to_value(Certificates::national().all()).ok()?,
        "provinces" => Province::ALL
            .iter()
            .map(|row| {
                json!({
                    "code": row.code(), "name": row.slug(), "zh": row.zh(), "en": row.en(), "short": row.short(),
                    "prefix": row.prefix(), "administration": pack.administration(*row),
                })
            })
            .collect(),
        "divisions" => serde_json::to_value(table::divisions().under(under.unwrap_or("")).collect::<Vec<_>>()).ok()?,
        "contents" => codes("Fwnr"),
        "languages" => codes("Yylb"),
        "preapprovals" => codes("Nrlx"),
        "access_modes" => codes("Jrfs"),
        "suffixes" => serde_json::to_value(table::suffixes().all()).ok()?,
        "mobile_prefixes" => serde_json::to_value(table::prefixes()).ok()?,
        "materials" => serde_json::to_value(pack.materials()).ok()?,
        "reasons" => serde_json::to_value(Catalogue::national().all()).ok()?,
        "orders" => OrderKind::ALL.iter().map(|row| json!({ "code": row, "zh": row.zh(), "en": row.en() })).collect(),
        "sources" => serde_json::to_value(pack.sources()).ok()?,
        _ => return None,
    })
}
