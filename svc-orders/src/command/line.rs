//! Orders that wait: for another account's consent, and in line behind another order of the same account or subject.

use chassis::{db::Tx, failure::Failure};
use domain::{
    access::Actor,
    id::{AccountId, OrderId},
    order::{Command, Reminder},
};

use super::{App, Version, access::Looked, doer, locked, system};
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

    /// Submits an order if its turn has come; what is wrong with it meanwhile takes it out of the line, and its customer hears of it.
    pub(crate) async fn turn(&self, id: OrderId) -> Result<Turn, Failure> {
        let look = async |tx: &mut Tx| {
            let order = store::order::read(tx, id).await?;
            let rivals = store::order::rivals(tx, &order).await?;
            Ok((order, rivals.of_account.is_empty() && rivals.of_subject.is_empty()))
        };
        let (order, free) = self.db.read("order.line", look).await?;
        if !free && order.order.state.name().is_editable() {
            return Ok(Turn::Waits);
        }
        // As when somebody hands it in: its resources may be gone.
        let looked = self.look_again(&order).await?;
        let looked = looked.as_ref();
        self.db.transact("order.turn", async |tx| self.take_turn(tx, id, looked).await).await
    }

    async fn take_turn(&self, tx: &mut Tx, id: OrderId, looked: Option<&Looked>) -> Result<Turn, Failure> {
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
        let settled = self.settle_again(tx, &by, &order, looked).await?;
        match self.submit(tx, &by, order.clone(), settled).await {
            Ok(_) => Ok(Turn::Submitted),
            Err(failure) if failure.is_refusal() => {
                store::order::set_line(tx, id, None).await?;
                let until = order.idle_since + self.settings.expire_after;
                let told = Command::Remind { of: Reminder::Line, until };
                self.apply(tx, &by, Stored { in_line_since: None, ..order }, &told).await?;
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
