//! The reason catalogue, for the bench's menus.

use actix_web::get;
use chassis::{
    failure::Failure,
    http::{Reply, Signed},
};
use domain::reason::{Catalogue, RaisedAt, ReasonGroup, ReasonText};
use serde::Serialize;
use utoipa::ToSchema;

/// Why something may be sent back, in both languages.
#[derive(Debug, Serialize, ToSchema)]
struct ReasonView<'a> {
    /// Its stable name
    code: &'a str,
    /// What it is about
    #[schema(value_type = String)]
    group: ReasonGroup,
    /// Short name, Chinese
    zh: &'a str,
    /// Short name, English
    en: &'a str,
    /// What the customer does about it, Chinese
    fix_zh: &'a str,
    /// What the customer does about it, English
    fix_en: &'a str,
    /// Where it is given: `precheck`, `initial`, `sms`, `authority`, `inspection`
    #[schema(value_type = Vec<String>)]
    raised_at: &'a [RaisedAt],
}

/// All reasons.
#[derive(Debug, Serialize, ToSchema)]
struct Reasons<'a> {
    /// In the order of the catalogue
    items: Vec<ReasonView<'a>>,
}

fn view(reason: &ReasonText) -> ReasonView<'_> {
    ReasonView {
        code: &reason.key,
        group: reason.group,
        zh: &reason.zh,
        en: &reason.en,
        fix_zh: &reason.fix_zh,
        fix_en: &reason.fix_en,
        raised_at: &reason.raised_at,
    }
}

/// Why something may be sent back. Anybody who is signed in may read it: customers see the same texts.
#[utoipa::path(tag = "review", responses((status = 200, body = Reasons)))]
#[get("/v1/review/reasons")]
pub(super) async fn list(_me: Signed) -> Result<Reply, Failure> {
    Ok(Reply::ok(&Reasons { items: Catalogue::national().all().iter().map(view).collect() }))
}
