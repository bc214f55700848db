//! A first filing (`XZBA`): the subject, and its sites.

use super::{Element, Provider, Submission, Trouble, part, site, subject};

/// The node of a first filing.
pub(super) fn node(submission: &Submission, provider: &Provider) -> Result<Element, Trouble> {
    let Submission { record, plan, draft, .. } = submission;
    let head = Element::new("Zt_xx").with(Element::leaf("IspZtid", record));
    // Reported on the customer's behalf.
    let reported = Some(Element::leaf("Bbfs", &1));
    let mut filing = Element::new("Baxx").with(subject::described(head, None, reported, plan, draft)?);
    for (index, service) in draft.services.iter().enumerate() {
        filing = filing.with(site::new(part(*record, index)?, service, draft, provider)?);
    }
    Ok(Element::new("XZBA").with(filing))
}
