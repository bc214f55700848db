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

/// Decides the kind of filing from the subject's certificate and the domain.
#[utoipa::path(
    tag = "orders",
    request_body(content = Object, example = json!({
        "province": "210000", "nature": 4, "certificate": "91210000EXAMPLE", "domain": "example-liaoning.cn"
    })),
    responses((status = 200, body = Object), (status = 409, description = "It cannot be filed as it is"))
)]
#[post("/v1/type-checks")]
pub(super) async fn type_check(app: web::Data<App>, me: Customer, asked: Body<TypeAsked>) -> Result<Reply, Failure> {
    let subject = app.subject_index(&asked.certificate);
    app.db.read("member.rights", async |tx| app.must_have(tx, &me, (Right::Edit, Some(&subject))).await).await?;
    let found = app.type_of(account(&me)?, &asked).await?;
    let (why, why_en) = found.why;
    Ok(Reply::ok(&json!({
        "kind": found.kind, "kind_zh": found.kind.zh(), "kind_en": found.kind.en(),
        "province": asked.province, "province_zh": asked.province.zh(),
        "why": why, "why_en": why_en, "sms": found.sms,
    })))
}
