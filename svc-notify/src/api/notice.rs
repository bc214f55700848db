//! The delivery log: a customer sees the notices of the own orders and those to the own account, operations see all.
#![expect(unused_qualifications, reason = "the macro of the list's description writes one")]

use std::collections::BTreeSet;

use actix_web::{get, web};
use chassis::{
    db::{
        Tx,
        cursor::{self, Page},
    },
    failure::Failure,
    http::{Reply, Signed},
};
use domain::{
    access::{Action, Actor, Relation, Role, allows},
    id::{AccountId, NoticeId, OrderId},
    member::Right,
};
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    Desk,
    view::{NoticeDetail, NoticeView},
};
use crate::store::{attempt, filing, notice};

/// Which notices to show.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct NoticeQuery {
    /// Of this order
    #[param(value_type = Option<Uuid>)]
    order: Option<OrderId>,
    /// How many, 1 to 100; 20 when absent
    limit: Option<u32>,
    /// The `next` of the page before
    cursor: Option<String>,
}

/// Notices, the newest first.
#[utoipa::path(tag = "notice", params(NoticeQuery), responses((status = 200, body = Page<NoticeView>)))]
#[get("/v1/notices")]
pub(super) async fn list(me: Signed, query: web::Query<NoticeQuery>, desk: web::Data<Desk>) -> Result<Reply, Failure> {
    let filters = (query.order, me.account);
    let limit = cursor::limit(query.limit)?;
    let after: Option<Uuid> = cursor::decode(query.cursor.as_deref(), &filters)?;
    match query.order {
        Some(order) => desk.may_see(&me, order).await?,
        // Which orders a sub-account may see only their home knows.
        None if me.role == Role::SubAccount => {
            return Err(Failure::forbidden("Name the order whose notices you want."));
        }
        None => {}
    }
    let own = if sees_all(&me) { None } else { Some(own_account(&me)?) };
    let look = async |tx: &mut Tx| match (query.order, own) {
        (Some(order), _) => notice::of_order(tx, order, (after, limit)).await,
        (None, Some(account)) => notice::of_account(tx, account, (after, limit)).await,
        (None, None) => notice::of_all(tx, (after, limit)).await,
    };
    let rows = desk.db.read("notice.list", look).await?;
    let views = rows.into_iter().map(NoticeView::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(Reply::ok(&Page::of(views, limit, |view| view.id, &filters)))
}

/// One notice with the attempts to send it.
#[utoipa::path(tag = "notice", params(("id" = Uuid, Path)), responses((status = 200, body = NoticeDetail)))]
#[get("/v1/notices/{id}")]
pub(super) async fn read(desk: web::Data<Desk>, me: Signed, id: web::Path<String>) -> Result<Reply, Failure> {
    // Whatever is no id names nothing.
    let id: NoticeId = id.parse().map_err(|_no_id| nothing())?;
    let look = async |tx: &mut Tx| {
        let row = notice::find(tx, id).await?.ok_or_else(nothing)?;
        Ok((row, attempt::of(tx, id).await?))
    };
    let (row, attempts) = desk.db.read("notice.read", look).await?;
    let to_owner = row.account.is_some() && row.account == me.account.map(AccountId::uuid);
    match row.order_id {
        // What goes to the owner of the account is the owner's.
        _ if to_owner && me.role == Role::Customer => {}
        Some(order) => desk.may_see(&me, order.into()).await?,
        None if sees_all(&me) => {}
        None => return Err(nothing()),
    }
    let tries = attempts.into_iter().map(Into::into).collect();
    Ok(Reply::ok(&NoticeDetail { notice: row.try_into()?, tries }))
}

fn nothing() -> Failure {
    Failure::not_found("There is no such notice.")
}

fn sees_all(actor: &Actor) -> bool {
    allows(actor.role, Action::Operate, Relation::Foreign)
}

/// The account of a customer; whoever has none and is not of operations has no business here.
fn own_account(actor: &Actor) -> Result<AccountId, Failure> {
    let own = actor.account.filter(|_| allows(actor.role, Action::Edit, Relation::Own));
    own.ok_or_else(|| Failure::forbidden("Your role may not do this."))
}

/// What orders tells of an order that we have not heard of yet.
#[derive(Deserialize)]
struct Brief {
    account: AccountId,
    /// What the sub-account that was asked for may do.
    #[serde(default)]
    rights: BTreeSet<Right>,
}

impl Desk {
    /// 404 unless the order is the actor's own, or the actor sees all. Messages may be a moment late; then orders is asked.
    async fn may_see(&self, actor: &Actor, order: OrderId) -> Result<(), Failure> {
        if sees_all(actor) {
            return Ok(());
        }
        let own = own_account(actor)?;
        if actor.role == Role::SubAccount {
            let whom: String = byte_serialize(actor.id.as_bytes()).collect();
            let brief: Brief = self.orders.get(&format!("/v1/peer/orders/{order}/brief?for={whom}")).await?;
            let sees = brief.account == own && brief.rights.contains(&Right::Read);
            return if sees { Ok(()) } else { Err(nothing()) };
        }
        let known = self.db.read("filing.account", async |tx| filing::account(tx, order).await).await?;
        let account = match known {
            Some(account) => account,
            None => self.orders.get::<Brief>(&format!("/v1/peer/orders/{order}/brief")).await?.account,
        };
        if account == own { Ok(()) } else { Err(nothing()) }
    }
}
