//! Asking again what an order asked that came to nothing: the new order is decided anew, and its draft is what was written
//! before. What its customer agreed to is not taken over, and materials are taken over by svc-photo.

use chassis::{db::Tx, failure::Failure};
use domain::{
    access::Actor,
    dossier::{Draft, ServiceDraft, SubjectDraft},
    order::{Section, StateName},
    rules::kinds::OrderKind,
};

use super::{
    App, NewOrder, Status,
    access::Looked,
    doer,
    kind::{ServiceAsked, unfit},
};
use crate::store::order::Stored;

/// What an order asked, and what was written for it.
pub(crate) struct Again {
    source: Stored,
    draft: Draft,
    pub(crate) new: NewOrder,
}

impl App {
    /// What is to be asked again; 409 for an order that is under way or filed.
    pub(crate) async fn again(&self, source: &Stored) -> Result<Again, Failure> {
        match source.order.state.name() {
            StateName::Returned | StateName::Expired | StateName::Abandoned => {}
            StateName::Draft
            | StateName::AwaitingConsent
            | StateName::Reviewing
            | StateName::PhotoPending
            | StateName::PhotoReviewing
            | StateName::ToAuthority
            | StateName::AwaitingSms
            | StateName::AtAuthority
            | StateName::Filed => {
                return Err(Failure::conflict("This order is not one that came to nothing.").at(
                    "",
                    "order.clone_state",
                    "只有被退回、已放弃或已过期的订单可以复制 / Only an order that was returned, given up or expired is cloned",
                ));
            }
        }
        let draft = self.db.read("draft.read", async |tx| self.draft(tx, source).await).await?;
        let new = asked_by(source, &draft)?;
        Ok(Again { source: source.clone(), draft, new })
    }

    /// Asks the inventory of everybody on whose resources the draft runs. Call it before the transaction.
    pub(crate) async fn look_for(&self, again: &Again) -> Result<Looked, Failure> {
        self.look(again.source.account, &again.draft.services, super::Need::Perhaps).await
    }

    /// Opens the order, and writes into it what was written before as far as its kind lets its customer write it.
    pub(crate) async fn clone_order(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        again: &Again,
        (status, looked): (&Status, &Looked),
    ) -> Result<Stored, Failure> {
        let by = doer(actor);
        let mut order = self.open(tx, actor, again.source.account, (&again.new, status)).await?;
        let sections = order.order.plan.steps.sections.clone();
        if sections.contains(&Section::Subject) {
            let counted = self.draft(tx, &order).await?.subject.filed_services;
            let subject = SubjectDraft { filed_services: counted, ..again.draft.subject.clone() };
            order = self.save(tx, &by, order, (Section::Subject, &subject)).await?.0;
        }
        if sections.contains(&Section::Services) {
            let (services, _) = self.settle(tx, &by, &order, (again.draft.services.clone(), looked)).await?;
            order = self.save(tx, &by, order, (Section::Services, &services)).await?.0;
        }
        self.note(tx, &by, &again.source, "clone").await?;
        Ok(order)
    }
}

/// The question that leads to such an order. Where the draft differs from what was asked then, the draft is what is meant.
fn asked_by(source: &Stored, draft: &Draft) -> Result<NewOrder, Failure> {
    let plan = &source.order.plan;
    let (target, way) = (plan.target.clone(), Some(plan.way));
    let of_certificate = || {
        let number = draft.subject.certificate.number.as_ref().map(|number| number.reveal().clone());
        let services = draft.services.iter().enumerate();
        Ok(NewOrder {
            province: Some(plan.province),
            nature: Some(source.nature),
            certificate: Some(number.ok_or_else(nameless)?),
            certificate_kind: draft.subject.certificate.kind,
            services: services.map(|(place, service)| asked_of(service, target.domains.get(place))).collect(),
            way,
            ..NewOrder::default()
        })
    };
    let kind = Some(plan.kind);
    match plan.kind {
        OrderKind::First | OrderKind::AddHere | OrderKind::AddElsewhere | OrderKind::Access => of_certificate(),
        OrderKind::Migrate => {
            Ok(NewOrder { kind, numbers: target.services.clone(), services: Vec::new(), ..of_certificate()? })
        }
        OrderKind::Claim => {
            let (subject, numbers) = (target.subject.clone(), target.services.clone());
            Ok(NewOrder { kind, subject, numbers, ..of_certificate()? })
        }
        OrderKind::ChangeFiling
        | OrderKind::ChangeSubject
        | OrderKind::ChangeService
        | OrderKind::ChangeAccess
        | OrderKind::CancelService
        | OrderKind::CancelSubject
        | OrderKind::CancelAccess
        | OrderKind::TransferAccount => Ok(NewOrder {
            kind,
            subject: target.subject,
            numbers: target.services,
            reason: target.reason,
            to: target.other,
            way,
            ..NewOrder::default()
        }),
    }
}

fn asked_of(service: &ServiceDraft, asked: Option<&Vec<String>>) -> ServiceAsked {
    let asked = asked.map(Vec::as_slice).unwrap_or_default();
    let mut domains = if service.domains.is_empty() { asked.iter() } else { service.domains.iter() }.cloned();
    ServiceAsked { kind: service.kind, domain: domains.next(), others: domains.collect() }
}

fn nameless() -> Failure {
    unfit(
        "/subject/certificate/number",
        "order.clone_certificate",
        "原订单没有填写主体证件号码，请新建订单 / The order holds no certificate number: open a new one",
    )
}
