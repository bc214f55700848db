//! What shall not be filed any more (`ZXBA`): the subject, services, or our accesses, by the authority's ids.

use domain::rules::kinds::OrderKind;

use super::{Element, Submission, Trouble, access_id, needed, site_ids, subject_id, text};

/// `Zxlb` of a subject.
const SUBJECT: u8 = 0;
/// `Zxlb` of a site.
const SITE: u8 = 1;
/// `Zxlb` of an access.
const ACCESS: u8 = 2;

/// The authority's ids of what is cancelled.
pub(super) fn ids(submission: &Submission) -> Result<Vec<i64>, Trouble> {
    let services = || submission.plan.target.services.iter().map(ToString::to_string);
    match class(submission.plan.kind)? {
        SUBJECT => Ok(vec![subject_id(submission)?]),
        SITE => services().map(|number| Ok(site_ids(submission, &number)?.id)).collect(),
        _ => services().map(|number| access_id(submission, &number)).collect(),
    }
}

/// The node of a cancellation.
pub(super) fn node(submission: &Submission) -> Result<Element, Trouble> {
    let class = class(submission.plan.kind)?;
    let reason = needed(submission.plan.target.reason, "the order names no reason for the cancellation")?;
    let note = text(submission.draft.subject.remark.as_ref());
    let entries = ids(submission)?.into_iter().map(|id| {
        Element::new("Zx_xx")
            .with(Element::leaf("Zxlb", &class))
            .with(Element::leaf("Jlid", &id))
            .with(Element::leaf("Zxly", &reason))
            .maybe("Zxlybz", note)
    });
    Ok(Element::new("ZXBA").with_all(entries))
}

fn class(kind: OrderKind) -> Result<u8, Trouble> {
    match kind {
        OrderKind::CancelSubject => Ok(SUBJECT),
        OrderKind::CancelService => Ok(SITE),
        OrderKind::CancelAccess => Ok(ACCESS),
        OrderKind::First
        | OrderKind::AddHere
        | OrderKind::AddElsewhere
        | OrderKind::Access
        | OrderKind::ChangeFiling
        | OrderKind::ChangeSubject
        | OrderKind::ChangeService
        | OrderKind::ChangeAccess
        | OrderKind::Migrate
        | OrderKind::TransferAccount
        | OrderKind::Claim => Err(Trouble::Unfit("it is no cancellation")),
    }
}
