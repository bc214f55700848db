//! Services more for a subject that is filed (`XZWZ`), here or elsewhere: the authority's id of the subject where we know it,
//! its number otherwise.

use super::{Element, Provider, Submission, Trouble, needed, part, site};

/// The node of new services.
pub(super) fn node(submission: &Submission, provider: &Provider) -> Result<Element, Trouble> {
    let Submission { record, plan, draft, held, .. } = submission;
    let number = needed(plan.target.subject.as_ref(), "the order names no subject's number")?;
    let subject = match held.subject {
        Some(id) => Element::leaf("Ztid", &id),
        None => Element::leaf("Ztbah", number),
    };
    let mut added = Element::new("Xzxx").with(Element::new("Zt_xx").with(subject));
    for (index, service) in draft.services.iter().enumerate() {
        added = added.with(site::new(part(*record, index)?, service, draft, provider)?);
    }
    Ok(Element::new("XZWZ").with(added))
}
