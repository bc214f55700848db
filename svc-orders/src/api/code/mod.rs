//! Authorization codes over HTTP: made and granted by the owner of a server, seen by both sides.

mod allowed;
mod view;

use actix_web::{
    delete, get, post,
    web::{self, Path, Query},
};
use chassis::{
    db::cursor::{self, Page},
    failure::Failure,
    http::{IfMatch, Once, Reply},
    idempotency,
};
use domain::{
    authorization_code::{Command, StateName},
    id::{AccountId, AuthorizationCodeId},
};
use serde::Deserialize;
use serde_json::json;

use super::extract::{Keeps, account};
use crate::{
    App,
    command::{self, locked_code},
    store::{
        self,
        code::{Listed, Side, StoredCode},
    },
};
pub(super) use allowed::{allow, disallow, list_allowed, news, request};
use view::{CodeView, side};

/// How many codes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCodes {
    #[serde(default = "one")]
    count: u16,
}

fn one() -> u16 {
    1
}

/// Makes codes for a resource of the account, all or none. The digits are read one by one afterwards.
#[utoipa::path(tag = "codes", params(("id" = String, Path)),
    request_body(content = Object, example = json!({ "count": 2 })),
    responses((status = 201, body = Object), (status = 404, description = "The account has no such resource"),
    (status = 422, description = "The resource is not fit for codes, or has no room for so many")))]
#[post("/v1/resources/{id}/codes")]
pub(super) async fn create(
    app: web::Data<App>,
    me: Keeps,
    id: Path<String>,
    new: Once<NewCodes>,
) -> Result<Reply, Failure> {
    let (owner, now, count) = (account(&me)?, app.clock.now(), new.body.count);
    if !(1..=100).contains(&count) {
        return Err(Failure::rejected("So many codes cannot be made at once.", Vec::new()).at(
            "/count",
            "code.count",
            "一次可以生成 1 到 100 个授权码 / 1 to 100 codes are made at once",
        ));
    }
    let resource = &app.own_resource(owner, &id).await?;
    app.db
        .transact("code.create", async |tx| {
            idempotency::once(tx, &new.key, now, async |tx| {
                let made = app.create_codes(tx, &me, (owner, resource), count).await?;
                let items: Vec<_> = made.iter().map(|code| CodeView::of(code, Side::Owner)).collect();
                Ok(Reply::created("/v1/authorization-codes", &json!({ "items": items })))
            })
            .await
        })
        .await
}

/// How a list is narrowed.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Narrowed {
    /// `owner`: codes of my servers, as usual; `receiver`: codes that were granted to me.
    side: Option<String>,
    /// Only codes in this state.
    state: Option<String>,
    /// Only codes of this resource.
    resource: Option<String>,
    /// 1 to 100, 20 when absent.
    limit: Option<u32>,
    /// Where the page begins, as the page before said.
    cursor: Option<String>,
}

/// The codes of one's own servers, or those that were granted to oneself, newest first and without digits.
#[utoipa::path(tag = "codes", params(Narrowed), responses((status = 200, body = Object)))]
#[get("/v1/authorization-codes")]
pub(super) async fn list(app: web::Data<App>, me: Keeps, query: Query<Narrowed>) -> Result<Reply, Failure> {
    let side = match query.side.as_deref() {
        None | Some("owner") => Side::Owner,
        Some("receiver") => Side::Receiver,
        Some(_) => return Err(Failure::unreadable("The query has an unknown side.")),
    };
    let named = |name: &str| StateName::ALL.into_iter().find(|state| state.as_str() == name);
    let state = match query.state.as_deref() {
        None => None,
        Some(name) => Some(named(name).ok_or_else(|| Failure::unreadable("The query has an unknown state."))?),
    };
    let me = account(&me)?;
    let filters = json!({ "account": me, "side": query.side, "state": state, "resource": query.resource });
    let limit = cursor::limit(query.limit)?;
    let after: Option<AuthorizationCodeId> = cursor::decode(query.cursor.as_deref(), &filters)?;
    let wanted = Listed { account: me, side, state, resource: query.resource.as_deref(), after };
    let wanted = &wanted;
    let rows = app.db.read("code.list", async |tx| store::code::list(tx, wanted, limit + 1).await).await?;
    Ok(Reply::ok(&Page::of(rows, limit, |code| code.id, &filters).map(|code| CodeView::of(&code, side))))
}

/// A code that the account may see, and how it stands to it.
async fn seen(app: &App, me: &Keeps, id: &str) -> Result<(StoredCode, AccountId, Side), Failure> {
    let (id, me) = (code_id(id)?, account(me)?);
    let code = app.db.read("code.read", async |tx| store::code::read(tx, id).await).await?;
    let side = side(&code, me).ok_or_else(store::code::absent)?;
    Ok((code, me, side))
}

fn code_id(text: &str) -> Result<AuthorizationCodeId, Failure> {
    text.parse().map_err(|error| store::code::absent().because(error))
}

/// One code with its digits, for its owner and for whom it was granted to.
#[utoipa::path(tag = "codes", params(("id" = String, Path)), responses((status = 200, body = Object), (status = 304)))]
#[get("/v1/authorization-codes/{id}")]
pub(super) async fn read(app: web::Data<App>, me: Keeps, id: Path<String>) -> Result<Reply, Failure> {
    let (code, _, side) = seen(&app, &me, &id).await?;
    let digits = app.digits(&code)?;
    let mut body = serde_json::to_value(CodeView::of(&code, side)).map_err(Failure::internal)?;
    if let Some(fields) = body.as_object_mut() {
        fields.insert("code".to_owned(), digits.reveal().into());
    }
    Ok(Reply::ok(&body).etag(code.version))
}

/// What happened to a code, oldest first; whom it was granted to sees it from then on.
#[utoipa::path(tag = "codes", params(("id" = String, Path)), responses((status = 200, body = Object)))]
#[get("/v1/authorization-codes/{id}/history")]
pub(super) async fn history(app: web::Data<App>, me: Keeps, id: Path<String>) -> Result<Reply, Failure> {
    let (code, me, side) = seen(&app, &me, &id).await?;
    let told = app.db.read("code.story", async |tx| store::code::story(tx, code.id).await).await?;
    Ok(Reply::ok(&json!({ "items": view::story(told, &code, (me, side)) })))
}

/// What taking a code back would affect: which account, order and service.
#[utoipa::path(tag = "codes", params(("id" = String, Path)), responses((status = 200, body = Object)))]
#[get("/v1/authorization-codes/{id}/effects")]
pub(super) async fn effects(app: web::Data<App>, me: Keeps, id: Path<String>) -> Result<Reply, Failure> {
    let (code, _, side) = seen(&app, &me, &id).await?;
    if side != Side::Owner {
        return Err(store::code::absent());
    }
    let found = app.db.read("code.effects", async |tx| app.effects(tx, &code).await).await?;
    Ok(Reply::ok(&view::effects(&code, &found)).etag(code.version))
}

/// To whom a code is granted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Grant {
    account: AccountId,
    /// What svc-notify gave for a phone code of the purpose `account`; not needed for an allowed account.
    #[serde(default)]
    proof: Option<String>,
}

/// Lets another account use a code. Its owner's phone must be proven, unless the owner allowed the account before.
#[utoipa::path(tag = "codes", params(("id" = String, Path)),
    request_body(content = Object, example = json!({ "account": "01990000-0000-7000-8000-000000000002", "proof": "…" })),
    responses((status = 200, body = Object), (status = 409, description = "Granted already, or not valid any more"),
    (status = 422, description = "No such account, or the phone is not proven")))]
#[post("/v1/authorization-codes/{id}/grant")]
pub(super) async fn grant(
    app: web::Data<App>,
    me: Keeps,
    id: Path<String>,
    want: IfMatch,
    once: Once<Grant>,
) -> Result<Reply, Failure> {
    let (owner, now) = (account(&me)?, app.clock.now());
    // Others are asked below, who need not be asked for a repetition.
    if let Some(known) = app.db.read("code.once", async |tx| idempotency::known(tx, &once.key).await).await? {
        return Ok(known);
    }
    if seen(&app, &me, &id).await?.2 != Side::Owner {
        return Err(store::code::absent());
    }
    let (id, to) = (code_id(&id)?, once.body.account);
    app.known_account(to).await?;
    let approved = app.approved(&me, owner, once.body.proof.as_deref()).await?;
    app.db
        .transact("code.grant", async |tx| {
            idempotency::once(tx, &once.key, now, async |tx| {
                let before = locked_code(tx, (id, owner), want.0).await?;
                let after = app.grant_code(tx, &me, before, (to, approved)).await?;
                Ok(Reply::ok(&CodeView::of(&after, Side::Owner)).etag(after.version))
            })
            .await
        })
        .await
}

/// Takes a code back; `…/effects` says beforehand what that affects.
#[utoipa::path(tag = "codes", params(("id" = String, Path)), responses((status = 200, body = Object),
    (status = 409, description = "There is nothing to take back")))]
#[post("/v1/authorization-codes/{id}/revoke")]
pub(super) async fn revoke(
    app: web::Data<App>,
    me: Keeps,
    id: Path<String>,
    want: IfMatch,
    once: Once<()>,
) -> Result<Reply, Failure> {
    let (id, owner, now, by) = (code_id(&id)?, account(&me)?, app.clock.now(), command::doer(&me));
    app.db
        .transact("code.revoke", async |tx| {
            idempotency::once(tx, &once.key, now, async |tx| {
                let before = locked_code(tx, (id, owner), want.0).await?;
                let (after, _) = app.act_on(tx, &by, before, (&Command::Revoke, Some(owner))).await?;
                Ok(Reply::ok(&CodeView::of(&after, Side::Owner)).etag(after.version))
            })
            .await
        })
        .await
}

/// Removes a code that nothing is filed with, and makes room for another one.
#[utoipa::path(tag = "codes", params(("id" = String, Path)), responses((status = 204),
    (status = 409, description = "An order uses it, or a service is filed with it")))]
#[delete("/v1/authorization-codes/{id}")]
pub(super) async fn remove(app: web::Data<App>, me: Keeps, id: Path<String>, want: IfMatch) -> Result<Reply, Failure> {
    let (id, owner, by) = (code_id(&id)?, account(&me)?, command::doer(&me));
    app.db
        .transact("code.delete", async |tx| {
            let before = locked_code(tx, (id, owner), want.0).await?;
            app.act_on(tx, &by, before, (&Command::Delete, Some(owner))).await?;
            Ok(Reply::no_content())
        })
        .await
}
