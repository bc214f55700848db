//! The sections of a draft, sealed: this module moves bytes and never sees a name.

use chassis::{
    db::{Cached, Tx},
    failure::Failure,
};
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;
use domain::{id::OrderId, order::Section};

use super::schema::{draft_section, material};

/// Writes a section, in place of what was there.
pub(crate) async fn put(tx: &mut Tx, order: OrderId, section: Section, sealed: &[u8]) -> Result<(), Failure> {
    let insert = diesel::insert_into(draft_section::table)
        .values((
            draft_section::order_id.eq(order.uuid()),
            draft_section::section.eq(section.name()),
            draft_section::sealed.eq(sealed),
        ))
        .on_conflict((draft_section::order_id, draft_section::section))
        .do_update()
        .set(draft_section::sealed.eq(sealed));
    Cached(insert).execute(tx).await?;
    Ok(())
}

/// Deletes what an order holds: its sections, and what was told of its materials.
pub(crate) async fn delete(tx: &mut Tx, order: OrderId) -> Result<(), Failure> {
    diesel::delete(draft_section::table.filter(draft_section::order_id.eq(order.uuid()))).execute(tx).await?;
    diesel::delete(material::table.filter(material::order_id.eq(order.uuid()))).execute(tx).await?;
    Ok(())
}

/// Every section that was written, by name.
pub(crate) async fn all(tx: &mut Tx, order: OrderId) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    Ok(draft_section::table
        .filter(draft_section::order_id.eq(order.uuid()))
        .select((draft_section::section, draft_section::sealed))
        .load(tx)
        .await?)
}
