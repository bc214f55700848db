//! Drafts: read, save section by section, and hear at once what is missing.

use std::collections::BTreeSet;

use actix_web::{get, post, put, web};
use chassis::{
    failure::Failure,
    http::{Body, IfMatch, Items, Reply},
};
use domain::{
    dossier::{ConsentDraft, Copied, ServiceDraft, SubjectDraft, copy},
    order::Section,
    rules::explain,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    extract::{Assisted, Mine, Opened},
    view::{NeedView, OrderView},
};
use crate::{
    App,
    command::{self, Need, Version},
    store::order::Stored,
};

/// The draft as it was written.
#[utoipa::path(tag = "drafts", params(("id" = String, Path)), responses((status = 200, body = Object)))]
#[get("/v1/orders/{id}/draft")]
pub(super) async fn read(app: web::Data<App>, mine: Opened) -> Result<Reply, Failure> {
    let draft = app.db.read("draft.read", async |tx| app.draft(tx, &mine.order).await).await?;
    Ok(Reply::ok(&draft).etag(mine.order.version))
}

/// The materials that this very draft needs, and everything that is wrong with it.
#[utoipa::path(tag = "drafts", params(("id" = String, Path)), responses((status = 200, body = Object)))]
#[get("/v1/orders/{id}/checklist")]
pub(super) async fn checklist(app: web::Data<App>, mine: Opened) -> Result<Reply, Failure> {
    let written = app.db.read("draft.check", async |tx| app.written(tx, &mine.order).await).await?;
    let ready = !written.violations.iter().any(|found| found.violation.blocks());
    let materials: Vec<_> = written.needs.into_iter().map(NeedView::from).collect();
    Ok(Reply::ok(&json!({ "ready": ready, "materials": materials, "violations": written.violations })))
}

/// Saves who files.
#[utoipa::path(tag = "drafts", params(("id" = String, Path)), request_body = Object,
    responses((status = 200, body = Object), (status = 412, description = "Changed meanwhile")))]
#[put("/v1/orders/{id}/draft/subject")]
pub(super) async fn save_subject(
    app: web::Data<App>,
    mine: Mine,
    want: IfMatch,
    body: Body<SubjectDraft>,
) -> Result<Reply, Failure> {
    save(&app, &mine, want, Section::Subject, &body.0).await
}

/// Saves what is filed.
#[utoipa::path(tag = "drafts", params(("id" = String, Path)), request_body = Object,
    responses((status = 200, body = Object), (status = 412, description = "Changed meanwhile")))]
#[put("/v1/orders/{id}/draft/services")]
pub(super) async fn save_services(
    app: web::Data<App>,
    mine: Mine,
    want: IfMatch,
    body: Items<ServiceDraft>,
) -> Result<Reply, Failure> {
    put_services(&app, &mine, want, body.0).await
}

async fn put_services(app: &App, mine: &Mine, want: IfMatch, services: Vec<ServiceDraft>) -> Result<Reply, Failure> {
    let (by, id) = (command::doer(&mine.me), mine.order.id);
    let looked = app.look(mine.order.account, &services, Need::Perhaps).await?;
    app.db
        .transact("draft.save", async |tx| {
            let before = command::locked(tx, id, Version::Is(want.0)).await?;
            let (services, _) = app.settle(tx, &by, &before, (services, &looked)).await?;
            let (after, written) = app.save(tx, &by, before, (Section::Services, &services)).await?;
            Ok(saved(&after, &written))
        })
        .await
}

/// What is copied from which service to which.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Copying {
    from: usize,
    to: Vec<usize>,
    parts: BTreeSet<Copied>,
}

/// Copies parts of one service to others of the same principal: `principal`, `contents`, `languages`, `preapprovals`, `remark`,
/// `resource`. Services are counted from 0.
#[utoipa::path(tag = "drafts", params(("id" = String, Path)),
    request_body(content = Object, example = json!({ "from": 0, "to": [1, 2], "parts": ["principal", "contents", "languages"] })),
    responses((status = 200, body = Object), (status = 412, description = "Changed meanwhile"),
    (status = 422, description = "No such service, or another principal's")))]
#[post("/v1/orders/{id}/draft/services/copy")]
pub(super) async fn copy_services(
    app: web::Data<App>,
    mine: Mine,
    want: IfMatch,
    body: Body<Copying>,
) -> Result<Reply, Failure> {
    let draft = app.db.read("draft.read", async |tx| app.draft(tx, &mine.order).await).await?;
    let copied = copy(&draft, (body.from, &body.to), &body.parts);
    let services = copied.map_err(|found| Failure::from(explain(found, &app.rules.now())))?;
    put_services(&app, &mine, want, services).await
}

/// Saves what the customer agrees to. When is set by us.
#[utoipa::path(tag = "drafts", params(("id" = String, Path)), request_body = Object,
    responses((status = 200, body = Object), (status = 412, description = "Changed meanwhile")))]
#[put("/v1/orders/{id}/draft/consent")]
pub(super) async fn save_consent(
    app: web::Data<App>,
    mine: Mine,
    want: IfMatch,
    body: Body<ConsentDraft>,
) -> Result<Reply, Failure> {
    let consent = ConsentDraft { at: Some(app.clock.now()), ..body.0 };
    save(&app, &mine, want, Section::Consent, &consent).await
}

async fn save<T: Serialize + Sync>(
    app: &App,
    mine: &Mine,
    want: IfMatch,
    section: Section,
    value: &T,
) -> Result<Reply, Failure> {
    let (by, id) = (command::doer(&mine.me), mine.order.id);
    app.db
        .transact("draft.save", async |tx| {
            let before = command::locked(tx, id, Version::Is(want.0)).await?;
            let (after, written) = app.save(tx, &by, before, (section, value)).await?;
            Ok(saved(&after, &written))
        })
        .await
}

fn saved(after: &Stored, written: &command::Written) -> Reply {
    let body = json!({ "order": OrderView::from(after), "violations": written.violations });
    Reply::ok(&body).etag(after.version)
}

/// Corrects who files, for a customer who consented.
#[utoipa::path(tag = "assist", params(("id" = String, Path)), request_body = Object,
    responses((status = 200, body = Object), (status = 409, description = "Not consented, or not in review")))]
#[put("/v1/orders/{id}/assist/subject")]
pub(super) async fn assist_subject(
    app: web::Data<App>,
    assisted: Assisted,
    want: IfMatch,
    body: Body<SubjectDraft>,
) -> Result<Reply, Failure> {
    assist(&app, &assisted, want, Section::Subject, &body.0).await
}

/// Corrects what is filed, for a customer who consented.
#[utoipa::path(tag = "assist", params(("id" = String, Path)), request_body = Object,
    responses((status = 200, body = Object), (status = 409, description = "Not consented, or not in review")))]
#[put("/v1/orders/{id}/assist/services")]
pub(super) async fn assist_services(
    app: web::Data<App>,
    assisted: Assisted,
    want: IfMatch,
    body: Items<ServiceDraft>,
) -> Result<Reply, Failure> {
    let (by, id) = (command::doer(&assisted.me), assisted.order.id);
    let services = app.with_codes(&assisted.order, body.0).await?;
    let looked = app.look(assisted.order.account, &services, Need::Surely).await?;
    app.db
        .transact("draft.assist", async |tx| {
            let before = command::locked(tx, id, Version::Is(want.0)).await?;
            let (services, _) = app.settle(tx, &by, &before, (services, &looked)).await?;
            let after = app.assist(tx, &by, before, (Section::Services, &services)).await?;
            let written = app.written(tx, &after).await?;
            Ok(saved(&after, &written))
        })
        .await
}

async fn assist<T: Serialize + Sync>(
    app: &App,
    assisted: &Assisted,
    want: IfMatch,
    section: Section,
    value: &T,
) -> Result<Reply, Failure> {
    let (by, id) = (command::doer(&assisted.me), assisted.order.id);
    app.db
        .transact("draft.assist", async |tx| {
            let before = command::locked(tx, id, Version::Is(want.0)).await?;
            let after = app.assist(tx, &by, before, (section, value)).await?;
            let written = app.written(tx, &after).await?;
            Ok(saved(&after, &written))
        })
        .await
}
