//! Opening: an order of the kind that the type check decides, or of one that the customer asks for what is on file, with its
//! draft filled from the ledger. The system decides what it can, the customer the rest.

use chassis::{clock::mint, db::Tx, failure::Failure, outbox};
use domain::{
    access::Actor,
    dossier::{CertificateDraft, Draft, ServiceDraft, SubjectDraft},
    filing_number::{ServiceNumber, SubjectNumber},
    id::{AccountId, OrderId},
    order::{Event, Order, Plan, Section, Target, Way},
    region::Province,
    rules::{explain, kinds::OrderKind, not_offered},
};
use serde::Deserialize;

use super::{
    App, doer,
    kind::{ServiceAsked, TypeAsked, nature, unfit},
    status::Status,
};
use crate::store::{self, ledger::SubjectRow, order::Stored};

/// A new order: either what the type check is asked, or a kind of what is on file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrder {
    /// A kind that its customer chooses: a change, a cancellation, a transfer, a migration, a claim. The system decides the rest.
    #[serde(default)]
    pub(crate) kind: Option<OrderKind>,
    #[serde(default)]
    pub(crate) province: Option<Province>,
    #[serde(default)]
    pub(crate) nature: Option<u16>,
    /// The subject's certificate number.
    #[serde(default)]
    pub(crate) certificate: Option<String>,
    /// The certificate's kind, a MIIT code; the usual one of the nature when absent.
    #[serde(default)]
    pub(crate) certificate_kind: Option<u16>,
    /// What is to be filed.
    #[serde(default)]
    pub(crate) services: Vec<ServiceAsked>,
    /// The subject on file; the account's only one when absent.
    #[serde(default)]
    pub(crate) subject: Option<SubjectNumber>,
    /// The services on file that it is about.
    #[serde(default)]
    pub(crate) numbers: Vec<ServiceNumber>,
    /// Why it is cancelled: a code of the interface.
    #[serde(default)]
    pub(crate) reason: Option<u16>,
    /// The account that gets the filing.
    #[serde(default)]
    pub(crate) to: Option<AccountId>,
    /// How the principal is verified; the provider's usual way when absent.
    #[serde(default)]
    pub(crate) way: Option<Way>,
}

impl NewOrder {
    /// What the type check is asked.
    pub(crate) fn asked(&self) -> Result<TypeAsked, Failure> {
        Ok(TypeAsked {
            province: self.province.ok_or_else(|| absent("/province"))?,
            nature: known_nature(self.nature)?,
            certificate: self.certificate.clone().ok_or_else(|| absent("/certificate"))?,
            certificate_kind: self.certificate_kind,
            services: self.services.clone(),
        })
    }
}

/// What an order is about, before it is one.
pub(super) struct Wanted {
    pub(super) kind: OrderKind,
    pub(super) province: Province,
    pub(super) nature: u16,
    /// The blind index of the subject's certificate: it never changes.
    pub(super) subject: [u8; 32],
    pub(super) target: Target,
    /// The draft as the ledger fills it.
    pub(super) draft: Draft,
}

impl App {
    /// Opens an order for an account.
    pub(crate) async fn open(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        account: AccountId,
        (new, status): (&NewOrder, &Status),
    ) -> Result<Stored, Failure> {
        let way = self.way(new.way)?;
        let wanted = match new.kind {
            Some(kind) => self.chosen(tx, account, kind, new).await?,
            None => self.decided(tx, account, (new, status)).await?,
        };
        let procedure = self.procedure(wanted.kind)?;
        let plan = Plan {
            kind: wanted.kind,
            province: wanted.province,
            way,
            eyes: self.settings.eyes,
            steps: procedure.steps,
            target: wanted.target.clone(),
        };
        let case = self.case_for(Some(plan.kind), Some(way), None);
        let pack = self.rules.now();
        let refused = not_offered(&wanted.draft, &pack, case);
        if !refused.is_empty() {
            return Err(explain(refused, &pack).into());
        }
        self.begin(tx, actor, account, (plan, wanted)).await
    }

    async fn begin(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        account: AccountId,
        (plan, wanted): (Plan, Wanted),
    ) -> Result<Stored, Failure> {
        let now = self.clock.now();
        let id: OrderId = mint();
        let (_, data_key) = self.keyring.mint(id.uuid())?;
        let empty = Stored {
            id,
            account,
            nature: wanted.nature,
            order: Order::open(plan),
            version: 0,
            subject_index: Some(wanted.subject.to_vec()),
            person_index: None,
            data_key,
            lanes: None,
            in_line_since: None,
            idle_since: now,
            reminded: 0,
            purged_at: None,
            created_at: now,
            touched_at: now,
        };
        let empty = self.with_person(empty, &wanted.draft).0;
        let (order, news) = self.opened(empty);
        let by = doer(actor);
        store::order::insert(tx, &order, &[Event::Opened], &by).await?;
        self.write(tx, &order, Section::Subject, &wanted.draft.subject).await?;
        self.write(tx, &order, Section::Services, &wanted.draft.services).await?;
        // The services' part has the subject's in it: phones are those of the whole draft.
        self.findable(tx, &order, (Section::Services, &wanted.draft)).await?;
        if let Some(numbers) = order.order.plan.target.numbers() {
            self.numbered(tx, order.id, &numbers).await?;
        }
        self.note(tx, &by, &order, "open").await?;
        outbox::put(tx, &news).await?;
        Ok(order)
    }

    pub(super) fn way(&self, asked: Option<Way>) -> Result<Way, Failure> {
        let usual = self.settings.ways.first().copied().ok_or_else(|| Failure::internal("no way is configured"))?;
        match asked {
            None => Ok(usual),
            Some(way) if self.settings.ways.contains(&way) => Ok(way),
            Some(_) => Err(Failure::rejected("This way of verification is not offered.", Vec::new()).at(
                "/way",
                "order.way_not_offered",
                "本平台目前不提供这种核验方式 / This way of verification is not offered here",
            )),
        }
    }

    /// The kind that the type check decides.
    async fn decided(
        &self,
        tx: &mut Tx,
        account: AccountId,
        (new, status): (&NewOrder, &Status),
    ) -> Result<Wanted, Failure> {
        let asked = new.asked()?;
        let found = self.type_of(tx, account, (&asked, status)).await?;
        let subject = match &found.subject {
            Some(row) => self.subject_with_count(tx, row).await?,
            None => blank_subject(&asked),
        };
        let mut services = Vec::new();
        for (index, service) in asked.services.iter().enumerate() {
            let filed = found.target.services.get(index);
            services.push(self.service_for(tx, filed, service).await?);
        }
        let draft =
            Draft { province: Some(asked.province), nature: Some(asked.nature), subject, services, ..Draft::default() };
        Ok(Wanted {
            kind: found.kind,
            province: asked.province,
            nature: asked.nature,
            subject: self.subject_index(&asked.certificate),
            target: found.target,
            draft,
        })
    }

    /// The subject on file, with how many services it has: persons may have only so many.
    pub(super) async fn subject_with_count(&self, tx: &mut Tx, row: &SubjectRow) -> Result<SubjectDraft, Failure> {
        let filed = store::ledger::filed_services(tx, &row.subject_index).await?;
        Ok(SubjectDraft { filed_services: u16::try_from(filed).ok(), ..self.subject_on_file(row)? })
    }

    /// The service as it is on file, or with what the type check was told.
    pub(super) async fn service_for(
        &self,
        tx: &mut Tx,
        filed: Option<&ServiceNumber>,
        asked: &ServiceAsked,
    ) -> Result<ServiceDraft, Failure> {
        let known = match filed {
            Some(number) => store::ledger::service(tx, &number.to_string()).await?,
            None => None,
        };
        match known {
            Some((row, subject)) => self.service_on_file(&subject, &row),
            None => Ok(ServiceDraft {
                kind: asked.kind,
                domains: asked.domain.iter().chain(&asked.others).cloned().collect(),
                ..ServiceDraft::default()
            }),
        }
    }
}

/// A subject that is not on file here, with what the type check was told.
fn blank_subject(asked: &TypeAsked) -> SubjectDraft {
    subject_with((&asked.certificate, asked.certificate_kind))
}

/// A subject of which only the certificate is known.
pub(super) fn subject_with((number, kind): (&str, Option<u16>)) -> SubjectDraft {
    let certificate = CertificateDraft { kind, number: Some(number.to_owned().into()), ..CertificateDraft::default() };
    SubjectDraft { certificate, ..SubjectDraft::default() }
}

/// A part of the question that this kind needs.
pub(super) fn absent(pointer: &str) -> Failure {
    unfit(pointer, "order.needed", "这种订单需要填写这一项 / This kind of order needs this")
}

/// What the rules say of a nature that is none, before anything is looked up.
pub(super) fn known_nature(code: Option<u16>) -> Result<u16, Failure> {
    let code = code.ok_or_else(|| absent("/nature"))?;
    nature(code).map(|_| code)
}
