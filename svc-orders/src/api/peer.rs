//! What our other services ask, each for one purpose: personal data leaves this service here and nowhere else, and every
//! time it does, the audit says for whom.

use actix_web::{get, web};
use chassis::{
    audit,
    db::Tx,
    failure::Failure,
    http::{Peer, Reply},
};
use domain::{
    contact::Email,
    dossier::PrincipalDraft,
    id::{AccountId, OrderId},
    text::Pii,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    extract::Served,
    view::{BriefView, NeedView},
};
use crate::App;

/// On whose behalf an order is asked about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Behalf {
    /// A sub-account of the order's account.
    r#for: Option<String>,
}

/// What an order is, without personal data, and what a sub-account may do with it now.
#[utoipa::path(tag = "peer", params(("id" = String, Path), ("for" = Option<String>, Query)),
    responses((status = 200, body = Object)))]
#[get("/v1/peer/orders/{id}/brief")]
pub(super) async fn brief(app: web::Data<App>, served: Served, behalf: web::Query<Behalf>) -> Result<Reply, Failure> {
    let mut view = BriefView::from(&served.order);
    if let Some(whom) = &behalf.r#for {
        let look = async |tx: &mut Tx| app.rights_over(tx, &served.order, whom).await;
        view.rights = Some(app.db.read("member.rights", look).await?);
    }
    // Rights change without the order: the version would tell that nothing did.
    let reply = Reply::ok(&view);
    Ok(if behalf.r#for.is_some() { reply } else { reply.etag(served.order.version) })
}

/// For what and for whom a dossier is asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Purpose {
    /// What it is needed for.
    r#for: For,
    /// The person of the staff on whose behalf, if one.
    by: Option<String>,
}

/// The purposes that there are.
#[derive(Deserialize, Serialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum For {
    Review,
    Authority,
}

/// The whole draft with its checklist and everything that rules say of it today, for a reviewer's desk or for the authority.
#[utoipa::path(tag = "peer", params(("id" = String, Path), ("for" = String, Query), ("by" = Option<String>, Query)),
    responses((status = 200, body = Object)))]
#[get("/v1/peer/orders/{id}/dossier")]
pub(super) async fn dossier(
    app: web::Data<App>,
    served: Served,
    purpose: web::Query<Purpose>,
) -> Result<Reply, Failure> {
    let order = &served.order;
    let detail = json!({ "for": purpose.r#for, "by": purpose.by });
    let (draft, written) = app
        .db
        .transact("peer.dossier", async |tx| {
            told(&app, tx, &served, "dossier", detail.clone()).await?;
            let mut draft = app.draft(tx, order).await?;
            let written = app.check(tx, order, &draft).await?;
            // Neither reviewers nor the authority need the digits of a code; the resource says where it runs.
            draft.services.iter_mut().for_each(|service| service.access.code = None);
            Ok((draft, written))
        })
        .await?;
    let materials: Vec<_> = written.needs.into_iter().map(NeedView::from).collect();
    let body = json!({
        "draft": draft, "plan": order.order.plan, "round": order.order.round, "version": order.version,
        "materials": materials, "violations": written.violations,
    });
    Ok(Reply::ok(&body).etag(order.version))
}

/// Where a principal is reached, for one notice.
#[utoipa::path(tag = "peer", params(("id" = String, Path), ("principal" = String, Path)),
    responses((status = 200, body = Object)))]
#[get("/v1/peer/orders/{id}/contacts/{principal}")]
pub(super) async fn contact(
    app: web::Data<App>,
    served: Served,
    path: web::Path<(OrderId, String)>,
) -> Result<Reply, Failure> {
    let (order, principal) = (&served.order, path.into_inner().1);
    if !["subject", "service"].contains(&principal.as_str()) {
        return Err(Failure::not_found("There is no such principal."));
    }
    let detail = json!({ "principal": principal });
    let draft = app
        .db
        .transact("peer.contact", async |tx| {
            told(&app, tx, &served, "contact", detail.clone()).await?;
            app.draft(tx, order).await
        })
        .await?;
    let reached: PrincipalDraft =
        if principal == "subject" { draft.subject.principal.clone() } else { draft.person_to_verify() };
    let shown = |value: &Option<Pii<String>>| value.as_ref().map(|value| value.reveal().trim().to_owned());
    let body =
        json!({ "name": shown(&reached.name), "mobile": shown(&reached.mobile), "email": shown(&reached.email) });
    Ok(Reply::ok(&body))
}

/// Where the owner of an account is reached, for one notice; the provider's inventory knows.
#[utoipa::path(tag = "peer", params(("account" = String, Path)), responses((status = 200, body = Object),
    (status = 404, description = "There is no such account")))]
#[get("/v1/peer/accounts/{account}/contact")]
pub(super) async fn owner(app: web::Data<App>, me: Peer, account: web::Path<AccountId>) -> Result<Reply, Failure> {
    let owner = app.resources()?.owner(*account).await?;
    let owner = owner.ok_or_else(|| Failure::not_found("There is no such account."))?;
    app.db
        .transact("peer.owner", async |tx| {
            let aggregate = account.uuid();
            let (action, detail) = ("told.owner", Value::Null);
            let entry = audit::Entry { aggregate, actor: &me.0.id, role: "service", action, detail };
            audit::record(tx, app.clock.now(), &entry).await
        })
        .await?;
    let email = owner.email.as_ref().map(Email::as_str);
    Ok(Reply::ok(&json!({ "mobile": owner.mobile.as_str(), "email": email })))
}

/// Who must be recognised by the face check.
#[utoipa::path(tag = "peer", params(("id" = String, Path)), responses((status = 200, body = Object),
    (status = 409, description = "The draft names nobody yet")))]
#[get("/v1/peer/orders/{id}/person")]
pub(super) async fn person(app: web::Data<App>, served: Served) -> Result<Reply, Failure> {
    let order = &served.order;
    app.db
        .transact("peer.person", async |tx| {
            told(&app, tx, &served, "person", Value::Null).await?;
            let draft = app.draft(tx, order).await?;
            // An answer that names nobody is not noted as one that did.
            let wanted = app.person(&draft)?;
            Ok(Reply::ok(&json!({
                "name": wanted.name, "number": wanted.number, "person": wanted.fingerprint,
                "consent": draft.consent.face,
            })))
        })
        .await
}

async fn told(app: &App, tx: &mut Tx, served: &Served, action: &str, detail: Value) -> Result<(), Failure> {
    let action = format!("told.{action}");
    let entry = audit::Entry {
        aggregate: served.order.id.uuid(),
        actor: &served.me.id,
        role: "service",
        action: &action,
        detail,
    };
    audit::record(tx, app.clock.now(), &entry).await
}
