//! Curtains: one free request an account; the courier comes at 16:00 on working days, or operations hand one over by hand.

use chassis::{
    clock::mint,
    failure::Failure,
    http::Reply,
    idempotency::{self, IdemKey},
};
use domain::{
    access::Actor,
    calendar::next_courier,
    id::{CurtainId, OrderId},
    message::{Message, PhotoNews, PhotoStep},
    photo::{CurtainState, Dispatch, dispatch, wants_photo},
};
use serde_json::json;

use super::{App, named, refused, tell};
use crate::{
    api::CurtainView,
    store::curtain::{self, Curtain},
};

impl App {
    /// Asks for a curtain.
    pub(crate) async fn ask_for_curtain(&self, me: &Actor, order: OrderId, key: &IdemKey) -> Result<Reply, Failure> {
        if let Some(reply) = self.answered(key).await? {
            return Ok(reply);
        }
        let filing = self.filing_in(me, order, wants_photo).await?;
        let now = self.clock.now();
        let dispatch_at = next_courier(now);
        let row = Curtain {
            id: mint(),
            order,
            account: filing.account,
            state: CurtainState::Requested { dispatch_at },
            courier: None,
            waybill: None,
            dispatch_at,
            created_at: now,
        };
        self.db
            .transact("curtain.ask", async |tx| {
                idempotency::once(tx, key, now, async |tx| {
                    curtain::insert(tx, &row).await?;
                    let step = PhotoStep::CurtainRequested { curtain: row.id, dispatch_at };
                    let message = Message::Photo(PhotoNews { order, step });
                    tell(tx, self, named(me), &message, json!({ "curtain": row.id })).await?;
                    Ok(Reply::created(format!("/v1/curtains/{}", row.id), &CurtainView::from(&row)))
                })
                .await
            })
            .await
    }

    /// Operations hand a curtain to the courier, at whatever hour the courier stands there.
    pub(crate) async fn hand_over(
        &self,
        me: &Actor,
        id: CurtainId,
        courier: (&str, &str),
        key: &IdemKey,
    ) -> Result<Reply, Failure> {
        let now = self.clock.now();
        self.db
            .transact("curtain.hand_over", async |tx| {
                idempotency::once(tx, key, now, async |tx| {
                    let after = self.dispatch(tx, named(me), id, (Dispatch::ByHand, Some(courier))).await?;
                    Ok(Reply::ok(&CurtainView::from(&after)))
                })
                .await
            })
            .await
    }

    /// The courier has come.
    pub(crate) async fn dispatch(
        &self,
        tx: &mut chassis::db::Tx,
        by: (&str, &str),
        id: CurtainId,
        (how, courier): (Dispatch, Option<(&str, &str)>),
    ) -> Result<Curtain, Failure> {
        let before = curtain::lock(tx, id).await?;
        let state = dispatch(before.state, how, self.clock.now()).map_err(|refusal| refused(&refusal))?;
        curtain::dispatched(tx, id, state, courier).await?;
        let step = PhotoStep::CurtainDispatched { curtain: id };
        let message = Message::Photo(PhotoNews { order: before.order, step });
        tell(tx, self, by, &message, json!({ "curtain": id })).await?;
        let (courier, waybill) = courier.map(|(name, number)| (name.to_owned(), number.to_owned())).unzip();
        Ok(Curtain { state, courier, waybill, ..before })
    }
}
