//! The projection of orders: where each stands by the newest message that came.

use chassis::{
    db::{Cached, Tx},
    failure::Failure,
};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, query_dsl::methods::FilterDsl, upsert::excluded};
use diesel_async::RunQueryDsl;
use domain::message::OrderNews;
use uuid::Uuid;

use super::{round, schema::filing};

/// Takes the news in, unless newer ones came already.
pub async fn project(tx: &mut Tx, news: &OrderNews) -> Result<(), Failure> {
    let insert = diesel::insert_into(filing::table).values((
        filing::order_id.eq(news.order.uuid()),
        filing::account.eq(news.account.uuid()),
        filing::province.eq(news.plan.province.code()),
        filing::round.eq(round(news.round)?),
        filing::state.eq(news.state.as_str()),
        filing::version.eq(news.version),
        filing::updated_at.eq(news.at),
    ));
    let update = insert.on_conflict(filing::order_id).do_update().set((
        filing::round.eq(excluded(filing::round)),
        filing::state.eq(excluded(filing::state)),
        filing::version.eq(excluded(filing::version)),
        filing::updated_at.eq(excluded(filing::updated_at)),
    ));
    let newer = FilterDsl::filter(update, filing::version.lt(excluded(filing::version)));
    Cached(newer).execute(tx).await?;
    Ok(())
}

/// Whether the order stands in this state of this round, as far as we know.
pub async fn stands(tx: &mut Tx, order: Uuid, in_round: u32, state: &str) -> Result<bool, Failure> {
    let found: Option<(i32, String)> =
        filing::table.find(order).select((filing::round, filing::state)).first(tx).await.optional()?;
    let wanted = round(in_round)?;
    Ok(found.is_some_and(|(round, known)| round == wanted && known == state))
}
