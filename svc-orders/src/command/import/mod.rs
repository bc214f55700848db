//! Many services at once: a verdict on every row of a file before anything is created, then orders cut to the limits, all of
//! them or none. It knows no format of a file.

mod sheet;

use std::collections::{BTreeSet, HashMap};

use chassis::{db::Tx, failure::Failure};
use domain::{
    access::Actor,
    dossier::{Draft, ServiceDraft, SubjectDraft},
    host::DomainName,
    id::AccountId,
    member::Right,
    order::{Batch, NoRoom, Piece, Section, SubjectKnown, Way, cut, gather},
    region::Province,
    rules::{Case, Standing, room, violations},
    service::ServiceKind,
    text::Pii,
    violation::Violation,
};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;

pub(crate) use sheet::{Line, Reading, Sheet, Sketch, Verdict};

use super::{
    App, NewOrder, Status, TypeAsked,
    access::{Looked, own_resource},
    doer,
    draft::{keep_own, normal},
    kind::{ServiceAsked, nature},
    open::subject_with,
    status::certificate_kind,
};
use crate::store::{self, order::Stored};
use sheet::{moved, no_room, other_subject, twice};

/// How many rows a file may have: every row of a province with one service an order is an order of its own, and all of them
/// must fit into one transaction and one answer.
pub(crate) const MOST_ROWS: usize = 200;

/// How many subjects the authority is asked about at the same time.
const AT_ONCE: usize = 8;

/// A row of a file: what the type check is asked of a subject, and one service of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportRow {
    pub(crate) province: Province,
    pub(crate) nature: u16,
    /// The subject's certificate number.
    pub(crate) certificate: Pii<String>,
    /// The certificate's kind, a MIIT code; the usual one of the nature when absent.
    #[serde(default)]
    pub(crate) certificate_kind: Option<u16>,
    /// What is to be filed, as a draft has it.
    pub(crate) service: ServiceDraft,
}

impl ImportRow {
    /// The row, if the type check can be asked about its subject at all.
    pub(crate) fn checked(self) -> Result<Self, Failure> {
        nature(self.nature)?;
        if self.certificate.reveal().trim().is_empty() {
            return Err(super::open::absent("/certificate"));
        }
        Ok(self)
    }

    fn asked(&self) -> ServiceAsked {
        let mut domains = self.service.domains.iter().filter(|name| !name.trim().is_empty()).cloned();
        ServiceAsked { kind: self.service.kind, domain: domains.next(), others: domains.collect() }
    }
}

/// A subject of a file: all rows with its certificate.
struct Subject {
    index: [u8; 32],
    certificate: String,
    nature: u16,
    certificate_kind: Option<u16>,
    rows: Vec<usize>,
    status: Status,
}

/// What others know of the subjects and services of a file. It is asked before a transaction begins.
pub(crate) struct Known {
    subjects: Vec<Subject>,
    looked: Looked,
}

/// A subject as it would stand in a draft.
struct Standings {
    draft: SubjectDraft,
    known: SubjectKnown,
    standing: Standing,
}

impl App {
    /// Asks everybody who knows something of a file's rows: the authority once for each subject, the inventory once.
    pub(crate) async fn survey(&self, me: &Actor, account: AccountId, rows: &[Reading]) -> Result<Known, Failure> {
        let subjects = self.subjects(rows);
        self.db.read("member.rights", async |tx| self.must_have_all(tx, me, &subjects).await).await?;
        let asked = stream::iter(subjects.into_iter().map(async |subject| self.asked_authority(subject, rows).await));
        let subjects = asked.buffered(AT_ONCE).try_collect().await?;
        let services: Vec<_> = rows.iter().flatten().map(|row| row.service.clone()).collect();
        let looked = self.look(account, &services, super::Need::Perhaps).await?;
        Ok(Known { subjects, looked })
    }

    /// Says of every row what becomes of it, and which orders there would be. Nothing is written.
    pub(crate) async fn appraise(
        &self,
        tx: &mut Tx,
        account: AccountId,
        (rows, known, way): (&[Reading], &Known, Option<Way>),
    ) -> Result<Sheet, Failure> {
        let way = self.way(way)?;
        let mut sheet = Sheet::of(rows);
        twice(rows, &mut sheet);
        other_subject(&known.subjects, rows, &mut sheet);
        let mut standings = Vec::with_capacity(known.subjects.len());
        for subject in &known.subjects {
            let standing = self.standing(tx, account, subject).await?;
            self.kinds(tx, account, (subject, &standing, rows), &mut sheet).await?;
            standings.push(standing);
        }
        self.foreseen(tx, account, &known.looked, &mut sheet).await?;
        let judge = Judge { app: self, subjects: &known.subjects, standings: &standings, rows, way };
        judge.alone(&mut sheet);
        judge.together(&mut sheet);
        Ok(sheet)
    }

    /// Opens the orders of a sheet with the services of their rows.
    pub(crate) async fn import(
        &self,
        tx: &mut Tx,
        me: &Actor,
        account: AccountId,
        (rows, known, sheet, way): (&[Reading], &Known, &Sheet, Option<Way>),
    ) -> Result<Vec<Stored>, Failure> {
        self.must_have_all(tx, me, &known.subjects).await?;
        // Every order would lock its own in the right order, and two files might still wait for each other.
        let own: BTreeSet<&str> = rows.iter().flatten().filter_map(|row| own_resource(&row.service.access)).collect();
        for resource in own {
            store::code::lock_resource(tx, account, resource).await?;
        }
        let mut made = Vec::with_capacity(sheet.orders.len());
        for Sketch { batch, .. } in &sheet.orders {
            let rows: Vec<&ImportRow> = batch.rows.iter().filter_map(|row| rows.get(*row)?.as_ref().ok()).collect();
            let Some(subject) = known.subjects.get(batch.subject) else { continue };
            let new = NewOrder {
                province: Some(batch.province),
                nature: Some(subject.nature),
                certificate: Some(subject.certificate.clone()),
                certificate_kind: subject.certificate_kind,
                services: rows.iter().map(|row| row.asked()).collect(),
                way,
                ..NewOrder::default()
            };
            let opened = self.open(tx, me, account, (&new, &subject.status)).await?;
            let filled = self.draft(tx, &opened).await?.services;
            let services =
                filled.into_iter().zip(rows).map(|(filled, row)| sheet::over(filled, &row.service)).collect();
            let by = doer(me);
            let (services, _) = self.settle(tx, &by, &opened, (services, &known.looked)).await?;
            made.push(self.save(tx, &by, opened, (Section::Services, &services)).await?.0);
        }
        Ok(made)
    }

    fn subjects(&self, rows: &[Reading]) -> Vec<Subject> {
        let mut subjects: Vec<Subject> = Vec::new();
        let mut places: HashMap<[u8; 32], usize> = HashMap::new();
        for (place, row) in rows.iter().enumerate() {
            let Ok(row) = row else { continue };
            let index = self.subject_index(row.certificate.reveal());
            let at = *places.entry(index).or_insert(subjects.len());
            match subjects.get_mut(at) {
                Some(subject) => {
                    subject.rows.push(place);
                    subject.certificate_kind = subject.certificate_kind.or(row.certificate_kind);
                }
                None => subjects.push(Subject {
                    index,
                    certificate: normal(row.certificate.reveal()),
                    nature: row.nature,
                    certificate_kind: row.certificate_kind,
                    rows: vec![place],
                    status: Status::default(),
                }),
            }
        }
        subjects
    }

    /// 403 unless somebody may write drafts of every subject; a file that names none is about anybody.
    async fn must_have_all(&self, tx: &mut Tx, me: &Actor, subjects: &[Subject]) -> Result<(), Failure> {
        if subjects.is_empty() {
            return self.must_have(tx, me, (Right::Edit, None)).await;
        }
        for subject in subjects {
            self.must_have(tx, me, (Right::Edit, Some(&subject.index))).await?;
        }
        Ok(())
    }

    async fn asked_authority(&self, subject: Subject, rows: &[Reading]) -> Result<Subject, Failure> {
        let rows: Vec<&ImportRow> = subject.rows.iter().filter_map(|row| rows.get(*row)?.as_ref().ok()).collect();
        let Some(first) = rows.first() else { return Ok(subject) };
        // What is no domain is told with its row; the authority would refuse the whole question for it.
        let domains = rows.iter().flat_map(|row| &row.service.domains).filter(|name| is_domain(name));
        let service = |domain: &String| ServiceAsked {
            kind: ServiceKind::Website,
            domain: Some(domain.clone()),
            others: Vec::new(),
        };
        let asked = TypeAsked {
            province: first.province,
            nature: subject.nature,
            certificate: subject.certificate.clone(),
            certificate_kind: subject.certificate_kind,
            services: domains.map(service).collect(),
        };
        Ok(Subject { status: self.ask_authority(&asked).await?, ..subject })
    }

    async fn standing(&self, tx: &mut Tx, account: AccountId, subject: &Subject) -> Result<Standings, Failure> {
        let (row, known) = self.subject_at(tx, account, (&subject.index, &subject.status)).await?;
        let draft = match &row {
            Some(row) => self.subject_with_count(tx, row).await?,
            None => {
                let kind = certificate_kind(subject.nature, subject.certificate_kind);
                subject_with((&subject.certificate, kind))
            }
        };
        let others = store::ledger::other_subjects(tx, account, Some(&subject.index)).await?;
        let subjects_of_account = u16::try_from(others.saturating_add(1)).ok();
        Ok(Standings { draft, known, standing: Standing { subjects_of_account, ..Standing::default() } })
    }

    /// The kind of each row of a subject, and its service as a draft would have it.
    async fn kinds(
        &self,
        tx: &mut Tx,
        account: AccountId,
        (subject, standing, rows): (&Subject, &Standings, &[Reading]),
        sheet: &mut Sheet,
    ) -> Result<(), Failure> {
        for place in &subject.rows {
            let Some(Ok(row)) = rows.get(*place) else { continue };
            let Some(line) = sheet.standing(*place) else { continue };
            let asked = row.asked();
            let who = (account, subject.index.as_slice(), standing.known);
            match self.kind_of(tx, who, (row.province, &asked, &subject.status)).await {
                Ok((kind, number)) => {
                    line.kind = Some(kind);
                    let filled = self.service_for(tx, number.as_ref(), &asked).await?;
                    line.service = Some(sheet::over(filled, &row.service));
                }
                Err(failure) if failure.is_refusal() => line.refuse(moved(*place, failure.errors().to_vec())),
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    /// What speaks against the resources of the rows, counted over the whole file.
    async fn foreseen(
        &self,
        tx: &mut Tx,
        account: AccountId,
        looked: &Looked,
        sheet: &mut Sheet,
    ) -> Result<(), Failure> {
        let mut lines: Vec<(usize, &mut Line)> = sheet.lines.iter_mut().enumerate().collect();
        lines.retain(|(_, line)| line.service.is_some());
        let mut services: Vec<_> = lines.iter_mut().filter_map(|(_, line)| line.service.take()).collect();
        let found = self.foresee(tx, account, (&mut services, looked)).await?;
        let pack = self.rules.now();
        for (((place, line), service), mut found) in lines.into_iter().zip(services).zip(found) {
            for violation in &mut found {
                violation.pointer = format!("/rows/{place}/service/access{}", violation.pointer);
            }
            line.service = Some(service);
            line.found(found, &pack);
        }
        Ok(())
    }
}

fn is_domain(name: &str) -> bool {
    DomainName::try_from(name).is_ok()
}

/// Judges rows by the rules in force.
struct Judge<'a> {
    app: &'a App,
    subjects: &'a [Subject],
    standings: &'a [Standings],
    rows: &'a [Reading],
    way: Way,
}

impl Judge<'_> {
    /// A draft of a subject in a province with these services, and what it is checked for.
    fn draft(&self, batch: &Batch, sheet: &Sheet) -> (Draft, Case) {
        let (subject, standing) = (self.subjects.get(batch.subject), self.standings.get(batch.subject));
        let services = batch.rows.iter().filter_map(|row| sheet.lines.get(*row)?.service.clone()).collect();
        let draft = Draft {
            province: Some(batch.province),
            nature: subject.map(|subject| subject.nature),
            subject: standing.map(|standing| standing.draft.clone()).unwrap_or_default(),
            services,
            ..Draft::default()
        };
        let standing = standing.map(|standing| standing.standing).unwrap_or_default();
        (draft, Case { standing, ..self.app.case_for(Some(batch.kind), Some(self.way), None) })
    }

    /// Everything that is wrong with such a draft, as far as its order lets its customer write it.
    fn found(&self, batch: &Batch, sheet: &Sheet) -> Vec<Violation> {
        let pack = self.app.rules.now();
        let (draft, case) = self.draft(batch, sheet);
        let mut found = violations(&draft, &pack, case);
        if let Some(procedure) = pack.procedure(batch.kind) {
            keep_own(&mut found, &procedure.steps.sections, &pack);
        }
        found
    }

    fn pieces(&self, sheet: &Sheet) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (subject, of_subject) in self.subjects.iter().enumerate() {
            for place in &of_subject.rows {
                let (Some(Ok(row)), Some(line)) = (self.rows.get(*place), sheet.lines.get(*place)) else { continue };
                let Some(kind) = line.kind.filter(|_| line.stands()) else { continue };
                pieces.push(Piece { row: *place, subject, province: row.province, kind });
            }
        }
        pieces.sort_unstable_by_key(|piece| piece.row);
        pieces
    }

    /// Refuses what no draft can mend, each row for itself.
    fn alone(&self, sheet: &mut Sheet) {
        let pack = self.app.rules.now();
        for Piece { row, subject, province, kind } in self.pieces(sheet) {
            let batch = Batch { subject, province, kind, rows: vec![row] };
            let found = self.found(&batch, sheet);
            if found.iter().any(|found| found.blocks() && sheet::is_settled(&found.pointer)) {
                sheet.refuse(row, sheet::explained(sheet::of_row(row, 0, found), &pack));
            }
        }
    }

    /// Makes orders of the others, as many as the limits ask for, and judges each as the draft it would be.
    fn together(&self, sheet: &mut Sheet) {
        let pack = self.app.rules.now();
        for batch in gather(&self.pieces(sheet)) {
            let (draft, case) = self.draft(&batch, sheet);
            let room = room(&draft, &pack, case);
            let full = room.of_subject.as_ref().map(|(_, rule)| rule);
            let left = room.of_subject.as_ref().map(|(left, _)| *left);
            let (orders, none) = cut(&batch, room.of_order.and_then(std::num::NonZeroUsize::new), left);
            for (row, why) in none {
                let violation = match (why, full) {
                    (NoRoom::Full, Some(rule)) => sheet::explained(vec![sheet::whole(row, rule.clone())], &pack),
                    (NoRoom::Full, None) | (NoRoom::AfterFirst, _) => vec![no_room(row)],
                };
                sheet.refuse(row, violation);
            }
            for batch in orders {
                let found = self.found(&batch, sheet);
                sheet.order(batch, found, &pack);
            }
        }
        sheet.orders.sort_by_key(|sketch| sketch.batch.rows.first().copied());
        sheet.number();
    }
}
