//! Writing a draft: sections are sealed as they are, checked by the rules, and handed in when nothing is missing.

use std::collections::BTreeSet;

use chassis::{
    db::Tx,
    failure::Failure,
    seal::{DataKey, Place},
};
use domain::{
    dossier::{Attached, Checked, Draft, PrincipalDraft, complete, unjudged},
    order::{Command, Readiness, Section},
    rules::{Case, Explained, MaterialNeed, RulePack, checklist, explain, violations},
    service::ServiceKind,
    violation::Violation,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{App, Version, access::with_findings, refused};
use crate::store::{
    self,
    order::{Doer, Rivals, Stored},
};

/// A draft as it stands: what is attached, what is wrong.
pub(crate) struct Written {
    pub(crate) needs: Vec<(MaterialNeed, bool)>,
    pub(crate) violations: Vec<Explained>,
}

/// The person whom the face check must recognise, for the one service that asks.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) number: String,
    /// The fingerprint, in hexadecimal digits.
    pub(crate) fingerprint: String,
}

impl App {
    /// Saves a section of a draft that is locked.
    pub(crate) async fn save(
        &self,
        tx: &mut Tx,
        by: &Doer,
        before: Stored,
        (section, value): (Section, &(impl Serialize + Sync)),
    ) -> Result<(Stored, Written), Failure> {
        self.write(tx, &before, section, value).await?;
        let draft = self.draft(tx, &before).await?;
        self.findable(tx, &before, (section, &draft)).await?;
        let (before, principal_changed) = self.with_person(before, &draft);
        let after = self.apply(tx, by, before, &Command::Save { section, principal_changed }).await?;
        let written = self.check(tx, &after, &draft).await?;
        Ok((after, written))
    }

    /// Corrects a section for a customer who consented (协助更改).
    pub(crate) async fn assist(
        &self,
        tx: &mut Tx,
        by: &Doer,
        before: Stored,
        (section, value): (Section, &(impl Serialize + Sync)),
    ) -> Result<Stored, Failure> {
        let command = Command::AssistEdit { section, by: domain::access::StaffId::new(by.actor.clone()) };
        self.write(tx, &before, section, value).await?;
        let draft = self.draft(tx, &before).await?;
        self.findable(tx, &before, (section, &draft)).await?;
        let (before, another_person) = self.with_person(before, &draft);
        if another_person {
            return Err(Failure::conflict("A correction cannot name another person to be verified.").at(
                "/subject/principal",
                "order.assist_person",
                "协助更改不能更换需要核验的负责人，请退回由客户修改 / Send it back: only the customer can name another principal",
            ));
        }
        let after = self.apply(tx, by, before, &command).await?;
        // The order is in review: what is corrected must still be complete.
        let rivals = store::order::rivals(tx, &after).await?;
        self.judge(tx, &after, &draft, &rivals).await?;
        Ok(after)
    }

    /// Hands the order in, or says everything that is wrong with it. `settled` is its draft, if it was read already.
    pub(crate) async fn submit(
        &self,
        tx: &mut Tx,
        by: &Doer,
        before: Stored,
        settled: Option<Draft>,
    ) -> Result<Stored, Failure> {
        // The state first: who submits twice should hear that, and not a list of rules.
        if !before.order.state.name().is_editable() {
            let state = before.order.state.name();
            return Err(refused(&domain::order::Refusal::NotNow { state, command: "submit" }));
        }
        let draft = match settled {
            Some(draft) => draft,
            None => self.draft(tx, &before).await?,
        };
        let rivals = store::order::rivals(tx, &before).await?;
        let ready = self.judge(tx, &before, &draft, &rivals).await?;
        let before = Stored { lanes: Some(rivals.free_lanes()), in_line_since: None, ..before };
        self.apply(tx, by, before, &Command::Submit(ready)).await
    }

    /// Says that the draft is complete, or everything that is wrong with it.
    pub(super) async fn judge(
        &self,
        tx: &mut Tx,
        order: &Stored,
        draft: &Draft,
        rivals: &Rivals,
    ) -> Result<Readiness, Failure> {
        let pack = self.rules.now();
        let case = self.case(tx, order, rivals).await?;
        if !self.procedure(order.order.plan.kind)?.judged {
            let limits = limits(&pack, case);
            return if limits.is_empty() { Ok(unjudged(draft, &pack)) } else { Err(explain(limits, &pack).into()) };
        }
        let attached = store::material::attached(tx, order.id).await?;
        let strange = self.strange(order, draft);
        let findings = store::access::findings(tx, order.id).await?;
        let (ready, mut found) = match with_findings(complete(draft, &attached, &pack, case), findings) {
            Ok(Checked { readiness, warnings, .. }) => (Some(readiness), warnings),
            Err(found) => (None, found),
        };
        found.extend(strange);
        keep_own(&mut found, &order.order.plan.steps.sections, &pack);
        if found.iter().any(Violation::blocks) {
            return Err(explain(found, &pack).into());
        }
        // What its customer cannot write was judged when it was filed.
        Ok(ready.unwrap_or_else(|| unjudged(draft, &pack)))
    }

    /// What differs from what the type check was told: its answers are frozen.
    fn strange(&self, order: &Stored, draft: &Draft) -> Vec<Violation> {
        let plan = &order.order.plan;
        let mut found = Vec::new();
        let number = draft.subject.certificate.number.as_ref().map(|number| normal(number.reveal()));
        let index = number.filter(|number| !number.is_empty()).map(|number| self.subject_index(&number).to_vec());
        if index.is_some() && index != order.subject_index {
            found.push(frozen("/subject/certificate/number".to_owned()));
        }
        for (place, service) in draft.services.iter().enumerate() {
            let names = super::ledger::ascii(&service.domains);
            let allowed = plan.target.domains.get(place).map(Vec::as_slice).unwrap_or_default();
            // An APP that was asked about without a domain may name one.
            let free = allowed.is_empty() && service.kind == ServiceKind::App;
            let strange = names.iter().enumerate().filter(|(_, name)| !free && !allowed.contains(name));
            found.extend(strange.map(|(item, _)| frozen(format!("/services/{place}/domains/{item}"))));
        }
        found
    }

    /// The draft with everything that is wrong with it.
    pub(crate) async fn written(&self, tx: &mut Tx, order: &Stored) -> Result<Written, Failure> {
        let draft = self.draft(tx, order).await?;
        self.check(tx, order, &draft).await
    }

    /// Everything that is wrong with a draft that is open already, and the materials that it needs.
    pub(crate) async fn check(&self, tx: &mut Tx, order: &Stored, draft: &Draft) -> Result<Written, Failure> {
        let pack = self.rules.now();
        let rivals = store::order::rivals(tx, order).await?;
        let case = self.case(tx, order, &rivals).await?;
        if !self.procedure(order.order.plan.kind)?.judged {
            return Ok(Written { needs: Vec::new(), violations: explain(limits(&pack, case), &pack) });
        }
        let attached = store::material::attached(tx, order.id).await?;
        let findings = store::access::findings(tx, order.id).await?;
        let mut violations = match with_findings(complete(draft, &attached, &pack, case), findings) {
            Ok(checked) => checked.warnings,
            Err(violations) => violations,
        };
        violations.extend(self.strange(order, draft));
        keep_own(&mut violations, &order.order.plan.steps.sections, &pack);
        let needs = checklist(draft, &pack, case).into_iter().map(|need| there(need, &attached)).collect();
        Ok(Written { needs, violations: explain(violations, &pack) })
    }

    /// The draft, opened.
    pub(crate) async fn draft(&self, tx: &mut Tx, order: &Stored) -> Result<Draft, Failure> {
        if order.purged_at.is_some() {
            return Err(Failure::not_found("What this order held was deleted after its time."));
        }
        let key = self.keyring.unwrap(order.id.uuid(), &order.data_key)?;
        let mut draft =
            Draft { province: Some(order.order.plan.province), nature: Some(order.nature), ..Draft::default() };
        for (section, sealed) in store::draft::all(tx, order.id).await? {
            match section.as_str() {
                "subject" => draft.subject = opened(&key, order, Section::Subject, &sealed)?,
                "services" => draft.services = opened(&key, order, Section::Services, &sealed)?,
                "consent" => draft.consent = opened(&key, order, Section::Consent, &sealed)?,
                other => return Err(Failure::internal(format!("a draft has no section {other}"))),
            }
        }
        Ok(draft)
    }

    /// The person to be recognised; 409 while the draft does not name one.
    pub(crate) fn person(&self, draft: &Draft) -> Result<Person, Failure> {
        let person = draft.person_to_verify();
        let index = self.person_index(&person);
        let (Some(index), Some(name), Some(number)) = (index, &person.name, &person.certificate.number) else {
            return Err(Failure::conflict("The draft does not name the person to be verified yet.").at(
                "/subject/principal",
                "order.person_missing",
                "请先填写服务负责人的姓名和证件号码 / Enter the principal's name and certificate number first",
            ));
        };
        Ok(Person {
            name: name.reveal().trim().to_owned(),
            number: normal(number.reveal()),
            fingerprint: hex::encode(index),
        })
    }

    /// The blind index of a subject's certificate number.
    pub(crate) fn subject_index(&self, number: &str) -> [u8; 32] {
        self.keyring.blind_index("subject", &normal(number))
    }

    fn person_index(&self, person: &PrincipalDraft) -> Option<[u8; 32]> {
        let name = person.name.as_ref()?.reveal().trim().to_owned();
        let number = normal(person.certificate.number.as_ref()?.reveal());
        let filled = !name.is_empty() && !number.is_empty();
        filled.then(|| self.keyring.blind_index("person", &format!("{number}|{name}")))
    }

    pub(super) async fn write(
        &self,
        tx: &mut Tx,
        order: &Stored,
        section: Section,
        value: &(impl Serialize + Sync),
    ) -> Result<(), Failure> {
        let key = self.keyring.unwrap(order.id.uuid(), &order.data_key)?;
        let bytes = serde_json::to_vec(value).map_err(Failure::internal)?;
        let sealed = key.seal(place(order, section), &bytes)?;
        store::draft::put(tx, order.id, section, &sealed).await
    }

    /// The order with the fingerprint of the person to be verified now, and whether it is another one.
    pub(super) fn with_person(&self, order: Stored, draft: &Draft) -> (Stored, bool) {
        let person = self.person_index(&draft.person_to_verify()).map(|index| index.to_vec());
        let changed = person != order.person_index;
        (Stored { person_index: person, ..order }, changed)
    }
}

/// Leaves out what the rules say of parts that this kind of order takes over from the record as they are. Materials stay.
pub(super) fn keep_own(found: &mut Vec<Violation>, sections: &BTreeSet<Section>, pack: &RulePack) {
    let taken_over = |pointer: &str| {
        (pointer.starts_with("/subject") && !sections.contains(&Section::Subject))
            || (pointer.starts_with("/services/") && !sections.contains(&Section::Services))
    };
    found.retain(|one| !taken_over(&one.pointer) || pack.rule(one.rule.as_str()).is_none());
}

/// What the limits alone say: they hold for kinds without a draft, too.
fn limits(pack: &RulePack, case: Case) -> Vec<Violation> {
    violations(&Draft::default(), pack, case).into_iter().filter(|found| found.pointer.is_empty()).collect()
}

fn frozen(pointer: String) -> Violation {
    Violation {
        fix_zh: Some("类型校验时填写的信息在订单中不能更改；如填写有误，请放弃本订单后重新开始。".to_owned()),
        fix_en: Some(
            "What the type check was told is frozen. If it was wrong, abandon this order and begin anew.".to_owned(),
        ),
        ..Violation::blocking(
            pointer,
            "order.frozen",
            "与类型校验时填写的不一致",
            "This differs from what the type check was told",
        )
    }
}

/// Locks an order of an account for a change meant for a version.
pub(crate) async fn locked(tx: &mut Tx, id: domain::id::OrderId, want: Version) -> Result<Stored, Failure> {
    let order = store::order::lock(tx, id).await?;
    want.accepts(order.version)?;
    Ok(order)
}

fn there(need: MaterialNeed, attached: &Attached) -> (MaterialNeed, bool) {
    let there = attached.has(&need.kind, need.service);
    (need, there)
}

fn place(order: &Stored, section: Section) -> Place<'static> {
    Place { table: "draft_section", column: section.name(), row: order.id.uuid() }
}

fn opened<T: DeserializeOwned>(key: &DataKey, order: &Stored, section: Section, sealed: &[u8]) -> Result<T, Failure> {
    let bytes = key.open(place(order, section), sealed)?;
    // The error of serde may quote the value.
    serde_json::from_slice(&bytes).map_err(|_may_quote| Failure::internal("a sealed section cannot be read"))
}

/// A number as fingerprints compare it.
pub(super) fn normal(number: &str) -> String {
    number.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}
