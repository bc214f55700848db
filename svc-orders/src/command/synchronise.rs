//! What the authority has on file, written into the ledger beside what orders wrote: other data, what is not on file any more,
//! and where we serve something and where not. Only what belongs to an account is kept, and only what differs makes a version.
//! It knows no file of the authority's.

use std::collections::BTreeMap;

use chassis::{audit, bus::Envelope, clock::mint, db::Tx, failure::Failure, launch::Spec, outbox, seal::DataKey};
use chrono::{DateTime, Utc};
use domain::{
    dossier::{PrincipalDraft, ServiceDraft, SubjectDraft, merged_service, merged_subject},
    filing_number::{NumberKind, ServiceNumber, SubjectNumber},
    id::AccountId,
    message::{AccountEvent, AccountNews, Message},
    service::ServiceKind,
};
use serde_json::json;

use super::{
    App,
    ledger::{
        ACCESS_CANCELLED, CANCELLED, FILED, MIGRATED, ascii, is_live, kind_name, sealed, service_place, strike_row,
        strike_subject, subject_place,
    },
};
use crate::{
    Orders,
    store::{
        self,
        ledger::{By, Change, ServiceRow, SubjectRow},
    },
};

/// A subject as the authority has it, with services of it; what a draft leaves out the record does not say.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) number: SubjectNumber,
    pub(crate) nature: Option<u16>,
    pub(crate) subject: SubjectDraft,
    pub(crate) services: Vec<ServiceRecord>,
}

/// A service as the authority has it.
#[derive(Debug, Clone)]
pub(crate) struct ServiceRecord {
    pub(crate) number: ServiceNumber,
    /// Whether we give it access; none where the record does not say who does.
    pub(crate) here: Option<bool>,
    pub(crate) service: ServiceDraft,
}

/// What a synchronisation did to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Other data.
    Changed,
    /// It is on file and was not known here.
    Added,
    /// It is on file again.
    Restored,
    /// Others serve it, and we do not any more.
    AccessLost,
    /// We serve it again.
    AccessRegained,
    /// It is not on file any more.
    Cancelled,
}

impl Effect {
    /// What a change of state says; one without is a change of data.
    fn of(before: &str, after: &str) -> Self {
        match (before, after) {
            (before, after) if before == after => Self::Changed,
            (CANCELLED, _) => Self::Restored,
            (_, CANCELLED) => Self::Cancelled,
            (_, ACCESS_CANCELLED) => Self::AccessLost,
            _ => Self::AccessRegained,
        }
    }

    /// As what its account hears of it.
    fn tidings(self) -> Tidings {
        match self {
            Self::Cancelled => Tidings::Cancelled,
            Self::AccessLost => Tidings::AccessLost,
            Self::Changed | Self::Added | Self::Restored | Self::AccessRegained => Tidings::Changed,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Restored => "restored",
            Self::AccessLost => "access_lost",
            Self::AccessRegained => "access_regained",
            Self::Cancelled => "cancelled",
        }
    }
}

/// As what an account hears of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tidings {
    Cancelled,
    AccessLost,
    Changed,
}

/// A number that was written, and who holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) number: String,
    pub(crate) account: AccountId,
    pub(crate) effect: Effect,
}

/// What became of the numbers of a record.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Those that differed.
    pub(crate) written: Vec<Written>,
    /// How many are as the authority has them.
    pub(crate) unchanged: usize,
    /// How many belong to no account here.
    pub(crate) left_out: usize,
}

impl App {
    /// Writes what the authority's record of a subject says; the same record again writes nothing.
    pub(crate) async fn synchronise(&self, tx: &mut Tx, record: &Record) -> Result<Outcome, Failure> {
        let (mut outcome, now) = (Outcome::default(), self.clock.now());
        let number = record.number.to_string();
        let Some(row) = store::ledger::subject_for_update(tx, &number).await? else {
            outcome.left_out += 1 + record.services.len();
            return Ok(outcome);
        };
        let before = self.subject_on_file(&row)?;
        let after = merged_subject(&before, &record.subject);
        let row = self.subject_recorded(tx, (row, record.nature), (&before, &after), (&mut outcome, now)).await?;
        let key = self.keyring.unwrap(row.id, &row.data_key)?;
        let people = (&before.principal, &after.principal);
        for one in &record.services {
            match store::ledger::service(tx, &one.number.to_string()).await? {
                Some((known, _)) => {
                    let filed = self.service_on_file(&row, &known)?;
                    changed(tx, (&key, &row), (known, filed, one, people), (&mut outcome, now)).await?;
                }
                // What only others serve is none of ours, whoever's it is.
                None if one.here != Some(true) => outcome.left_out += 1,
                None => added(tx, (&key, &row), (one, people), (&mut outcome, now)).await?,
            }
        }
        outcome.tell(tx, now).await?;
        Ok(outcome)
    }

    /// The subject's row as the record has it; a subject that is on record is on file.
    async fn subject_recorded(
        &self,
        tx: &mut Tx,
        (row, nature): (SubjectRow, Option<u16>),
        (before, after): (&SubjectDraft, &SubjectDraft),
        (outcome, now): (&mut Outcome, DateTime<Utc>),
    ) -> Result<SubjectRow, Failure> {
        let nature = nature.map_or(row.nature, i32::from);
        if before == after && nature == row.nature && row.state == FILED {
            outcome.unchanged += 1;
            return Ok(row);
        }
        let certificate = after.certificate.number.as_ref().filter(|_| before.certificate != after.certificate);
        let index = certificate.map(|number| self.subject_index(number.reveal()).to_vec());
        let index = index.unwrap_or_else(|| row.subject_index.clone());
        // A certificate is filed once at a time: whoever had it on file has not any more.
        if let Some(other) = store::ledger::subject_with(tx, &index).await?.filter(|other| other.id != row.id)
            && let Some(other) = store::ledger::subject_for_update(tx, &other.number).await?
        {
            struck(tx, other, (outcome, now)).await?;
        }
        let effect = Effect::of(&row.state, FILED);
        let key = self.keyring.unwrap(row.id, &row.data_key)?;
        let row = SubjectRow {
            subject_index: index,
            nature,
            state: FILED.to_owned(),
            sealed: sealed(&key, subject_place(row.id), after)?,
            version: row.version + 1,
            ..row
        };
        store::ledger::put_subject(tx, &row, by(now)).await?;
        let effect = (row.id, row.number.as_str(), row.version, effect);
        outcome.noted(tx, row.account, effect, now).await?;
        Ok(row)
    }

    /// Takes a number off the file that the authority cancelled, a subject with its services; once it is, nothing happens.
    pub(crate) async fn cancelled(&self, tx: &mut Tx, number: &str) -> Result<Outcome, Failure> {
        let (mut outcome, now) = (Outcome::default(), self.clock.now());
        if let Some(subject) = store::ledger::subject_for_update(tx, number).await? {
            if subject.state == CANCELLED {
                outcome.unchanged += 1;
            } else {
                struck(tx, subject, (&mut outcome, now)).await?;
            }
            outcome.tell(tx, now).await?;
            return Ok(outcome);
        }
        match store::ledger::service_for_update(tx, number).await? {
            None => outcome.left_out += 1,
            Some((row, _)) if !is_live(&row) => outcome.unchanged += 1,
            Some((row, subject)) => {
                let row = strike_row(tx, row, CANCELLED, by(now)).await?;
                let effect = (row.id, row.number.as_str(), row.version, Effect::Cancelled);
                outcome.noted(tx, subject.account, effect, now).await?;
            }
        }
        outcome.tell(tx, now).await?;
        Ok(outcome)
    }
}

impl Outcome {
    /// Tells whoever holds what was written: nobody here asked for it.
    async fn tell(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<(), Failure> {
        let mut told: BTreeMap<(AccountId, Tidings), Vec<String>> = BTreeMap::new();
        for one in &self.written {
            told.entry((one.account, one.effect.tidings())).or_default().push(one.number.clone());
        }
        let news: Vec<_> = told
            .into_iter()
            .map(|((account, tidings), numbers)| {
                let event = match tidings {
                    Tidings::Cancelled => AccountEvent::FilingCancelled { numbers },
                    Tidings::AccessLost => AccountEvent::AccessLost { numbers },
                    Tidings::Changed => AccountEvent::FilingChanged { numbers },
                };
                Envelope::of(Orders::NAME, &Message::Account(AccountNews { account, at: now, event }), 0, now)
            })
            .collect();
        outbox::put(tx, &news).await
    }

    /// Adds a number that was written, and a line to the audit: a chain for each number, by the row that it is.
    async fn noted(
        &mut self,
        tx: &mut Tx,
        account: uuid::Uuid,
        (row, number, version, effect): (uuid::Uuid, &str, i64, Effect),
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        self.written.push(Written { number: number.to_owned(), account: account.into(), effect });
        let detail = json!({ "effect": effect.name(), "version": version });
        let entry =
            audit::Entry { aggregate: row, actor: "authority", role: "service", action: "synchronised", detail };
        audit::record(tx, now, &entry).await
    }
}

fn by(at: DateTime<Utc>) -> By {
    By { order: None, change: Change::Synchronised, at }
}

async fn struck(
    tx: &mut Tx,
    subject: SubjectRow,
    (outcome, now): (&mut Outcome, DateTime<Utc>),
) -> Result<(), Failure> {
    let (id, number, version, account) = (subject.id, subject.number.clone(), subject.version + 1, subject.account);
    for row in strike_subject(tx, subject, by(now)).await? {
        let effect = (row.id, row.number.as_str(), row.version, Effect::Cancelled);
        outcome.noted(tx, account, effect, now).await?;
    }
    outcome.noted(tx, account, (id, &number, version, Effect::Cancelled), now).await
}

/// A service that is known, as its record has it.
async fn changed(
    tx: &mut Tx,
    (key, subject): (&DataKey, &SubjectRow),
    (row, filed, one, people): (ServiceRow, ServiceDraft, &ServiceRecord, (&PrincipalDraft, &PrincipalDraft)),
    (outcome, now): (&mut Outcome, DateTime<Utc>),
) -> Result<(), Failure> {
    let Some(state) = state_of(&row.state, one.here) else {
        outcome.unchanged += 1;
        return Ok(());
    };
    let draft = merged_service(&filed, &one.service, people);
    if draft == filed && state == row.state {
        outcome.unchanged += 1;
        return Ok(());
    }
    let effect = Effect::of(&row.state, state);
    let row = ServiceRow {
        state: state.to_owned(),
        sealed: sealed(key, service_place(row.id), &draft)?,
        version: row.version + 1,
        ..row
    };
    store::ledger::put_service(tx, &row, &ascii(&draft.domains), by(now)).await?;
    outcome.noted(tx, subject.account, (row.id, &row.number, row.version, effect), now).await
}

/// A service of a known subject that we serve and do not know: it was filed past our orders.
async fn added(
    tx: &mut Tx,
    (key, subject): (&DataKey, &SubjectRow),
    (one, people): (&ServiceRecord, (&PrincipalDraft, &PrincipalDraft)),
    (outcome, now): (&mut Outcome, DateTime<Utc>),
) -> Result<(), Failure> {
    let kind = match one.number.kind() {
        NumberKind::Website => ServiceKind::Website,
        NumberKind::App | NumberKind::MiniProgram | NumberKind::QuickApp => ServiceKind::App,
    };
    let draft = merged_service(&ServiceDraft { kind, ..ServiceDraft::default() }, &one.service, people);
    let id = mint();
    let row = ServiceRow {
        id,
        number: one.number.to_string(),
        subject: subject.id,
        kind: kind_name(kind).to_owned(),
        state: FILED.to_owned(),
        sealed: sealed(key, service_place(id), &draft)?,
        version: 1,
        filed_at: now,
        changed_at: now,
    };
    store::ledger::put_service(tx, &row, &ascii(&draft.domains), by(now)).await?;
    outcome.noted(tx, subject.account, (row.id, &row.number, row.version, Effect::Added), now).await
}

/// The state of a known service that is on record; none where the record has nothing to say. A migration is recorded by hand,
/// and the record of where the service came from may be older.
fn state_of(before: &str, here: Option<bool>) -> Option<&'static str> {
    match (before, here) {
        (MIGRATED, _) => None,
        (_, Some(false)) | (ACCESS_CANCELLED, None) => Some(ACCESS_CANCELLED),
        (_, Some(true) | None) => Some(FILED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_where_a_service_is_served_or_says_nothing() {
        let after = |before| [Some(true), Some(false), None].map(|here| state_of(before, here));
        assert_eq!(after(FILED), [Some(FILED), Some(ACCESS_CANCELLED), Some(FILED)]);
        assert_eq!(after(ACCESS_CANCELLED), [Some(FILED), Some(ACCESS_CANCELLED), Some(ACCESS_CANCELLED)]);
        assert_eq!(after(CANCELLED), [Some(FILED), Some(ACCESS_CANCELLED), Some(FILED)]);
        assert_eq!(after(MIGRATED), [None, None, None]);
    }

    #[test]
    fn an_effect_is_what_became_of_the_state() {
        assert_eq!(Effect::of(FILED, FILED), Effect::Changed);
        assert_eq!(Effect::of(FILED, ACCESS_CANCELLED), Effect::AccessLost);
        assert_eq!(Effect::of(ACCESS_CANCELLED, FILED), Effect::AccessRegained);
        assert_eq!(Effect::of(CANCELLED, FILED), Effect::Restored);
        assert_eq!(Effect::of(FILED, CANCELLED), Effect::Cancelled);
    }
}
