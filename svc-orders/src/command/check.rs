//! What drafts are checked for. It reads no draft.

use chrono::NaiveDate;
use domain::{
    calendar::shanghai_date,
    order::Way,
    rules::{Case, Standing, kinds::OrderKind},
};

use super::App;
use crate::store::order::Stored;

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

    /// What the draft of an order is checked for.
    pub(crate) fn case(&self, order: &Stored) -> Case {
        Case::of(&order.order.plan, self.today())
    }
}
