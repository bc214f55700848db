//! Which kind of order it is: what the ledger knows of subject and services, put before the domain's table. It creates nothing.

use std::iter;

use chassis::{db::Tx, failure::Failure};
use domain::{
    company::Nature,
    filing_number::{ServiceNumber, SubjectNumber},
    host::DomainName,
    id::AccountId,
    order::{Conflict, FiledBy, Holder, PrincipalRole, Principals, ServiceKnown, SubjectKnown, Target, type_of_all},
    region::Province,
    rules::{Procedure, kinds::OrderKind},
    service::ServiceKind,
};
use serde::Deserialize;

use super::{
    App,
    ledger::{ACCESS_CANCELLED, FILED, kind_name},
    status::Status,
};
use crate::store::{self, ledger::SubjectRow};

/// What is asked of the type check.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypeAsked {
    pub(crate) province: Province,
    pub(crate) nature: u16,
    /// The subject's certificate number.
    pub(crate) certificate: String,
    /// The certificate's kind, a MIIT code; the usual one of the nature when absent.
    #[serde(default)]
    pub(crate) certificate_kind: Option<u16>,
    /// What is to be filed.
    pub(crate) services: Vec<ServiceAsked>,
}

/// A service to be filed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceAsked {
    #[serde(default)]
    pub(crate) kind: ServiceKind,
    /// Its domain; an APP may have none.
    #[serde(default)]
    pub(crate) domain: Option<String>,
    /// Further ones, which only a row of a file has.
    #[serde(skip)]
    pub(crate) others: Vec<String>,
}

/// What the type check found.
pub(crate) struct TypeFound {
    pub(crate) kind: OrderKind,
    /// What is filed already, and the domains that were asked about.
    pub(crate) target: Target,
    /// The subject on file here.
    pub(crate) subject: Option<SubjectRow>,
    /// Who will get an SMS.
    pub(crate) sms: Principals,
    /// How this kind goes.
    pub(crate) procedure: Procedure,
}

/// A service as the ledger knows it.
struct Found {
    known: ServiceKnown,
    number: Option<ServiceNumber>,
    domains: Vec<String>,
}

impl Found {
    /// With what the authority has on file, where our ledger has nothing.
    fn with(mut self, status: &Status) -> Self {
        let told = status.services.iter().find(|one| one.filed && self.domains.contains(&one.domain));
        let Some(told) = told.filter(|_| self.known.filed_by.is_none()) else { return self };
        let own = status.subject.number.is_some() && told.subject_number == status.subject.number;
        let filed_by = if own { FiledBy::ThisSubject } else { FiledBy::AnotherSubject };
        self.known = ServiceKnown { filed_by: Some(filed_by), here: None };
        self.number = told.number.clone();
        self
    }
}

impl App {
    /// Decides the kind; a conflict is a 409 that says what to do.
    pub(crate) async fn type_of(
        &self,
        tx: &mut Tx,
        account: AccountId,
        (asked, status): (&TypeAsked, &Status),
    ) -> Result<TypeFound, Failure> {
        nature(asked.nature)?;
        if asked.services.is_empty() {
            return Err(unfit(
                "/services",
                "type.services",
                "请至少填写一个网站或APP / Name at least one website or APP",
            ));
        }
        let index = self.subject_index(&asked.certificate);
        let (row, subject) = self.subject_at(tx, account, (&index, status)).await?;
        let mut services = Vec::new();
        for (place, service) in asked.services.iter().enumerate() {
            let found = self.service_known(tx, (account, &index), (place, service)).await?;
            services.push(found.with(status));
        }
        let known: Vec<ServiceKnown> = services.iter().map(|service| service.known).collect();
        let kind = type_of_all(subject, &known, self.shell_adds(asked.province)).map_err(conflict)?;
        let number = row.as_ref().and_then(|row| row.number.parse::<SubjectNumber>().ok());
        let number = number.or_else(|| status.subject.number.clone());
        let target = Target {
            subject: number,
            services: services.iter().filter_map(|service| service.number.clone()).collect(),
            domains: services.into_iter().map(|service| service.domains).collect(),
            ..Target::default()
        };
        let everybody = Principals::from([PrincipalRole::Subject, PrincipalRole::Service]);
        let sms = self.rules.now().sms_principals(kind, &everybody, &everybody);
        Ok(TypeFound { kind, target, subject: row, sms, procedure: self.procedure(kind)? })
    }

    /// The kind for one service of a subject that was looked up, and its number where it is filed already; a conflict as
    /// [`Self::type_of`] tells it.
    pub(super) async fn kind_of(
        &self,
        tx: &mut Tx,
        (account, index, subject): (AccountId, &[u8], SubjectKnown),
        (province, asked, status): (Province, &ServiceAsked, &Status),
    ) -> Result<(OrderKind, Option<ServiceNumber>), Failure> {
        let found = self.service_known(tx, (account, index), (0, asked)).await?.with(status);
        let kind = type_of_all(subject, &[found.known], self.shell_adds(province)).map_err(conflict)?;
        Ok((kind, found.number))
    }

    /// How a kind of order goes.
    pub(crate) fn procedure(&self, kind: OrderKind) -> Result<Procedure, Failure> {
        let found = self.rules.now().procedure(kind).cloned();
        found.ok_or_else(|| Failure::internal(format!("the rule packs do not say how {kind} goes")))
    }

    /// A subject as our ledger and the authority know it.
    pub(super) async fn subject_at(
        &self,
        tx: &mut Tx,
        account: AccountId,
        (index, status): (&[u8], &Status),
    ) -> Result<(Option<SubjectRow>, SubjectKnown), Failure> {
        let row = store::ledger::subject_with(tx, index).await?;
        let mut subject = self.subject_known(tx, account, row.as_ref()).await?;
        subject.filed |= status.subject.filed;
        // Our ledger does not see what other providers serve.
        subject.shell = status.subject.shell.unwrap_or(subject.shell);
        Ok((row, subject))
    }

    async fn subject_known(
        &self,
        tx: &mut Tx,
        account: AccountId,
        row: Option<&SubjectRow>,
    ) -> Result<SubjectKnown, Failure> {
        let Some(row) = row else { return Ok(SubjectKnown::default()) };
        let services = store::ledger::services_of(tx, row.id).await?;
        let shell = !services.iter().any(|service| service.state == FILED || service.state == ACCESS_CANCELLED);
        Ok(SubjectKnown { filed: true, shell, here: Some(holder(account, row.account.into())) })
    }

    async fn service_known(
        &self,
        tx: &mut Tx,
        (account, subject): (AccountId, &[u8]),
        (place, asked): (usize, &ServiceAsked),
    ) -> Result<Found, Failure> {
        let at = format!("/services/{place}/domain");
        let Some(domain) = &asked.domain else {
            return match asked.kind {
                ServiceKind::App => Ok(Found { known: ServiceKnown::default(), number: None, domains: Vec::new() }),
                ServiceKind::Website => Err(unfit(&at, "type.domain", "网站必须填写域名 / A website has a domain")),
            };
        };
        let mut found = Found { known: ServiceKnown::default(), number: None, domains: Vec::new() };
        let others =
            asked.others.iter().zip(1..).map(|(other, item)| (format!("/services/{place}/domains/{item}"), other));
        for (at, domain) in iter::once((at, domain)).chain(others) {
            let domain = DomainName::try_from(domain.as_str())
                .map_err(|error| unfit(&at, "national.domain.form", &format!("域名格式不正确 / {error}")))?;
            for holds in store::ledger::holders(tx, domain.ascii()).await? {
                // An APP may share a domain with a website, of whomever. One that another subject holds decides for all.
                if holds.kind != kind_name(asked.kind) || found.known.filed_by == Some(FiledBy::AnotherSubject) {
                    continue;
                }
                let own = holds.subject_index == subject;
                let here = (holds.state == FILED).then(|| holder(account, holds.account.into()));
                let filed_by = if own { FiledBy::ThisSubject } else { FiledBy::AnotherSubject };
                found.known = ServiceKnown { filed_by: Some(filed_by), here };
                found.number = holds.number.parse().ok();
            }
            found.domains.push(domain.ascii().to_owned());
        }
        Ok(found)
    }

    /// Whether the province lets a subject without services add one directly: its file says so, or not.
    fn shell_adds(&self, province: Province) -> bool {
        let pack = self.rules.now();
        pack.advice().iter().any(|row| {
            row.id.as_str().ends_with(".shell_adds") && row.when.provinces.contains(&province) && {
                let today = self.today();
                row.from <= today && row.until.is_none_or(|until| today < until)
            }
        })
    }
}

fn holder(account: AccountId, holds: AccountId) -> Holder {
    if account == holds { Holder::ThisAccount } else { Holder::AnotherAccount }
}

/// A conflict as an answer: 409 at the part of the question that it is about.
fn conflict((conflict, service): (Conflict, Option<usize>)) -> Failure {
    let [zh, en] = conflict.texts();
    let at = service.map_or_else(|| "/certificate".to_owned(), |index| format!("/services/{index}"));
    Failure::conflict("This cannot be filed as it is.").at(at, conflict.rule(), &format!("{zh} / {en}"))
}

/// A question that cannot be answered.
pub(crate) fn unfit(pointer: &str, rule: &str, message: &str) -> Failure {
    Failure::rejected("This cannot be ordered as it is asked.", Vec::new()).at(pointer, rule, message)
}

pub(crate) fn nature(code: u16) -> Result<Nature, Failure> {
    Nature::try_from(code).map_err(|_unknown| {
        unfit("/nature", "national.nature.known", "没有这种主体性质 / There is no such nature of a subject")
    })
}
