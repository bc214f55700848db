//! What a finished order writes to the ledger, and what later orders take from it. It decides nothing: the order did. What the
//! authority writes is in `synchronise`.

use chassis::{
    clock::mint,
    db::Tx,
    failure::Failure,
    seal::{DataKey, Place},
};
use domain::{
    dossier::{Draft, ServiceDraft, SubjectDraft},
    filing_number::{ServiceNumber, SubjectNumber},
    host::DomainName,
    order::{Numbers, Section, State},
    rules::kinds::OrderKind,
    service::ServiceKind,
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::App;
use crate::store::{
    self,
    ledger::{By, Change, ServiceRow, SubjectRow},
    order::Stored,
};

/// The states of rows that are not on file here any more, beside `filed`.
pub(super) const CANCELLED: &str = "cancelled";
pub(crate) const ACCESS_CANCELLED: &str = "access_cancelled";
pub(super) const MIGRATED: &str = "migrated";
pub(crate) const FILED: &str = "filed";

impl App {
    /// Writes what an order brought, in the transaction that finished it.
    pub(crate) async fn enter(&self, tx: &mut Tx, order: &Stored) -> Result<(), Failure> {
        let State::Filed { numbers } = &order.order.state else { return Ok(()) };
        let by = |change| By { order: Some(order.id), change, at: order.touched_at };
        self.numbered(tx, order.id, numbers).await?;
        match order.order.plan.kind {
            OrderKind::First | OrderKind::AddHere | OrderKind::AddElsewhere | OrderKind::Access => {
                self.file(tx, order, numbers, by(Change::Filed)).await
            }
            OrderKind::Claim => self.file(tx, order, numbers, by(Change::Claimed)).await,
            OrderKind::ChangeFiling | OrderKind::ChangeSubject | OrderKind::ChangeService | OrderKind::ChangeAccess => {
                self.file(tx, order, numbers, by(Change::Changed)).await
            }
            OrderKind::CancelService => strike(tx, &numbers.services, CANCELLED, by(Change::Cancelled)).await,
            OrderKind::CancelAccess => {
                strike(tx, &numbers.services, ACCESS_CANCELLED, by(Change::AccessCancelled)).await
            }
            OrderKind::CancelSubject => cancel_subject(tx, &numbers.subject, by(Change::Cancelled)).await,
            OrderKind::Migrate => {
                strike(tx, &order.order.plan.target.services, MIGRATED, by(Change::Migrated)).await?;
                self.file(tx, order, numbers, by(Change::Filed)).await
            }
            OrderKind::TransferAccount => hand_over(tx, order, &numbers.subject, by(Change::Transferred)).await,
        }
    }

    /// Writes the subject and the services of a draft under their numbers.
    async fn file(&self, tx: &mut Tx, order: &Stored, numbers: &Numbers, by: By) -> Result<(), Failure> {
        let draft = self.draft(tx, order).await?;
        let subject = self.file_subject(tx, order, (&numbers.subject, &draft), by).await?;
        if !order.order.plan.steps.sections.contains(&Section::Services) {
            return Ok(());
        }
        let key = self.keyring.unwrap(subject.id, &subject.data_key)?;
        for (number, service) in numbers.services.iter().zip(&draft.services) {
            file_service(tx, &key, (subject.id, &number.to_string(), service), by).await?;
        }
        Ok(())
    }

    async fn file_subject(
        &self,
        tx: &mut Tx,
        order: &Stored,
        (number, draft): (&SubjectNumber, &Draft),
        by: By,
    ) -> Result<SubjectRow, Failure> {
        let index = order.subject_index.clone().ok_or_else(|| Failure::internal("a filed order has no subject"))?;
        let number = number.to_string();
        // A certificate that got a new number is not on file under the old one any more.
        if let Some(old) = store::ledger::subject_with(tx, &index).await?.filter(|old| old.number != number) {
            let gone = SubjectRow { state: CANCELLED.to_owned(), version: old.version.saturating_add(1), ..old };
            store::ledger::put_subject(tx, &gone, By { change: Change::Cancelled, ..by }).await?;
        }
        let known = store::ledger::subject_for_update(tx, &number).await?;
        if let Some(row) = known.as_ref().filter(|_| !order.order.plan.steps.sections.contains(&Section::Subject)) {
            return Ok(row.clone());
        }
        let (id, data_key, version, filed_at) = match known {
            Some(row) => (row.id, row.data_key, row.version, row.filed_at),
            None => {
                let id: Uuid = mint();
                (id, self.keyring.mint(id)?.1, 0, by.at)
            }
        };
        let key = self.keyring.unwrap(id, &data_key)?;
        let row = SubjectRow {
            id,
            number,
            account: order.account.uuid(),
            subject_index: index,
            province: order.order.plan.province.code().to_owned(),
            nature: i32::from(order.nature),
            state: FILED.to_owned(),
            sealed: sealed(&key, subject_place(id), &draft.subject)?,
            data_key,
            version: version + 1,
            filed_at,
            changed_at: by.at,
        };
        store::ledger::put_subject(tx, &row, by).await?;
        Ok(row)
    }

    /// The subject as it is on file.
    pub(crate) fn subject_on_file(&self, row: &SubjectRow) -> Result<SubjectDraft, Failure> {
        let key = self.keyring.unwrap(row.id, &row.data_key)?;
        opened(&key, subject_place(row.id), &row.sealed)
    }

    /// A service as it is on file.
    pub(crate) fn service_on_file(&self, subject: &SubjectRow, row: &ServiceRow) -> Result<ServiceDraft, Failure> {
        let key = self.keyring.unwrap(subject.id, &subject.data_key)?;
        opened(&key, service_place(row.id), &row.sealed)
    }
}

async fn file_service(
    tx: &mut Tx,
    key: &DataKey,
    (subject, number, draft): (Uuid, &str, &ServiceDraft),
    by: By,
) -> Result<(), Failure> {
    let known = store::ledger::service(tx, number).await?.map(|(row, _)| row);
    let (id, version, filed_at) = known.map_or_else(|| (mint(), 0, by.at), |row| (row.id, row.version, row.filed_at));
    let row = ServiceRow {
        id,
        number: number.to_owned(),
        subject,
        kind: kind_name(draft.kind).to_owned(),
        state: FILED.to_owned(),
        sealed: sealed(key, service_place(id), draft)?,
        version: version + 1,
        filed_at,
        changed_at: by.at,
    };
    store::ledger::put_service(tx, &row, &ascii(&draft.domains), by).await
}

/// Takes services off the file; their last version stays as it was.
async fn strike(tx: &mut Tx, numbers: &[ServiceNumber], state: &str, by: By) -> Result<(), Failure> {
    for number in numbers {
        let found = store::ledger::service_for_update(tx, &number.to_string()).await?;
        let Some((row, _)) = found else { continue };
        // The authority may have cancelled all of it meanwhile: an access less does not bring it back.
        if state != ACCESS_CANCELLED || is_live(&row) {
            strike_row(tx, row, state, by).await?;
        }
    }
    Ok(())
}

/// Whether something can still end: it is on file, here or at another provider.
pub(super) fn is_live(row: &ServiceRow) -> bool {
    row.state == FILED || row.state == ACCESS_CANCELLED
}

/// Takes a service off the file; the row as it is then.
pub(super) async fn strike_row(tx: &mut Tx, row: ServiceRow, state: &str, by: By) -> Result<ServiceRow, Failure> {
    // Another provider may still serve it: its domain stays known.
    let keeps = state == ACCESS_CANCELLED;
    let domains = if keeps { store::ledger::domains_of(tx, &[row.id]).await? } else { Vec::new() };
    let domains: Vec<String> = domains.into_iter().map(|(_, domain)| domain).collect();
    let row = ServiceRow { state: state.to_owned(), version: row.version + 1, ..row };
    store::ledger::put_service(tx, &row, &domains, by).await?;
    Ok(row)
}

async fn cancel_subject(tx: &mut Tx, number: &SubjectNumber, by: By) -> Result<(), Failure> {
    let Some(subject) = store::ledger::subject_for_update(tx, &number.to_string()).await? else { return Ok(()) };
    strike_subject(tx, subject, by).await.map(drop)
}

/// Takes a subject with its services off the file; answers the services that it took with it.
pub(super) async fn strike_subject(tx: &mut Tx, subject: SubjectRow, by: By) -> Result<Vec<ServiceRow>, Failure> {
    let mut struck = Vec::new();
    for service in store::ledger::services_of(tx, subject.id).await?.into_iter().filter(is_live) {
        struck.push(strike_row(tx, service, CANCELLED, by).await?);
    }
    let row = SubjectRow { state: CANCELLED.to_owned(), version: subject.version + 1, ..subject };
    store::ledger::put_subject(tx, &row, by).await?;
    Ok(struck)
}

/// Gives a subject with everything of it to the account that consented.
async fn hand_over(tx: &mut Tx, order: &Stored, number: &SubjectNumber, by: By) -> Result<(), Failure> {
    let to = order.order.plan.target.other.ok_or_else(|| Failure::internal("a transfer to nobody"))?;
    let Some(subject) = store::ledger::subject_for_update(tx, &number.to_string()).await? else { return Ok(()) };
    let row = SubjectRow { account: to.uuid(), version: subject.version + 1, ..subject };
    store::ledger::put_subject(tx, &row, by).await
}

/// The names as the ledger looks them up: people write them in capitals and in Chinese.
pub(crate) fn ascii(names: &[String]) -> Vec<String> {
    let parsed = names.iter().map(|name| DomainName::try_from(name.as_str()).map(|name| name.ascii().to_owned()));
    parsed.zip(names).map(|(ascii, name)| ascii.unwrap_or_else(|_as_written| name.clone())).collect()
}

pub(crate) fn kind_name(kind: ServiceKind) -> &'static str {
    match kind {
        ServiceKind::Website => "website",
        ServiceKind::App => "app",
    }
}

pub(crate) fn subject_place(row: Uuid) -> Place<'static> {
    Place { table: "ledger_subject", column: "sealed", row }
}

pub(crate) fn service_place(row: Uuid) -> Place<'static> {
    Place { table: "ledger_service", column: "sealed", row }
}

pub(super) fn sealed(key: &DataKey, place: Place<'_>, value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    Ok(key.seal(place, &serde_json::to_vec(value).map_err(Failure::internal)?)?)
}

pub(crate) fn opened<T: DeserializeOwned>(key: &DataKey, place: Place<'_>, sealed: &[u8]) -> Result<T, Failure> {
    let bytes = key.open(place, sealed)?;
    // The error of serde may quote the value.
    serde_json::from_slice(&bytes).map_err(|_may_quote| Failure::internal("a row of the ledger cannot be read"))
}
