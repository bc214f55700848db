//! Rights of sub-accounts: the owner of an account sees, gives, changes and revokes them.

use std::collections::BTreeSet;

use actix_web::{
    delete, get, post, put,
    web::{self, Path, Query},
};
use chassis::{
    db::cursor::{self, Page},
    failure::Failure,
    http::{Body, IfMatch, Once, Owner, Reply},
    idempotency,
};
use chrono::{DateTime, Utc};
use domain::{
    id::{MemberId, OrderId},
    member::Right,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::extract::account;
use crate::{
    App,
    command::{
        Version,
        member::{self, Given, NewMember},
    },
    store::{self, member::Member},
};

/// Rights as their giver sees them.
#[derive(Serialize)]
struct MemberView {
    id: MemberId,
    person: String,
    rights: BTreeSet<Right>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject_of: Option<OrderId>,
    from: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
    version: i64,
    created_at: DateTime<Utc>,
}

impl From<&Member> for MemberView {
    fn from(member: &Member) -> Self {
        Self {
            id: member.id,
            person: member.person.clone(),
            rights: member.grant.rights.clone(),
            subject_of: member.subject_of,
            from: member.grant.from,
            until: member.grant.until,
            version: member.version,
            created_at: member.created_at,
        }
    }
}

/// Which page of the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Paged {
    /// 1 to 100, 20 when absent.
    limit: Option<u32>,
    /// Where the page begins, as the page before said.
    cursor: Option<String>,
}

/// All rights in the account, those given last first.
#[utoipa::path(tag = "members", params(Paged), responses((status = 200, body = Object)))]
#[get("/v1/members")]
pub(super) async fn list(app: web::Data<App>, me: Owner, query: Query<Paged>) -> Result<Reply, Failure> {
    let account = account(&me)?;
    let filters = json!({ "members": account });
    let limit = cursor::limit(query.limit)?;
    let after: Option<MemberId> = cursor::decode(query.cursor.as_deref(), &filters)?;
    let rows = app.db.read("member.list", async |tx| store::member::list(tx, account, after, limit + 1).await).await?;
    Ok(Reply::ok(&Page::of(rows, limit, |member| member.id, &filters).map(|member| MemberView::from(&member))))
}

/// Gives a person rights in the account: for all subjects, or for that of one order; from now or later, for ever or for a
/// while.
#[utoipa::path(
    tag = "members",
    request_body(content = Object, example = json!({
        "person": "colleague-liaoning", "rights": ["read", "edit"], "until": "2026-12-31T16:00:00Z"
    })),
    responses((status = 201, body = Object), (status = 422, description = "These rights cannot be given"))
)]
#[post("/v1/members")]
pub(super) async fn grant(app: web::Data<App>, me: Owner, new: Once<NewMember>) -> Result<Reply, Failure> {
    let (account, now) = (account(&me)?, app.clock.now());
    app.db
        .transact("member.grant", async |tx| {
            idempotency::once(tx, &new.key, now, async |tx| {
                let member = app.give(tx, &me, account, new.body.clone()).await?;
                let location = format!("/v1/members/{}", member.id);
                Ok(Reply::created(location, &MemberView::from(&member)).etag(member.version))
            })
            .await
        })
        .await
}

/// Puts other rights in place of these. They begin when they began unless `from` says otherwise.
#[utoipa::path(
    tag = "members", params(("id" = String, Path)),
    request_body(content = Object, example = json!({ "rights": ["read"], "until": "2026-12-31T16:00:00Z" })),
    responses((status = 200, body = Object), (status = 412, description = "Changed meanwhile"))
)]
#[put("/v1/members/{id}")]
pub(super) async fn change(
    app: web::Data<App>,
    me: Owner,
    id: Path<String>,
    want: IfMatch,
    given: Body<Given>,
) -> Result<Reply, Failure> {
    let (account, id) = (account(&me)?, named(&id)?);
    app.db
        .transact("member.change", async |tx| {
            let before = member::locked(tx, account, id).await?;
            let after = app.regive(tx, &me, (before, Version::Is(want.0)), &given).await?;
            Ok(Reply::ok(&MemberView::from(&after)).etag(after.version))
        })
        .await
}

/// Takes rights back. They do not work from this moment on.
#[utoipa::path(tag = "members", params(("id" = String, Path)),
    responses((status = 204), (status = 412, description = "Changed meanwhile")))]
#[delete("/v1/members/{id}")]
pub(super) async fn revoke(app: web::Data<App>, me: Owner, id: Path<String>, want: IfMatch) -> Result<Reply, Failure> {
    let (account, id) = (account(&me)?, named(&id)?);
    app.db
        .transact("member.revoke", async |tx| {
            let before = member::locked(tx, account, id).await?;
            app.revoke(tx, &me, (before, Version::Is(want.0))).await?;
            Ok(Reply::no_content())
        })
        .await
}

/// Whatever is no id names nothing.
fn named(id: &str) -> Result<MemberId, Failure> {
    id.parse().map_err(|error| member::absent().because(error))
}
