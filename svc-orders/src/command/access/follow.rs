//! What the end of an order means for the codes that it holds and the resources that it runs on.

use chassis::{db::Tx, failure::Failure};
use domain::{authorization_code as machine, order::State, rules::kinds::OrderKind};

use crate::{
    App,
    store::{
        self,
        order::{Doer, Stored},
    },
};

impl App {
    /// What follows from the end of an order: a given-up one sets its codes free, a filed one uses them up and says which
    /// services run where, and a cancellation makes room.
    pub(crate) async fn follow(&self, tx: &mut Tx, by: &Doer, after: &Stored) -> Result<(), Failure> {
        let numbers = match &after.order.state {
            State::Filed { numbers } => Some(numbers),
            State::Abandoned | State::Expired => None,
            State::Draft
            | State::Returned { .. }
            | State::AwaitingConsent { .. }
            | State::Reviewing { .. }
            | State::PhotoPending { .. }
            | State::PhotoReviewing { .. }
            | State::ToAuthority { .. }
            | State::AwaitingSms { .. }
            | State::AtAuthority => return Ok(()),
        };
        let number = |service: u16| numbers.and_then(|all| all.services.get(usize::from(service)));
        for id in store::code::held_by(tx, after.id).await? {
            let code = store::code::lock(tx, id).await?;
            let filing = code.code.state.hold().and_then(|hold| number(hold.service)).cloned();
            let command = match numbers {
                Some(_) => machine::Command::Complete { order: after.id, filing },
                None => machine::Command::Release { order: after.id },
            };
            self.act_on(tx, by, code, (&command, None)).await?;
        }
        let Some(numbers) = numbers else { return Ok(()) };
        let (at, target) = (after.touched_at, &after.order.plan.target);
        if after.order.plan.kind.is_cancellation() {
            let subject = target.subject.as_ref().filter(|_| after.order.plan.kind == OrderKind::CancelSubject);
            return store::access::cancelled(tx, (&target.services, subject), at).await;
        }
        for (index, number) in numbers.services.iter().enumerate() {
            let service = i16::try_from(index).map_err(Failure::internal)?;
            store::access::filed(tx, after.id, (service, number), at).await?;
        }
        Ok(())
    }
}
