//! Accounts that an owner trusts: codes are granted to them without a code on the owner's phone.

use actix_web::{
    delete, get, post,
    web::{self, Path, Query},
};
use chassis::{
    db::cursor::{self, Page},
    failure::Failure,
    http::{Once, Reply},
    idempotency,
};
use domain::{authorization_code::Refusal, id::AccountId};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{
    Grant, account,
    view::{CodeView, NewsView},
};
use crate::api::extract::Keeps;
use crate::{
    App,
    store::{self, code::Side},
};

/// The accounts that get codes of mine without a code on my phone.
#[utoipa::path(tag = "codes", responses((status = 200, body = Object)))]
#[get("/v1/allowed-accounts")]
pub(in crate::api) async fn list_allowed(app: web::Data<App>, me: Keeps) -> Result<Reply, Failure> {
    let owner = account(&me)?;
    let all = app.db.read("code.allowed", async |tx| store::code::allowed(tx, owner).await).await?;
    let items: Vec<_> = all.into_iter().map(|(account, since)| json!({ "account": account, "since": since })).collect();
    Ok(Reply::ok(&json!({ "items": items })))
}

/// From now on an account gets codes of mine without a code on my phone. This takes one.
#[utoipa::path(tag = "codes",
    request_body(content = Object, example = json!({ "account": "01990000-0000-7000-8000-000000000002", "proof": "…" })),
    responses((status = 201, body = Object), (status = 422, description = "No such account, or the phone is not proven")))]
#[post("/v1/allowed-accounts")]
pub(in crate::api) async fn allow(app: web::Data<App>, me: Keeps, once: Once<Grant>) -> Result<Reply, Failure> {
    let (owner, now, to) = (account(&me)?, app.clock.now(), once.body.account);
    if let Some(known) = app.db.read("code.once", async |tx| idempotency::known(tx, &once.key).await).await? {
        return Ok(known);
    }
    if to == owner {
        let message = format!("{} / {}", Refusal::OwnAccount.zh(), "The owner of the server needs no code.");
        return Err(Failure::rejected("This is your own account.", Vec::new()).at(
            "/account",
            Refusal::OwnAccount.rule(),
            &message,
        ));
    }
    app.known_account(to).await?;
    if !app.approved(&me, owner, once.body.proof.as_deref()).await? {
        return Err(crate::command::proof_wanted());
    }
    app.db
        .transact("code.allow", async |tx| {
            idempotency::once(tx, &once.key, now, async |tx| {
                store::code::allow(tx, owner, to, now).await?;
                Ok(Reply::created("/v1/allowed-accounts", &json!({ "account": to, "since": now })))
            })
            .await
        })
        .await
}

/// An account needs a code on my phone again. Codes that it has stay.
#[utoipa::path(tag = "codes", params(("account" = String, Path)), responses((status = 204)))]
#[delete("/v1/allowed-accounts/{account}")]
pub(in crate::api) async fn disallow(app: web::Data<App>, me: Keeps, path: Path<AccountId>) -> Result<Reply, Failure> {
    let (owner, account) = (account(&me)?, path.into_inner());
    let there = app.db.transact("code.disallow", async |tx| store::code::disallow(tx, owner, account).await).await?;
    if there { Ok(Reply::no_content()) } else { Err(Failure::not_found("There is no such account in your list.")) }
}

/// Whose resource a code is wanted for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Wanted {
    owner: AccountId,
    resource: String,
}

/// Makes a code of somebody else's resource for me, whom its owner allowed before. The owner hears of it.
#[utoipa::path(tag = "codes",
    request_body(content = Object, example = json!({ "owner": "01990000-0000-7000-8000-000000000001", "resource": "ins-example-ln" })),
    responses((status = 201, body = Object), (status = 404, description = "No such resource, or not for me"),
    (status = 422, description = "The resource is not fit for codes, or has no room for one more")))]
#[post("/v1/code-requests")]
pub(in crate::api) async fn request(app: web::Data<App>, me: Keeps, once: Once<Wanted>) -> Result<Reply, Failure> {
    let (to, now, owner) = (account(&me)?, app.clock.now(), once.body.owner);
    if !app.db.read("code.allows", async |tx| store::code::allows(tx, owner, to).await).await? {
        return Err(Failure::not_found("There is no such resource."));
    }
    let resource = &app.own_resource(owner, &once.body.resource).await?;
    app.db
        .transact("code.request", async |tx| {
            idempotency::once(tx, &once.key, now, async |tx| {
                let code = app.request_code(tx, &me, (owner, resource), to).await?;
                let location = format!("/v1/authorization-codes/{}", code.id);
                Ok(Reply::created(location, &CodeView::of(&code, Side::Receiver)).etag(code.version))
            })
            .await
        })
        .await
}

/// Where a list begins.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Pages {
    /// 1 to 100, 20 when absent.
    limit: Option<u32>,
    /// Where the page begins, as the page before said.
    cursor: Option<String>,
}

/// What happened to the codes of my servers that I should hear: somebody allowed got one, one was used, one became invalid.
#[utoipa::path(tag = "codes", params(Pages), responses((status = 200, body = Object)))]
#[get("/v1/code-news")]
pub(in crate::api) async fn news(app: web::Data<App>, me: Keeps, query: Query<Pages>) -> Result<Reply, Failure> {
    let me = account(&me)?;
    let (filters, limit) = (json!({ "news": me }), cursor::limit(query.limit)?);
    let after: Option<Uuid> = cursor::decode(query.cursor.as_deref(), &filters)?;
    let rows = app.db.read("code.news", async |tx| store::code::news(tx, me, after, limit + 1).await).await?;
    Ok(Reply::ok(&Page::of(rows, limit, |news| news.id, &filters).map(NewsView::from)))
}
