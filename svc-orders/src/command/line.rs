//! Orders that wait: for another account's consent, and in line behind another order of the same account or subject.

use chassis::{db::Tx, failure::Failure};
use domain::{
    access::Actor,
    id::{AccountId, OrderId},
    order::Command,
};

use super::{App, Version, doer, locked, system};
use crate::store::{self, order::Stored};

impl App {
    /// The other account says yes or no. Only the account that is asked finds the order.
    pub(crate) async fn answer(
        &self,
        tx: &mut Tx,
        (actor, account): (&Actor, AccountId),
        (id, want): (OrderId, Version),
        command: Command,
    ) -> Result<Stored, Failure> {
        let order = locked(tx, id, Version::Any).await?;
        if order.order.plan.target.other != Some(account) {
            return Err(store::order::absent().because("another account is asked for its consent"));
        }
        want.accepts(order.version)?;
        self.apply(tx, &doer(actor), order, &command).await
    }

    /// Puts a draft in line: it is submitted by itself when the order before it ends. Everything else must be right already.
    pub(crate) async fn join_line(&self, tx: &mut Tx, actor: &Actor, before: Stored) -> Result<Stored, Failure> {
        let state = before.order.state.name();
        if !state.is_editable() {
            return Err(super::refused(&domain::order::Refusal::NotNow { state, command: "wait" }));
        }
        let rivals = store::order::rivals(tx, &before).await?;
        if rivals.of_account.is_empty() && rivals.of_subject.is_empty() {
            return Err(Failure::conflict("No other order is in progress.").at(
                "",
                "order.nothing_before",
                "没有进行中的订单，请直接提交 / No other order is in progress: submit it now",
            ));
        }
        let draft = self.draft(tx, &before).await?;
        self.judge(tx, &before, &draft, &store::order::Rivals::default()).await?;
        let since = Some(self.clock.now());
        store::order::set_line(tx, before.id, since).await?;
        self.note(tx, &doer(actor), &before, "wait").await?;
        Ok(Stored { in_line_since: since, ..before })
    }

    /// Takes a draft out of the line.
    pub(crate) async fn leave_line(&self, tx: &mut Tx, actor: &Actor, before: Stored) -> Result<Stored, Failure> {
        store::order::set_line(tx, before.id, None).await?;
        self.note(tx, &doer(actor), &before, "leave_line").await?;
        Ok(Stored { in_line_since: None, ..before })
    }

    /// Submits an order whose turn has come; what is wrong with it meanwhile takes it out of the line.
    pub(crate) async fn take_turn(&self, tx: &mut Tx, id: OrderId) -> Result<Turn, Failure> {
        let by = system("svc-orders");
        let order = store::order::lock(tx, id).await?;
        if order.in_line_since.is_none() {
            return Ok(Turn::Left);
        }
        if !order.order.state.name().is_editable() {
            store::order::set_line(tx, id, None).await?;
            return Ok(Turn::Left);
        }
        let rivals = store::order::rivals(tx, &order).await?;
        if !rivals.of_account.is_empty() || !rivals.of_subject.is_empty() {
            return Ok(Turn::Waits);
        }
        match self.submit(tx, &by, order.clone()).await {
            Ok(_) => Ok(Turn::Submitted),
            Err(failure) if failure.is_refusal() => {
                store::order::set_line(tx, id, None).await?;
                self.note(tx, &by, &order, "leave_line").await?;
                Ok(Turn::Left)
            }
            Err(failure) => Err(failure),
        }
    }
}

/// What became of an order in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Its turn came.
    Submitted,
    /// It waits on.
    Waits,
    /// It is in line no more.
    Left,
}
