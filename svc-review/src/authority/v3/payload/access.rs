//! One provider more for sites that are filed (`XZJR`), an `Xzxx` each: the authority's id of the site where we know it, its
//! number otherwise.
//!
//! The form demands the filing password (`ICPmm`), which no customer is asked for any more: the SMS verification took its
//! place. A word of the settings is sent instead.

use domain::dossier::ServiceDraft;

use super::{Element, Provider, Submission, Trouble, numbered, part, site};

/// The sites, with their numbers.
pub(super) fn sites(submission: &Submission) -> Result<Vec<(String, &ServiceDraft)>, Trouble> {
    numbered(submission)
}

/// The node of new accesses.
pub(super) fn node(submission: &Submission, provider: &Provider) -> Result<Element, Trouble> {
    let mut node = Element::new("XZJR");
    for (index, (number, service)) in sites(submission)?.into_iter().enumerate() {
        let place = match submission.held.sites.get(&number) {
            Some(held) => Element::leaf("Wzid", &held.id),
            None => Element::leaf("Wzbah", &number),
        };
        let id = part(submission.record, index)?;
        let added = Element::new("Xzxx").with(Element::new("Wz_xx").with(place)).with(Element::leaf("IspJrid", &id));
        let added = site::running(added, id, &service.access, provider)?;
        node = node.with(added.with(Element::leaf("ICPmm", &provider.filing_password)));
    }
    Ok(node)
}
