//! Which kind of filing it is. Nothing is created.

use actix_web::{post, web};
use chassis::{
    failure::Failure,
    http::{Body, Customer, Reply},
};
use domain::member::Right;
use serde_json::json;

use super::extract::account;
use crate::{App, command::TypeAsked};

/// Decides the kind of filing from the subject's certificate and what is to be filed: the kind and why, what it may change and
/// be combined with, who will get an SMS, and what happens to the site meanwhile.
#[utoipa::path(
    tag = "orders",
    request_body(content = Object, example = json!({
        "province": "210000", "nature": 4, "certificate": "91210000EXAMPLE03F",
        "services": [{ "kind": "website", "domain": "example-liaoning.cn" }]
    })),
    responses((status = 200, body = Object), (status = 409, description = "It cannot be filed as it is"),
        (status = 503, description = "The authority does not answer"))
)]
#[post("/v1/type-checks")]
pub(super) async fn type_check(app: web::Data<App>, me: Customer, asked: Body<TypeAsked>) -> Result<Reply, Failure> {
    let (account, subject) = (account(&me)?, app.subject_index(&asked.certificate));
    app.db.read("member.rights", async |tx| app.must_have(tx, &me, (Right::Edit, Some(&subject))).await).await?;
    let status = app.ask_authority(&asked).await?;
    let found = app.db.read("order.type", async |tx| app.type_of(tx, account, (&asked, &status)).await).await?;
    let (pack, row) = (app.rules.now(), &found.procedure);
    let why = pack.advice().iter().find(|advice| advice.id.as_str() == format!("national.type.{}", found.kind));
    Ok(Reply::ok(&json!({
        "kind": found.kind, "kind_zh": found.kind.zh(), "kind_en": found.kind.en(),
        "province": asked.province, "province_zh": asked.province.zh(),
        "why": why.map(|why| &why.zh), "why_en": why.map(|why| &why.en),
        "changes": row.changes_zh, "changes_en": row.changes_en,
        "combines": row.combines_zh, "combines_en": row.combines_en,
        "site": row.site_zh, "site_en": row.site_en,
        "sms": found.sms, "steps": row.steps, "subject": found.target.subject, "services": found.target.services,
    })))
}
