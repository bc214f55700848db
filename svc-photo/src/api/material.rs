//! Materials: upload, list, look at, remove.

use actix_web::{HttpResponse, delete, get, post, web};
use chassis::{
    audit,
    db::cursor::{self, Page},
    failure::Failure,
    http::{Customer, Once, Reply, Signed},
    store as objects,
};
use domain::{
    access::Action,
    id::{MaterialId, OrderId},
};
use object_store::path::Path;
use serde::Deserialize;
use serde_json::json;

use super::{MaterialView, jpeg, nothing, sees_list, upload::Upload};
use crate::{
    App,
    command::{Copies, NewMaterial, named},
    store::material,
};

/// Uploads a material: JPEG or PNG, at most 2 MB. It takes the place of an earlier one of its kind.
#[utoipa::path(tag = "materials",
    request_body(content_type = "multipart/form-data", content = Object, description = "order, kind, service?, file"),
    responses((status = 201, body = Object), (status = 413), (status = 422, description = "No picture, or a fake one")))]
#[post("/v1/materials")]
pub(super) async fn take(app: web::Data<App>, upload: Upload) -> Result<Reply, Failure> {
    let Upload { me, key, order, kind, service, file } = upload;
    let kind = kind.ok_or_else(|| {
        Failure::rejected("The form does not have the expected fields.", Vec::new()).at(
            "/kind",
            "missing_field",
            "缺少这个字段 / This field is missing",
        )
    })?;
    app.take_material(&me, NewMaterial { order, kind, service, file, key }).await
}

/// Which order's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Of {
    order: OrderId,
}

/// The materials of an order.
#[utoipa::path(tag = "materials", params(("order" = String, Query)), responses((status = 200, body = Object)))]
#[get("/v1/materials")]
pub(super) async fn list(app: web::Data<App>, me: Signed, of: web::Query<Of>) -> Result<Reply, Failure> {
    app.filing(&me, of.order, Action::Read).await?;
    let all = app.db.read("material.of", async |tx| material::of(tx, of.order).await).await?;
    let items: Vec<_> = all.iter().map(MaterialView::from).collect();
    Ok(Reply::ok(&json!({ "items": items })))
}

/// How the library is narrowed.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Shelf {
    /// Only materials of this kind.
    kind: Option<String>,
    /// 1 to 100, 20 when absent.
    limit: Option<u32>,
    /// Where the page begins, as the page before said.
    cursor: Option<String>,
}

/// What the account uploaded for whatever order, newest first, each picture once. Sub-accounts look into the orders that they
/// may see.
#[utoipa::path(tag = "materials", params(Shelf), responses((status = 200, body = Object)))]
#[get("/v1/material-library")]
pub(super) async fn library(app: web::Data<App>, me: Customer, query: web::Query<Shelf>) -> Result<Reply, Failure> {
    if !sees_list(&app, &me, None).await? {
        return Ok(nothing());
    }
    let account = me.account.ok_or_else(|| Failure::forbidden("Your token names no account."))?;
    let (filters, limit) = (json!({ "kind": query.kind, "by": me.id }), cursor::limit(query.limit)?);
    let after: Option<MaterialId> = cursor::decode(query.cursor.as_deref(), &filters)?;
    let wanted = (account, query.kind.as_deref());
    let rows =
        app.db.read("material.library", async |tx| material::library(tx, wanted, after, limit + 1).await).await?;
    Ok(Reply::ok(&Page::of(rows, limit, |row| row.id, &filters).map(|row| MaterialView::from(&row))))
}

/// Takes materials of other orders over into this one, all or none. Each takes the place of an earlier one of its kind.
#[utoipa::path(tag = "materials",
    request_body(content = Object, example = json!({ "order": "01990000-0000-7000-8000-000000000001",
        "materials": [{ "material": "01990000-0000-7000-8000-000000000002" },
            { "material": "01990000-0000-7000-8000-000000000003", "service": 1 }] })),
    responses((status = 201, body = Object), (status = 409, description = "The order takes no materials now"),
    (status = 422, description = "There is no such material, or it does not belong there")))]
#[post("/v1/material-copies")]
pub(super) async fn copy(app: web::Data<App>, me: Customer, copies: Once<Copies>) -> Result<Reply, Failure> {
    app.copy_materials(&me, &copies).await
}

/// The picture itself. Who looked is noted.
#[utoipa::path(tag = "materials", params(("id" = String, Path)),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>)))]
#[get("/v1/materials/{id}/content")]
pub(super) async fn content(
    app: web::Data<App>,
    me: Signed,
    id: web::Path<MaterialId>,
) -> Result<HttpResponse, Failure> {
    let known = app.db.read("material.find", async |tx| material::find(tx, *id).await).await?;
    let known = known.ok_or_else(|| Failure::not_found("There is no such material."))?;
    app.filing(&me, known.order, Action::Read).await?;
    let detail = json!({ "material": known.id });
    let (actor, role) = named(&me);
    let entry = audit::Entry { aggregate: known.order.uuid(), actor, role, action: "material.seen", detail };
    let now = app.clock.now();
    app.db.transact("material.seen", async |tx| audit::record(tx, now, &entry).await).await?;
    let bytes = objects::get(&*app.objects, &Path::from(known.object.as_str())).await?;
    Ok(jpeg(bytes, &known.kind))
}

/// Removes a material.
#[utoipa::path(tag = "materials", params(("id" = String, Path)), responses((status = 204)))]
#[delete("/v1/materials/{id}")]
pub(super) async fn remove(app: web::Data<App>, me: Customer, id: web::Path<MaterialId>) -> Result<Reply, Failure> {
    app.drop_material(&me, *id).await
}
