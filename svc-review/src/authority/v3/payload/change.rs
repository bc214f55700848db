//! Other data of what is filed (`BGBA`). The form takes the authority's ids only, and the whole of what it names: the subject
//! in every case, and at least one site.

use domain::{dossier::ServiceDraft, rules::kinds::OrderKind};

use super::{Element, Provider, Submission, Trouble, access_id, needed, numbered, site, site_ids, subject, subject_id};

/// The node of a change.
pub(super) fn node(submission: &Submission, provider: &Provider) -> Result<Element, Trouble> {
    let Submission { plan, draft, .. } = submission;
    let number = needed(plan.target.subject.as_ref(), "the order names no subject's number")?;
    let head = Element::new("Zt_xx").with(Element::leaf("Ztid", &subject_id(submission)?));
    let mut change = Element::new("Bgxx").with(subject::described(head, Some(number), None, plan, draft)?);
    let sites = changed(submission)?;
    if sites.is_empty() {
        return Err(Trouble::Unfit("the form wants a site, and the dossier has none"));
    }
    for (index, (number, service)) in sites.into_iter().enumerate() {
        let (held, access) = (site_ids(submission, &number)?, access_id(submission, &number)?);
        let own = site::Filed { number: &number, held, access, part: super::part(submission.record, index)? };
        change = change.with(site::filed(&own, service, draft, provider)?);
    }
    Ok(Element::new("BGBA").with(change))
}

/// The sites that the form names: of one service's change that service, otherwise all that the dossier has.
fn changed(submission: &Submission) -> Result<Vec<(String, &ServiceDraft)>, Trouble> {
    let mut sites = numbered(submission)?;
    let one = matches!(submission.plan.kind, OrderKind::ChangeService | OrderKind::ChangeAccess);
    if one {
        let targets: Vec<String> = submission.plan.target.services.iter().map(ToString::to_string).collect();
        sites.retain(|(number, _)| targets.contains(number));
    }
    Ok(sites)
}
