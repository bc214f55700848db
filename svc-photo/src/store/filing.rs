//! The projection of orders: whose each is and where it stands, by the newest news that came.

use chassis::{
    db::{Cached, Tx},
    failure::Failure,
};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper,
    query_dsl::methods::FilterDsl, upsert::excluded,
};
use diesel_async::RunQueryDsl;
use domain::{
    id::{AccountId, OrderId},
    order::{Plan, StateName, Way},
    region::Province,
};
use uuid::Uuid;

use super::schema::filing;

/// An order as far as this service needs it.
#[derive(Debug, Clone)]
pub(crate) struct Filing {
    pub(crate) order: OrderId,
    pub(crate) account: AccountId,
    pub(crate) province: Province,
    pub(crate) way: Way,
    pub(crate) state: StateName,
    pub(crate) version: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = filing)]
struct Row {
    order_id: Uuid,
    account: Uuid,
    province: String,
    way: String,
    state: String,
    version: i64,
}

impl Filing {
    /// What news or a peer say.
    pub(crate) fn of(order: OrderId, account: AccountId, plan: &Plan, state: StateName, version: i64) -> Self {
        Self { order, account, province: plan.province, way: plan.way, state, version }
    }
}

/// Takes news in, unless newer ones came already.
pub(crate) async fn project(tx: &mut Tx, news: &Filing) -> Result<(), Failure> {
    let insert = diesel::insert_into(filing::table).values((
        filing::order_id.eq(news.order.uuid()),
        filing::account.eq(news.account.uuid()),
        filing::province.eq(news.province.code()),
        filing::way.eq(word(news.way)),
        filing::state.eq(news.state.as_str()),
        filing::version.eq(news.version),
    ));
    let update = insert
        .on_conflict(filing::order_id)
        .do_update()
        .set((filing::state.eq(excluded(filing::state)), filing::version.eq(excluded(filing::version))));
    let newer = FilterDsl::filter(update, filing::version.lt(excluded(filing::version)));
    Cached(newer).execute(tx).await?;
    Ok(())
}

/// What is known of an order.
pub(crate) async fn find(tx: &mut Tx, order: OrderId) -> Result<Option<Filing>, Failure> {
    let row: Option<Row> = filing::table.find(order.uuid()).select(Row::as_select()).first(tx).await.optional()?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Filing, Failure> {
    let odd = |what: &str| Failure::internal(format!("a stored {what} cannot be read"));
    Ok(Filing {
        order: row.order_id.into(),
        account: row.account.into(),
        province: Province::of(&row.province).ok_or_else(|| odd("province"))?,
        way: if row.way == word(Way::Electronic) { Way::Electronic } else { Way::Curtain },
        state: row.state.parse().map_err(|_unknown| odd("state"))?,
        version: row.version,
    })
}

fn word(way: Way) -> &'static str {
    match way {
        Way::Electronic => "electronic",
        Way::Curtain => "curtain",
    }
}
