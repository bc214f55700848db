//! An account's resources over HTTP, with what can be filed on each, and why not.

use actix_web::{get, web};
use chassis::{failure::Failure, http::Reply};
use domain::{resource::Resource, violation::Violation};
use serde::Serialize;
use serde_json::{Value, json};

use super::extract::{Looks, account};
use crate::{App, command::Offered};

/// A resource for its owner.
#[derive(Serialize)]
struct ResourceView {
    #[serde(flatten)]
    resource: Resource,
    type_zh: &'static str,
    type_en: &'static str,
    /// How services on it are connected, and where it stands, as codes of the authority's interface.
    mode: u16,
    place: Option<u16>,
    eligible: bool,
    reasons: Vec<Violation>,
    codes_eligible: bool,
    codes_reasons: Vec<Violation>,
    quota: Value,
}

impl ResourceView {
    fn of(offered: Offered, app: &App) -> Result<Self, Failure> {
        let policy = app.policy()?;
        let quota =
            |allowed: u16, used: u16| json!({ "allowed": allowed, "used": used, "left": allowed.saturating_sub(used) });
        let Offered { resource, services, codes, against_service, against_code } = offered;
        Ok(Self {
            type_zh: resource.kind.zh(),
            type_en: resource.kind.en(),
            mode: resource.mode(),
            place: resource.place(),
            eligible: against_service.is_empty(),
            reasons: against_service,
            codes_eligible: against_code.is_empty(),
            codes_reasons: against_code,
            quota: json!({ "services": quota(policy.services, services), "codes": quota(policy.codes, codes) }),
            resource,
        })
    }
}

/// The account's resources, whether each is fit for a filing and for codes, and why not.
#[utoipa::path(tag = "resources", responses((status = 200, body = Object),
    (status = 503, description = "The provider's inventory does not answer")))]
#[get("/v1/resources")]
pub(super) async fn list(app: web::Data<App>, me: Looks) -> Result<Reply, Failure> {
    let offered = app.offered(account(&me)?).await?;
    let views = offered.into_iter().map(|one| ResourceView::of(one, &app)).collect::<Result<Vec<_>, _>>()?;
    Ok(Reply::ok(&json!({ "items": views })))
}
