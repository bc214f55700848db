//! Orders about what is on file already, of a kind that their customer chooses: changes, cancellations, migration, transfer,
//! claim. What may not be asked is refused before an order is there.

use chassis::{db::Tx, failure::Failure};
use domain::{
    dossier::{Draft, ServiceDraft, SubjectDraft},
    id::AccountId,
    order::Target,
    region::Province,
    rules::kinds::OrderKind,
};

use super::{
    App,
    kind::unfit,
    ledger::FILED,
    open::{NewOrder, Wanted, absent},
};
use crate::store::{
    self,
    ledger::{ServiceRow, SubjectRow},
};

/// MIIT's code of a person.
const PERSON: i32 = 5;

impl App {
    pub(super) async fn chosen(
        &self,
        tx: &mut Tx,
        account: AccountId,
        kind: OrderKind,
        new: &NewOrder,
    ) -> Result<Wanted, Failure> {
        match kind {
            OrderKind::First | OrderKind::AddHere | OrderKind::AddElsewhere | OrderKind::Access => Err(unfit(
                "/kind",
                "order.kind_decided",
                "这种备案类型由系统判断，请不要填写kind / The system decides whether it is this kind; leave it out",
            )),
            OrderKind::ChangeFiling
            | OrderKind::ChangeSubject
            | OrderKind::ChangeService
            | OrderKind::ChangeAccess
            | OrderKind::CancelService
            | OrderKind::CancelSubject
            | OrderKind::CancelAccess
            | OrderKind::TransferAccount => self.of_own_filing(tx, account, kind, new).await,
            OrderKind::Migrate => self.migration(tx, account, new).await,
            OrderKind::Claim => self.claim(tx, account, new).await,
        }
    }

    /// A change, a cancellation or a transfer of what the account holds.
    async fn of_own_filing(
        &self,
        tx: &mut Tx,
        account: AccountId,
        kind: OrderKind,
        new: &NewOrder,
    ) -> Result<Wanted, Failure> {
        let subject = own_subject(tx, account, new).await?;
        let all = store::ledger::services_of(tx, subject.id).await?;
        let all: Vec<ServiceRow> = all.into_iter().filter(|row| row.state == FILED).collect();
        let services = match kind {
            OrderKind::ChangeService | OrderKind::ChangeAccess | OrderKind::CancelService | OrderKind::CancelAccess => {
                vec![the_one(&all, new)?]
            }
            // The authority takes a change of the subject together with its services, as they are on file.
            OrderKind::ChangeSubject
            | OrderKind::ChangeFiling
            | OrderKind::CancelSubject
            | OrderKind::TransferAccount
            | OrderKind::First
            | OrderKind::AddHere
            | OrderKind::AddElsewhere
            | OrderKind::Access
            | OrderKind::Migrate
            | OrderKind::Claim => all,
        };
        let other = match kind {
            OrderKind::TransferAccount => Some(receiver(tx, account, new).await?),
            OrderKind::First
            | OrderKind::AddHere
            | OrderKind::AddElsewhere
            | OrderKind::Access
            | OrderKind::ChangeFiling
            | OrderKind::ChangeSubject
            | OrderKind::ChangeService
            | OrderKind::ChangeAccess
            | OrderKind::CancelService
            | OrderKind::CancelSubject
            | OrderKind::CancelAccess
            | OrderKind::Migrate
            | OrderKind::Claim => None,
        };
        let reason = if kind.is_cancellation() { Some(new.reason.ok_or_else(|| absent("/reason"))?) } else { None };
        let draft = self.subject_with_count(tx, &subject).await?;
        let (draft, target) = self.filled(tx, (&subject, draft), &services).await?;
        wanted(kind, &subject, (draft, Target { reason, other, ..target }))
    }

    /// Services of another subject that are to go to this one: their holder must consent.
    async fn migration(&self, tx: &mut Tx, account: AccountId, new: &NewOrder) -> Result<Wanted, Failure> {
        let asked = new.asked()?;
        let code = asked.nature;
        if i32::from(code) == PERSON {
            return Err(unfit(
                "/nature",
                "migrate.person",
                "迁移备案不能迁入个人主体 / A filing cannot migrate to a person",
            ));
        }
        let index = self.subject_index(&asked.certificate);
        let mut rows = Vec::new();
        for (place, number) in new.numbers.iter().enumerate() {
            let at = format!("/numbers/{place}");
            let found = store::ledger::service(tx, &number.to_string()).await?;
            let (row, subject) = found.filter(|(row, _)| row.state == FILED).ok_or_else(|| unknown(&at))?;
            if row.kind == "app" {
                return Err(unfit(&at, "migrate.app", "APP不能迁移备案 / An APP cannot migrate"));
            }
            rows.push((row, subject));
        }
        let Some((_, holder)) = rows.first().cloned() else { return Err(absent("/numbers")) };
        if rows.iter().any(|(_, subject)| subject.id != holder.id) {
            return Err(unfit(
                "/numbers",
                "migrate.one_subject",
                "一次只能迁出同一主体的服务 / Services of one subject migrate together",
            ));
        }
        if holder.subject_index == index || holder.account == account.uuid() {
            return Err(unfit("/numbers", "migrate.same", "该服务已在本主体或本账号下 / The service is here already"));
        }
        let mine = store::ledger::subject_with(tx, &index).await?;
        if let Some(mine) = mine.as_ref().filter(|mine| mine.account != account.uuid()) {
            return Err(elsewhere(mine));
        }
        let services: Vec<ServiceRow> = rows.into_iter().map(|(row, _)| row).collect();
        let (from, mut target) = self.filled(tx, (&holder, SubjectDraft::default()), &services).await?;
        let subject = match &mine {
            Some(row) => self.subject_with_count(tx, row).await?,
            None => SubjectDraft::default(),
        };
        // What the former holder wrote of its people stays with it.
        let services =
            from.services.into_iter().map(|service| ServiceDraft { principal: Default::default(), ..service });
        let draft = Draft {
            province: Some(asked.province),
            nature: Some(code),
            subject,
            services: services.collect(),
            ..Draft::default()
        };
        target.subject = mine.and_then(|row| row.number.parse().ok());
        target.other = Some(holder.account.into());
        let province = asked.province;
        Ok(Wanted { kind: OrderKind::Migrate, province, nature: code, subject: index, target, draft })
    }

    /// An earlier filing that is on file at the authority, and not in our ledger.
    async fn claim(&self, tx: &mut Tx, account: AccountId, new: &NewOrder) -> Result<Wanted, Failure> {
        let asked = new.asked()?;
        let code = asked.nature;
        let subject = new.subject.clone().ok_or_else(|| absent("/subject"))?;
        if new.numbers.is_empty() {
            return Err(absent("/numbers"));
        }
        if new.numbers.len() != new.services.len() || new.numbers.iter().any(|number| *number.subject() != subject) {
            return Err(unfit(
                "/numbers",
                "claim.numbers",
                "请为每个服务填写其备案号，且须属于该主体 / Give the number of each service; they belong to the subject",
            ));
        }
        for number in &new.numbers {
            if store::ledger::service(tx, &number.to_string()).await?.is_some() {
                return Err(unfit(
                    "/numbers",
                    "claim.known",
                    "该备案已在本平台的账号下 / This filing is held here already",
                ));
            }
        }
        let index = self.subject_index(&asked.certificate);
        if let Some(row) = store::ledger::subject_with(tx, &index).await?.filter(|row| row.account != account.uuid()) {
            return Err(elsewhere(&row));
        }
        let domains = new.services.iter().map(|service| super::ledger::ascii(service.domain.as_slice())).collect();
        let services = new.services.iter().map(|service| ServiceDraft {
            kind: service.kind,
            domains: service.domain.iter().cloned().collect(),
            ..ServiceDraft::default()
        });
        let draft = Draft {
            province: Some(asked.province),
            nature: Some(code),
            services: services.collect(),
            ..Draft::default()
        };
        let target = Target { subject: Some(subject), services: new.numbers.clone(), domains, ..Target::default() };
        let province = asked.province;
        Ok(Wanted { kind: OrderKind::Claim, province, nature: code, subject: index, target, draft })
    }

    /// A draft of what is on file, and what it is about.
    async fn filled(
        &self,
        tx: &mut Tx,
        (subject, draft): (&SubjectRow, SubjectDraft),
        services: &[ServiceRow],
    ) -> Result<(Draft, Target), Failure> {
        let ids: Vec<_> = services.iter().map(|row| row.id).collect();
        let domains = store::ledger::domains_of(tx, &ids).await?;
        let of =
            |row: &ServiceRow| domains.iter().filter(|(id, _)| *id == row.id).map(|(_, name)| name.clone()).collect();
        let target = Target {
            subject: subject.number.parse().ok(),
            services: services.iter().filter_map(|row| row.number.parse().ok()).collect(),
            domains: services.iter().map(of).collect(),
            ..Target::default()
        };
        let drafts = services.iter().map(|row| self.service_on_file(subject, row));
        let services = drafts.collect::<Result<Vec<_>, _>>()?;
        Ok((Draft { subject: draft, services, ..Draft::default() }, target))
    }
}

fn wanted(kind: OrderKind, subject: &SubjectRow, (draft, target): (Draft, Target)) -> Result<Wanted, Failure> {
    let broken = |what: &str| Failure::internal(format!("the ledger has a subject with a bad {what}"));
    let province = Province::of(&subject.province).ok_or_else(|| broken("province"))?;
    let nature = u16::try_from(subject.nature).or(Err(broken("nature")))?;
    let index = subject.subject_index.as_slice().try_into().or(Err(broken("index")))?;
    let draft = Draft { province: Some(province), nature: Some(nature), ..draft };
    Ok(Wanted { kind, province, nature, subject: index, target, draft })
}

/// The subject that is meant: by its number, or the account's only one.
async fn own_subject(tx: &mut Tx, account: AccountId, new: &NewOrder) -> Result<SubjectRow, Failure> {
    let held = store::ledger::subjects_of(tx, account).await?;
    let mut held: Vec<SubjectRow> = held.into_iter().filter(|row| row.state == FILED).collect();
    if let Some(number) = &new.subject {
        let number = number.to_string();
        return held.into_iter().find(|row| row.number == number).ok_or_else(|| unknown("/subject"));
    }
    if let Some(number) = new.numbers.first() {
        let number = number.subject().to_string();
        return held.into_iter().find(|row| row.number == number).ok_or_else(|| unknown("/numbers/0"));
    }
    match (held.pop(), held.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(absent("/subject")),
        (None, _) => Err(Failure::conflict("Nothing is filed in this account.").at(
            "",
            "ledger.empty",
            "本账号下还没有备案 / Nothing is filed in this account yet",
        )),
    }
}

fn the_one(all: &[ServiceRow], new: &NewOrder) -> Result<ServiceRow, Failure> {
    let [number] = new.numbers.as_slice() else {
        return Err(unfit(
            "/numbers",
            "order.one_service",
            "请填写一个服务备案号 / Name exactly one service by its number",
        ));
    };
    let number = number.to_string();
    all.iter().find(|row| row.number == number).cloned().ok_or_else(|| unknown("/numbers/0"))
}

/// The account that is to get a filing: not this one, without a subject of its own.
async fn receiver(tx: &mut Tx, account: AccountId, new: &NewOrder) -> Result<AccountId, Failure> {
    let to = new.to.ok_or_else(|| absent("/to"))?;
    if to == account {
        return Err(unfit("/to", "transfer.same", "不能转移给自己 / It is this account's already"));
    }
    if store::ledger::other_subjects(tx, to, None).await? > 0 {
        return Err(Failure::conflict("The receiving account is not free.").at(
            "/to",
            "transfer.receiver_has_subject",
            "接收账号已有备案主体，不能接收 / The receiving account holds a subject already",
        ));
    }
    Ok(to)
}

/// Word for word the same for what is not there and for what others hold.
fn unknown(pointer: &str) -> Failure {
    unfit(
        pointer,
        "ledger.unknown",
        "没有这个备案号，或不在本账号下 / There is no such number on file here, or not in this account",
    )
}

fn elsewhere(_row: &SubjectRow) -> Failure {
    let [zh, en] = domain::order::Conflict::SubjectElsewhere.texts();
    Failure::conflict("This cannot be filed as it is.").at(
        "/certificate",
        domain::order::Conflict::SubjectElsewhere.rule(),
        &format!("{zh} / {en}"),
    )
}
