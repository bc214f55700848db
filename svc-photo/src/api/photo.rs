//! Curtain photos: upload, list, look at, accept or refuse.

use actix_web::{HttpResponse, get, post, web};
use chassis::{
    audit,
    db::cursor::{self, Page},
    failure::Failure,
    http::{Once, Reply, Reviewer, Signed},
    store as objects,
};
use domain::{
    access::Action,
    id::{OrderId, PhotoId},
    order::Reason,
    photo::PhotoState,
};
use object_store::path::Path;
use serde::Deserialize;
use serde_json::json;

use super::{PhotoView, is_customer, jpeg, must_be_staff_or_customer, nothing, one_of, sees_list, upload::Upload};
use crate::{
    App,
    command::{self, named},
    store::photo::{self, Wanted},
};

/// Uploads a photo in front of the curtain.
#[utoipa::path(tag = "photos",
    request_body(content_type = "multipart/form-data", content = Object, description = "order, file"),
    responses((status = 201, body = Object), (status = 409, description = "No photo is wanted now")))]
#[post("/v1/photos")]
pub(super) async fn take(app: web::Data<App>, upload: Upload) -> Result<Reply, Failure> {
    app.take_photo(&upload.me, upload.order, upload.file, &upload.key).await
}

/// How a list is narrowed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Narrowed {
    order: Option<OrderId>,
    state: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Photos, oldest first: the own ones for customers, those of their provinces for reviewers.
#[utoipa::path(tag = "photos", params(("order" = Option<String>, Query), ("state" = Option<String>, Query),
    ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)), responses((status = 200, body = Object)))]
#[get("/v1/photos")]
pub(super) async fn list(app: web::Data<App>, me: Signed, query: web::Query<Narrowed>) -> Result<Reply, Failure> {
    must_be_staff_or_customer(&me)?;
    if !sees_list(&app, &me, query.order).await? {
        return Ok(nothing());
    }
    let wanted = Wanted {
        order: query.order,
        state: one_of(query.state.as_deref(), &PhotoState::NAMES)?,
        account: me.account.filter(|_| is_customer(&me)),
        provinces: me.provinces.clone(),
    };
    let filters = json!({ "order": query.order, "state": query.state, "by": me.id });
    let limit = cursor::limit(query.limit)?;
    let after: Option<PhotoId> = cursor::decode(query.cursor.as_deref(), &filters)?;
    let rows = app.db.read("photo.list", async |tx| photo::list(tx, &wanted, after, limit + 1).await).await?;
    Ok(Reply::ok(&Page::of(rows, limit, |photo| photo.id, &filters).map(|photo| PhotoView::from(&photo))))
}

/// The picture itself. Who looked is noted.
#[utoipa::path(tag = "photos", params(("id" = String, Path)),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>)))]
#[get("/v1/photos/{id}/content")]
pub(super) async fn content(app: web::Data<App>, me: Signed, id: web::Path<PhotoId>) -> Result<HttpResponse, Failure> {
    let known = app.db.read("photo.find", async |tx| photo::find(tx, *id).await).await?;
    let known = known.ok_or_else(|| Failure::not_found("There is no such photo."))?;
    app.filing(&me, known.order, Action::Read).await?;
    let detail = json!({ "photo": known.id });
    let (actor, role) = named(&me);
    let entry = audit::Entry { aggregate: known.order.uuid(), actor, role, action: "photo.seen", detail };
    let now = app.clock.now();
    app.db.transact("photo.seen", async |tx| audit::record(tx, now, &entry).await).await?;
    let bytes = objects::get(&*app.objects, &Path::from(known.object.as_str())).await?;
    Ok(jpeg(bytes, "curtain"))
}

/// The photo is good.
#[utoipa::path(tag = "photos", params(("id" = String, Path)), responses((status = 200, body = Object), (status = 409)))]
#[post("/v1/photos/{id}/accept")]
pub(super) async fn accept(
    app: web::Data<App>,
    me: Reviewer,
    id: web::Path<PhotoId>,
    once: Once<()>,
) -> Result<Reply, Failure> {
    app.judge_photo(&me, *id, Vec::new(), &once.key).await
}

/// Why a photo is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refusal {
    reasons: Vec<Reason>,
}

/// The photo is not good; at least one reason of the catalogue says why.
#[utoipa::path(tag = "photos", params(("id" = String, Path)), request_body = Object,
    responses((status = 200, body = Object), (status = 409), (status = 422)))]
#[post("/v1/photos/{id}/refuse")]
pub(super) async fn refuse(
    app: web::Data<App>,
    me: Reviewer,
    id: web::Path<PhotoId>,
    once: Once<Refusal>,
) -> Result<Reply, Failure> {
    command::checked(&once.body.reasons)?;
    app.judge_photo(&me, *id, once.body.reasons.clone(), &once.key).await
}
