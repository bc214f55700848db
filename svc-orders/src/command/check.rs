//! What drafts are checked for. It reads no draft.

use chassis::{db::Tx, failure::Failure};
use chrono::NaiveDate;
use domain::{
    calendar::shanghai_date,
    order::Way,
    rules::{Case, Standing, kinds::OrderKind},
};

use super::App;
use crate::store::{
    self,
    order::{Rivals, Stored},
};

impl App {
    /// The day in Shanghai.
    pub(crate) fn today(&self) -> NaiveDate {
        shanghai_date(self.clock.now())
    }

    /// What a draft that is no order yet is checked for; the usual way and today where nothing else is asked.
    pub(crate) fn case_for(&self, kind: Option<OrderKind>, way: Option<Way>, as_of: Option<NaiveDate>) -> Case {
        let usual = self.settings.ways.first().copied().unwrap_or(Way::Electronic);
        let as_of = as_of.unwrap_or_else(|| self.today());
        Case { kind: kind.unwrap_or(OrderKind::First), way: way.unwrap_or(usual), as_of, standing: Standing::default() }
    }

    /// What the draft of an order is checked for, beside the other orders and subjects of its account.
    pub(crate) async fn case(&self, tx: &mut Tx, order: &Stored, rivals: &Rivals) -> Result<Case, Failure> {
        // This one counts with them.
        let with_this = |others: usize| u16::try_from(others.saturating_add(1)).ok();
        let subjects = store::ledger::other_subjects(tx, order.account, order.subject_index.as_deref()).await?;
        let standing = Standing {
            orders_of_account: with_this(rivals.of_account.len()),
            orders_of_subject: with_this(rivals.of_subject.len()),
            subjects_of_account: usize::try_from(subjects).ok().and_then(with_this),
            ..Standing::default()
        };
        Ok(Case { standing, ..Case::of(&order.order.plan, self.today()) })
    }
}
