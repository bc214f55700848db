//! Accounts that an owner trusts: codes are granted to them without a code on the owner's phone.

use actix_web::{
    delete, get, post,
    web::{self, Path},
};
use chassis::{
    failure::Failure,
    http::{Customer, Once, Reply},
    idempotency,
};
use domain::{authorization_code::Refusal, id::AccountId};
use serde_json::json;

use super::{Grant, account};
use crate::{App, store};

/// The accounts that get codes of mine without a code on my phone.
#[utoipa::path(tag = "codes", responses((status = 200, body = Object)))]
#[get("/v1/allowed-accounts")]
pub(in crate::api) async fn list_allowed(app: web::Data<App>, me: Customer) -> Result<Reply, Failure> {
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
pub(in crate::api) async fn allow(app: web::Data<App>, me: Customer, once: Once<Grant>) -> Result<Reply, Failure> {
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
pub(in crate::api) async fn disallow(
    app: web::Data<App>,
    me: Customer,
    path: Path<AccountId>,
) -> Result<Reply, Failure> {
    let (owner, account) = (account(&me)?, path.into_inner());
    let there = app.db.transact("code.disallow", async |tx| store::code::disallow(tx, owner, account).await).await?;
    if there { Ok(Reply::no_content()) } else { Err(Failure::not_found("There is no such account in your list.")) }
}
