//! What happens to orders that nobody touches: reminders, and in the end what they hold is deleted. Expiry is in `job`.

use chassis::{db::Tx, failure::Failure};
use chrono::TimeDelta;
use domain::{
    id::OrderId,
    order::{Command, Reminder},
};

use super::{App, system};
use crate::store::{self, order::Stored};

impl App {
    /// Reminds of a draft that lies idle, if its day has come; says whether it did.
    pub(crate) async fn remind(&self, tx: &mut Tx, id: OrderId) -> Result<bool, Failure> {
        let before = store::order::lock(tx, id).await?;
        let idle = self.clock.now().signed_duration_since(before.idle_since);
        let passed = self.settings.remind_after.iter().filter(|after| idle >= **after).count();
        // Whoever was away for long hears it once and not three times.
        let reminded = i16::try_from(passed).map_err(Failure::internal)?;
        if reminded <= before.reminded || idle >= self.settings.expire_after {
            return Ok(false);
        }
        let until = before.idle_since + self.settings.expire_after;
        let before = Stored { reminded, ..before };
        self.apply(tx, &system("svc-orders"), before, &Command::Remind { of: Reminder::Idle, until }).await?;
        Ok(true)
    }

    /// Says that what an ended order holds will be deleted.
    pub(crate) async fn announce_purge(&self, tx: &mut Tx, id: OrderId) -> Result<(), Failure> {
        let before = store::order::lock(tx, id).await?;
        let until = (before.idle_since + self.settings.purge_after).max(self.clock.now() + self.settings.purge_warning);
        let before = Stored { reminded: 1, ..before };
        self.apply(tx, &system("svc-orders"), before, &Command::Remind { of: Reminder::Purge, until }).await?;
        Ok(())
    }

    /// Deletes what an ended order holds, with the key that opened it; says whether its time had come.
    pub(crate) async fn purge(&self, tx: &mut Tx, id: OrderId) -> Result<bool, Failure> {
        let (before, now) = (store::order::lock(tx, id).await?, self.clock.now());
        // It was announced with the last change.
        if before.touched_at + self.settings.purge_warning > now {
            return Ok(false);
        }
        let before = Stored { purged_at: Some(now), data_key: Vec::new(), person_index: None, ..before };
        self.apply(tx, &system("svc-orders"), before, &Command::Purge).await?;
        store::draft::delete(tx, id).await?;
        store::search::forget(tx, id).await?;
        Ok(true)
    }
}

/// Whole days.
pub(crate) fn days(count: u32) -> TimeDelta {
    TimeDelta::days(i64::from(count))
}
