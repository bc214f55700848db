//! Which materials are there, as svc-photo told.

use chassis::{db::Tx, failure::Failure};
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;
use domain::{
    dossier::Attached,
    id::{MaterialId, OrderId},
    message::MaterialNews,
};

use super::schema::material;

/// A material came; told twice is told once.
pub(crate) async fn add(tx: &mut Tx, news: &MaterialNews) -> Result<(), Failure> {
    let service = news.service.map(i16::try_from).transpose().map_err(Failure::internal)?;
    diesel::insert_into(material::table)
        .values((
            material::id.eq(news.material.uuid()),
            material::order_id.eq(news.order.uuid()),
            material::kind.eq(&news.kind),
            material::service.eq(service),
        ))
        .on_conflict_do_nothing()
        .execute(tx)
        .await?;
    Ok(())
}

/// A material went.
pub(crate) async fn remove(tx: &mut Tx, id: MaterialId) -> Result<(), Failure> {
    diesel::delete(material::table.find(id.uuid())).execute(tx).await?;
    Ok(())
}

/// What is there for an order.
pub(crate) async fn attached(tx: &mut Tx, order: OrderId) -> Result<Attached, Failure> {
    let rows: Vec<(String, Option<i16>)> = material::table
        .filter(material::order_id.eq(order.uuid()))
        .select((material::kind, material::service))
        .load(tx)
        .await?;
    Ok(rows.into_iter().map(|(kind, service)| (kind, service.and_then(|index| u16::try_from(index).ok()))).collect())
}
