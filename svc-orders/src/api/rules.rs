//! The rules for everybody: lists by day and province, differences, one rule whole. It needs no account.

use actix_web::{get, web};
use chassis::{failure::Failure, http::Reply};
use chrono::NaiveDate;
use domain::{
    company::Nature,
    region::Province,
    rules::{self, Row, RulePack, Step, SubjectClass, When, kinds::OrderKind},
    violation::Severity,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::App;

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

/// An answer that holds as long as the pack and the day do.
pub(super) fn published(pack: &RulePack, as_of: NaiveDate, body: &impl Serialize) -> Reply {
    Reply::ok(body).edition(format!("{}.{as_of}", pack.revision()))
}

/// The rules in force on a day, those of the whole country and of every province.
#[utoipa::path(tag = "rules", params(("as_of" = Option<String>, Query), ("order" = Option<String>, Query),
    ("nature" = Option<u16>, Query), ("severity" = Option<String>, Query), ("step" = Option<String>, Query)),
    responses((status = 200, body = Object)))]
#[get("/v1/rules")]
pub(super) async fn list(app: web::Data<App>, wanted: web::Query<Wanted>) -> Result<Reply, Failure> {
    let pack = app.rules.now();
    let as_of = wanted.as_of.unwrap_or_else(|| app.today());
    let listed = Listed { wanted: &wanted, province: None, as_of };
    Ok(published(&pack, as_of, &listed.all(&pack)))
}

/// What changed between two days.
#[utoipa::path(tag = "rules", params(("from" = String, Query), ("to" = String, Query), ("province" = Option<String>, Query)),
    responses((status = 200, body = Object)))]
#[get("/v1/rules/diff")]
pub(super) async fn diff(app: web::Data<App>, between: web::Query<Between>) -> Result<Reply, Failure> {
    let pack = app.rules.now();
    let province = between.province.as_deref().map(|name| Province::named(name).ok_or_else(|| unknown("province")));
    let changes = rules::diff(&pack, between.from, between.to, province.transpose()?);
    Ok(published(
        &pack,
        between.to,
        &json!({ "revision": pack.revision(), "from": between.from, "to": between.to, "changes": changes }),
    ))
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
) -> Result<Reply, Failure> {
    let pack = app.rules.now();
    let as_of = wanted.as_of.unwrap_or_else(|| app.today());
    let Some(province) = Province::named(&name) else {
        let found = whole(&pack, &name).ok_or_else(|| unknown("rule"))?;
        return Ok(published(&pack, as_of, &found));
    };
    let mut found = Listed { wanted: &wanted, province: Some(province), as_of }.all(&pack);
    if let Some(object) = found.as_object_mut() {
        object.insert("province".to_owned(), json!(province));
        object.insert("zh".to_owned(), json!(province.zh()));
        object.insert("en".to_owned(), json!(province.en()));
        object.insert("administration".to_owned(), json!(pack.administration(province)));
    }
    Ok(published(&pack, as_of, &found))
}

pub(super) fn unknown(what: &str) -> Failure {
    Failure::not_found(format!("There is no such {what}."))
}

/// A rule, need or piece of advice whole, with its examples and its sources spelled out.
fn whole(pack: &RulePack, id: &str) -> Option<Value> {
    let rule = || pack.rules().iter().find(|row| row.id.as_str() == id).map(|row| (json!(row), "rule"));
    let need = || pack.needs().iter().find(|row| row.id.as_str() == id).map(|row| (json!(row), "need"));
    let advice = || pack.advice().iter().find(|row| row.id.as_str() == id).map(|row| (json!(row), "advice"));
    let (mut row, kind) = rule().or_else(need).or_else(advice)?;
    let cited = pack.rows().find(|row| row.id().as_str() == id)?.source();
    let sources: Vec<_> = pack.sources().iter().filter(|source| cited.contains(&source.tag)).collect();
    let object = row.as_object_mut()?;
    object.insert("is".to_owned(), json!(kind));
    object.insert("sources".to_owned(), json!(sources));
    Some(row)
}

/// Which rows of a list were asked for.
struct Listed<'a> {
    wanted: &'a Wanted,
    province: Option<Province>,
    as_of: NaiveDate,
}

impl Listed<'_> {
    /// The rows in force for the province, of all provinces where none is named.
    fn of<R: Row + Serialize>(&self, rows: &[R], more: impl Fn(&R) -> bool) -> Vec<Value> {
        let here = |row: &R| self.province.is_none() || row.when().is_in(self.province);
        let wanted = |row: &&R| row.in_force(self.as_of) && here(row) && self.meets(row.when()) && more(row);
        rows.iter().filter(wanted).filter_map(short).collect()
    }

    fn all(&self, pack: &RulePack) -> Value {
        let weighs =
            |severity| self.wanted.step.is_none() && self.wanted.severity.is_none_or(|wanted| wanted == severity);
        let stepped = |step| self.wanted.severity.is_none() && self.wanted.step.is_none_or(|wanted| wanted == step);
        json!({
            "revision": pack.revision(), "as_of": self.as_of, "sources": pack.sources(),
            "rules": self.of(pack.rules(), |row| weighs(row.severity)),
            "needs": self.of(pack.needs(), |row| weighs(row.severity)),
            "advice": self.of(pack.advice(), |row| stepped(row.step)),
        })
    }

    fn meets(&self, when: &When) -> bool {
        let nature = self.wanted.nature.and_then(|code| Nature::try_from(code).ok());
        let class = nature.map(|nature| if nature.is_person() { SubjectClass::Person } else { SubjectClass::Unit });
        self.wanted.order.is_none_or(|order| when.orders.is_empty() || when.orders.contains(&order))
            && nature.is_none_or(|nature| when.natures.is_empty() || when.natures.contains(&nature))
            && class.is_none_or(|class| when.subject.is_none_or(|wanted| wanted == class))
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
