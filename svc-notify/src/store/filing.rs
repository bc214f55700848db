//! The projection of orders: whose each is, by the newest message that came.

use chassis::{
    db::{Cached, Tx},
    failure::Failure,
};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, query_dsl::methods::FilterDsl, upsert::excluded};
use diesel_async::RunQueryDsl;
use domain::{
    id::{AccountId, OrderId},
    message::OrderNews,
    region::Province,
};
use uuid::Uuid;

use super::schema::filing;

/// Takes the news in, unless newer ones came already.
pub(crate) async fn project(tx: &mut Tx, news: &OrderNews) -> Result<(), Failure> {
    let insert = diesel::insert_into(filing::table).values((
        filing::order_id.eq(news.order.uuid()),
        filing::account.eq(news.account.uuid()),
        filing::province.eq(news.plan.province.code()),
        filing::state.eq(news.state.as_str()),
        filing::version.eq(news.version),
        filing::updated_at.eq(news.at),
    ));
    let update = insert.on_conflict(filing::order_id).do_update().set((
        filing::state.eq(excluded(filing::state)),
        filing::version.eq(excluded(filing::version)),
        filing::updated_at.eq(excluded(filing::updated_at)),
    ));
    let newer = FilterDsl::filter(update, filing::version.lt(excluded(filing::version)));
    Cached(newer).execute(tx).await?;
    Ok(())
}

/// Whose an order is, as far as we know.
pub(crate) async fn account(tx: &mut Tx, order: OrderId) -> Result<Option<AccountId>, Failure> {
    let found: Option<Uuid> = filing::table.find(order.uuid()).select(filing::account).first(tx).await.optional()?;
    Ok(found.map(AccountId::from))
}

/// Which administration decides an order, as far as we know.
pub(crate) async fn province(tx: &mut Tx, order: OrderId) -> Result<Option<Province>, Failure> {
    let found: Option<String> = filing::table.find(order.uuid()).select(filing::province).first(tx).await.optional()?;
    Ok(found.and_then(|code| Province::of(&code)))
}
