//! An order as a file of the interface: one node for each kind of order, a file of this folder each. What they share is here
//! and in `subject` and `site`. It holds personal data only while it is being written.

mod access;
mod add;
mod cancel;
mod change;
mod first;
mod site;
mod subject;
#[cfg(test)]
mod tests;

use domain::{
    dossier::ServiceDraft, filing_number::ServiceNumber, host::DomainName, rules::kinds::OrderKind, text::Pii,
};

use super::xml::Element;
use crate::authority::{About, HeldSite, Operation, Submission, Trouble};

/// Ids that we give: a filing's services begin at its number times this, a service's parts likewise.
const PARTS: i64 = 1_000;

/// What the interface wants to know about us.
pub(super) struct Provider {
    /// `ispId`, `Qqdwid`.
    pub(super) id: i64,
    /// `Fbdd`.
    pub(super) location: u64,
    /// `Jrfs`.
    pub(super) access: u64,
    /// `ICPmm` where nobody knows it.
    pub(super) filing_password: String,
}

/// An order's file, and the name of its node.
pub(super) fn file(submission: &Submission, provider: &Provider) -> Result<(&'static str, Element), Trouble> {
    let (name, node) = match submission.plan.kind {
        OrderKind::First => ("XZBA", first::node(submission, provider)?),
        OrderKind::AddHere | OrderKind::AddElsewhere => ("XZWZ", add::node(submission, provider)?),
        OrderKind::Access => ("XZJR", access::node(submission, provider)?),
        OrderKind::ChangeFiling | OrderKind::ChangeSubject | OrderKind::ChangeService | OrderKind::ChangeAccess => {
            ("BGBA", change::node(submission, provider)?)
        }
        OrderKind::CancelService | OrderKind::CancelSubject | OrderKind::CancelAccess => {
            ("ZXBA", cancel::node(submission)?)
        }
        OrderKind::Migrate | OrderKind::TransferAccount | OrderKind::Claim => {
            return Err(Trouble::Unfit("the interface has no form for this kind of order"));
        }
    };
    let icp = Element::new("ICP").with(node).with(Element::leaf("Qqdwid", &provider.id));
    Ok((name, Element::new("UploadData").attribute("version", "V.3.0").with(icp)))
}

/// Under which ids the answers will come: our own for what is new, the authority's for the rest.
pub(super) fn marks(submission: &Submission) -> Result<Vec<About>, Trouble> {
    let operation = Operation::of(submission.plan.kind)
        .ok_or(Trouble::Unfit("the interface has no form for this kind of order"))?;
    let ids = match operation {
        Operation::First => vec![submission.record],
        Operation::AddService => parts(submission.record, submission.draft.services.len())?,
        Operation::AddAccess => parts(submission.record, access::sites(submission)?.len())?,
        Operation::Change => vec![subject_id(submission)?],
        Operation::CancelAccess | Operation::CancelSubject | Operation::CancelService => cancel::ids(submission)?,
    };
    if ids.is_empty() {
        return Err(Trouble::Unfit("there is nothing to send"));
    }
    Ok(ids.into_iter().map(|id| About { operation, id }).collect())
}

/// The id of the part at an index, counted from 1.
fn part(of: i64, index: usize) -> Result<i64, Trouble> {
    let index = i64::try_from(index).ok().filter(|index| *index < PARTS - 1);
    let id = index.and_then(|index| of.checked_mul(PARTS)?.checked_add(index)?.checked_add(1));
    id.ok_or(Trouble::Unfit("too many parts"))
}

fn parts(of: i64, count: usize) -> Result<Vec<i64>, Trouble> {
    (0..count).map(|index| part(of, index)).collect()
}

fn needed<T>(value: Option<T>, what: &'static str) -> Result<T, Trouble> {
    value.ok_or(Trouble::Unfit(what))
}

fn shown(value: Option<&Pii<String>>) -> Option<&str> {
    value.map(|pii| pii.reveal().trim()).filter(|text| !text.is_empty())
}

fn text(value: Option<&String>) -> Option<&str> {
    value.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// A number as the authority compares it: half width, without blanks, in capitals.
fn plain(raw: &str) -> String {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        other => other,
    };
    raw.chars().map(half).filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase()
}

/// The subject's id at the authority, where the form takes nothing else.
fn subject_id(submission: &Submission) -> Result<i64, Trouble> {
    let number = needed(submission.plan.target.subject.as_ref(), "the order names no subject's number")?;
    submission.held.subject.ok_or_else(|| Trouble::UnknownId { what: "Ztid", number: number.to_string() })
}

/// A site's ids at the authority, where the form takes nothing else.
fn site_ids<'a>(submission: &'a Submission, number: &str) -> Result<&'a HeldSite, Trouble> {
    let found = submission.held.sites.get(number);
    found.ok_or_else(|| Trouble::UnknownId { what: "Wzid", number: number.to_owned() })
}

/// Our access's id at a site.
fn access_id(submission: &Submission, number: &str) -> Result<i64, Trouble> {
    let access = site_ids(submission, number)?.access;
    access.ok_or_else(|| Trouble::UnknownId { what: "Jrid", number: number.to_owned() })
}

/// The draft's services with their numbers: by domain where we know whose it is, otherwise by their place in the order.
fn numbered(submission: &Submission) -> Result<Vec<(String, &ServiceDraft)>, Trouble> {
    let (services, targets) = (&submission.draft.services, &submission.plan.target.services);
    let in_place = services.len() == targets.len();
    let number = |index: usize, service: &ServiceDraft| {
        let domain = service.domains.first().and_then(|domain| DomainName::try_from(domain.as_str()).ok());
        let known = domain.and_then(|domain| submission.held.number_of(domain.ascii()).map(str::to_owned));
        known.or_else(|| targets.get(index).filter(|_| in_place).map(ServiceNumber::to_string))
    };
    let services = services.iter().enumerate().map(|(index, service)| {
        let number = number(index, service).ok_or(Trouble::Unfit("a service of the dossier has no filing number"))?;
        Ok((number, service))
    });
    services.collect()
}
