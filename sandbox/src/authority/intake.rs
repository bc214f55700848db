//! A file taken apart into the cases that it asks for. It judges no content.

use super::{
    PROVIDER,
    case::Operation,
    form::{Cancellation, Form, Icp, NewAccess, UploadData},
};

/// The interface wants one of the five nodes.
const NOT_OPEN: i64 = 5011;
/// The file breaks the XSD.
const XSD: i64 = 5001;

/// What one case asks, with the ids by which its results go.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) operation: Operation,
    pub(super) marks: Vec<i64>,
    pub(super) form: Form,
}

/// The cases of a file, or the code for what is wrong with the file.
pub(super) fn read(xml: &str) -> Result<Vec<Asked>, i64> {
    let file: UploadData = quick_xml::de::from_str(xml).or(Err(XSD))?;
    if file.version != "V.3.0" {
        return Err(5004);
    }
    let icp = file.icp.ok_or(XSD)?;
    if icp.provider.as_deref().map(str::trim) != Some(PROVIDER.id.to_string().as_str()) {
        return Err(5003);
    }
    let Icp { first, services, accesses, changes, cancellations, provider: _ } = icp;
    if first.is_none() && services.is_none() && accesses.is_none() && changes.is_none() && cancellations.is_none() {
        return Err(NOT_OPEN);
    }
    let mut all: Vec<Asked> = Vec::new();
    all.extend(first.into_iter().flat_map(|node| node.filings).map(first_filing));
    all.extend(services.into_iter().flat_map(|node| node.entries).map(new_sites));
    all.extend(accesses.map(|node| new_accesses(node.entries)).filter(|asked| !asked.form.sites.is_empty()));
    all.extend(changes.into_iter().flat_map(|node| node.entries).map(change));
    all.extend(cancellations.into_iter().flat_map(|node| of_classes(node.entries)));
    if all.is_empty() { Err(XSD) } else { Ok(all) }
}

fn number(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

fn first_filing(form: Form) -> Asked {
    let marks = form.subject.as_ref().and_then(|subject| number(&subject.id)).into_iter().collect();
    Asked { operation: Operation::First, marks, form }
}

fn new_sites(form: Form) -> Asked {
    let marks = form.sites.iter().filter_map(|site| number(&site.id)).collect();
    Asked { operation: Operation::AddSite, marks, form }
}

fn new_accesses(entries: Vec<NewAccess>) -> Asked {
    let marks = entries.iter().filter_map(|entry| number(&entry.id)).collect();
    let password = entries.first().map(|entry| entry.password.clone()).unwrap_or_default();
    let sites = entries.into_iter().map(NewAccess::into_site).collect();
    Asked { operation: Operation::AddAccess, marks, form: Form { sites, password, ..Form::default() } }
}

fn change(form: Form) -> Asked {
    let marks = form.subject.as_ref().and_then(|subject| number(&subject.filed_id)).into_iter().collect();
    Asked { operation: Operation::Change, marks, form }
}

/// One case for each class. An unknown class counts as one of sites, which the check refuses.
fn of_classes(entries: Vec<Cancellation>) -> Vec<Asked> {
    let classes = [("0", Operation::CancelSubject), ("1", Operation::CancelSite), ("2", Operation::CancelAccess)];
    let mut all: Vec<Asked> = Vec::new();
    for entry in entries {
        let known = classes.iter().find(|(class, _)| *class == entry.class.trim());
        let operation = known.map_or(Operation::CancelSite, |(_, operation)| *operation);
        let id = number(&entry.id);
        let place = all.iter_mut().find(|asked| asked.operation == operation);
        match place {
            Some(asked) => {
                asked.marks.extend(id);
                asked.form.cancellations.push(entry);
            }
            None => all.push(Asked {
                operation,
                marks: id.into_iter().collect(),
                form: Form { cancellations: vec![entry], ..Form::default() },
            }),
        }
    }
    all
}
