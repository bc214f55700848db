//! The sheet of verdicts: what becomes of each row of a file, and which orders there would be. It asks nobody.

use std::collections::HashMap;

use chassis::failure::FieldError;
use domain::{
    dossier::{ServiceDraft, ServicePrincipalDraft},
    host::DomainName,
    order::Batch,
    rules::{RulePack, explain, kinds::OrderKind},
    violation::{Severity, Violation},
};
use serde::Serialize;

use super::{ImportRow, Subject};

/// A row as it was read, or what is wrong with its cells.
pub(crate) type Reading = Result<ImportRow, Vec<FieldError>>;

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// Nothing in the row blocks: the subject, the materials and the consent are asked for in the draft.
    Ready,
    /// Something in the row blocks that its draft can mend.
    Incomplete,
    /// Nothing that is written in a draft could mend it: it becomes part of no order.
    Refused,
}

/// A row and its verdict.
pub(crate) struct Line {
    refused: bool,
    pub(crate) kind: Option<OrderKind>,
    /// The place of its order among those of the sheet.
    pub(crate) order: Option<usize>,
    /// Its service as a draft would have it.
    pub(super) service: Option<ServiceDraft>,
    pub(crate) violations: Vec<FieldError>,
}

impl Line {
    pub(crate) fn verdict(&self) -> Verdict {
        let blocks = |found: &FieldError| found.severity.is_none_or(|severity| severity == Severity::Blocks);
        if self.refused {
            Verdict::Refused
        } else if self.violations.iter().any(blocks) {
            Verdict::Incomplete
        } else {
            Verdict::Ready
        }
    }

    pub(super) fn stands(&self) -> bool {
        !self.refused
    }

    pub(super) fn refuse(&mut self, why: Vec<FieldError>) {
        self.refused = true;
        self.violations.extend(why);
    }

    pub(super) fn found(&mut self, found: Vec<Violation>, pack: &RulePack) {
        self.violations.extend(explained(found, pack));
    }
}

/// An order that would be made.
pub(crate) struct Sketch {
    pub(crate) batch: Batch,
    /// What is said of the order as a whole; nothing that blocks.
    pub(crate) violations: Vec<FieldError>,
}

/// The verdicts of a file.
pub(crate) struct Sheet {
    pub(crate) lines: Vec<Line>,
    pub(crate) orders: Vec<Sketch>,
}

impl Sheet {
    pub(super) fn of(rows: &[Reading]) -> Self {
        let line = |row: &Reading| {
            let violations = row.as_ref().err().cloned().unwrap_or_default();
            Line { refused: row.is_err(), kind: None, order: None, service: None, violations }
        };
        Self { lines: rows.iter().map(line).collect(), orders: Vec::new() }
    }

    /// What is wrong with the rows that are refused.
    pub(crate) fn refusals(&self) -> Vec<FieldError> {
        self.lines.iter().filter(|line| line.refused).flat_map(|line| line.violations.clone()).collect()
    }

    /// A row that is not refused yet.
    pub(super) fn standing(&mut self, row: usize) -> Option<&mut Line> {
        self.lines.get_mut(row).filter(|line| line.stands())
    }

    pub(super) fn refuse(&mut self, row: usize, why: Vec<FieldError>) {
        if let Some(line) = self.lines.get_mut(row) {
            line.refuse(why);
        }
    }

    /// Adds an order, and to its rows what the rules say of it.
    pub(super) fn order(&mut self, batch: Batch, found: Vec<Violation>, pack: &RulePack) {
        for (index, row) in batch.rows.iter().enumerate() {
            if let Some(line) = self.lines.get_mut(*row) {
                line.found(of_row(*row, index, found.clone()), pack);
            }
        }
        let whole = found.into_iter().filter(|found| found.pointer == "/services" && !found.blocks()).collect();
        self.orders.push(Sketch { batch, violations: explained(whole, pack) });
    }

    /// Tells each row which order it is part of.
    pub(super) fn number(&mut self) {
        for (place, sketch) in self.orders.iter_mut().enumerate() {
            for found in &mut sketch.violations {
                found.pointer = format!("/orders/{place}");
            }
            for row in &sketch.batch.rows {
                if let Some(line) = self.lines.get_mut(*row) {
                    line.order = Some(place);
                }
            }
        }
    }
}

/// Violations as every answer has them.
pub(super) fn explained(found: Vec<Violation>, pack: &RulePack) -> Vec<FieldError> {
    explain(found, pack).into_iter().map(FieldError::from).collect()
}

/// Whether a place of a draft is settled when its order is opened: what is wrong there stays wrong. Rules about the whole of a
/// draft say that it is not offered, or that the account has no room for the subject.
pub(super) fn is_settled(pointer: &str) -> bool {
    ["", "/province", "/nature"].contains(&pointer)
        || pointer.starts_with("/subject/certificate/number")
        || pointer.starts_with("/subject/certificate/kind")
        || pointer.strip_prefix("/services/0/domains").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What is said of a row, where it stands in a draft as the service with this index. What a row does not say is left out:
/// the rest of the subject, and the order as a whole.
pub(super) fn of_row(row: usize, index: usize, found: Vec<Violation>) -> Vec<Violation> {
    let own = format!("/services/{index}");
    let place = |pointer: &str| {
        let of_service = pointer.strip_prefix(&own).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let rest = match (of_service, pointer) {
            (Some(rest), _) => format!("/service{rest}"),
            (None, "/subject/certificate/number") => "/certificate".to_owned(),
            (None, "/subject/certificate/kind") => "/certificate_kind".to_owned(),
            (None, "" | "/province" | "/nature") => pointer.to_owned(),
            (None, _) => return None,
        };
        Some(format!("/rows/{row}{rest}"))
    };
    found.into_iter().filter_map(|found| Some(Violation { pointer: place(&found.pointer)?, ..found })).collect()
}

/// What is said of a row as a whole.
pub(super) fn whole(row: usize, found: Violation) -> Violation {
    Violation { pointer: format!("/rows/{row}"), ..found }
}

/// What the type check said of its question about one row, as it is said of the row.
pub(super) fn moved(row: usize, mut errors: Vec<FieldError>) -> Vec<FieldError> {
    for error in &mut errors {
        let rest = match error.pointer.strip_prefix("/services/0") {
            Some("/domain") => "/service/domains/0".to_owned(),
            Some(rest) => format!("/service{rest}"),
            None => error.pointer.clone(),
        };
        error.pointer = format!("/rows/{row}{rest}");
    }
    errors
}

/// What waits until the subject's first filing succeeded.
pub(super) fn no_room(row: usize) -> FieldError {
    refusal(
        format!("/rows/{row}"),
        "import.after_first",
        ["首次备案只能有一个订单，这一行放不下", "A first filing is one order, and it has no room for this row"],
        [
            "请在首次备案成功后再导入这一行，届时为新增服务。",
            "Import this row once the first filing succeeded; it is an addition then.",
        ],
    )
}

/// Refuses rows that name a domain which a row before them has for a service of the same kind.
pub(super) fn twice(rows: &[Reading], sheet: &mut Sheet) {
    let mut seen = HashMap::new();
    for (row, service) in rows.iter().enumerate().filter_map(|(place, row)| Some((place, &row.as_ref().ok()?.service)))
    {
        for (item, name) in service.domains.iter().enumerate() {
            let Ok(name) = DomainName::try_from(name.as_str()) else { continue };
            let before = *seen.entry((service.kind, name.ascii().to_owned())).or_insert(row);
            if before != row {
                let number = before.saturating_add(1);
                let zh = format!("与第{number}行的域名相同");
                let en = format!("Row {number} has the same domain");
                let fix = ["请删去重复的一行。", "Remove one of the two rows."];
                let pointer = format!("/rows/{row}/service/domains/{item}");
                sheet.refuse(row, vec![refusal(pointer, "import.domain_twice", [&zh, &en], fix)]);
            }
        }
    }
}

/// Refuses rows that say something else of a subject than the first row with its certificate.
pub(super) fn other_subject(subjects: &[Subject], rows: &[Reading], sheet: &mut Sheet) {
    for subject in subjects {
        for place in &subject.rows {
            let Some(Ok(row)) = rows.get(*place) else { continue };
            let kind = row.certificate_kind.is_some() && row.certificate_kind != subject.certificate_kind;
            let fields = [("nature", row.nature != subject.nature), ("certificate_kind", kind)];
            for (field, _) in fields.into_iter().filter(|(_, differs)| *differs) {
                let texts = ["与同一证件的第一行不一致", "The first row with this certificate says something else"];
                let fix = [
                    "同一证件的各行应填写相同的主体性质和证件类型。",
                    "Give the same nature and kind of certificate in all its rows.",
                ];
                let pointer = format!("/rows/{place}/{field}");
                sheet.refuse(*place, vec![refusal(pointer, "import.subject_differs", texts, fix)]);
            }
        }
    }
}

fn refusal(pointer: String, rule: &str, texts: [&str; 2], [fix, fix_en]: [&str; 2]) -> FieldError {
    let (fix, fix_en) = (Some(fix.to_owned()), Some(fix_en.to_owned()));
    FieldError { fix, fix_en, severity: Some(Severity::Blocks), ..FieldError::new(pointer, rule, texts) }
}

/// A service as the record fills it, with what a row says of it instead.
pub(super) fn over(filled: ServiceDraft, row: &ServiceDraft) -> ServiceDraft {
    fn of<T: Clone>(mine: &[T], theirs: Vec<T>) -> Vec<T> {
        if mine.is_empty() { theirs } else { mine.to_vec() }
    }
    ServiceDraft {
        kind: row.kind,
        name: row.name.clone().or(filled.name),
        domains: of(&row.domains, filled.domains),
        registrations: of(&row.registrations, filled.registrations),
        platforms: of(&row.platforms, filled.platforms),
        home_url: row.home_url.clone().or(filled.home_url),
        contents: of(&row.contents, filled.contents),
        languages: of(&row.languages, filled.languages),
        preapprovals: row.preapprovals.clone().or(filled.preapprovals),
        remark: row.remark.clone().or(filled.remark),
        access: row.access.clone(),
        principal: if row.principal == ServicePrincipalDraft::default() {
            filled.principal
        } else {
            row.principal.clone()
        },
    }
}
