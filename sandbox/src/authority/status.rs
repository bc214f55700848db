//! The status query: what is filed under a domain or a certificate, as `queryBeianStatus` answers it. The names of its elements
//! are not public; both sides go by those of our description.

use quick_xml::escape::escape;

use super::registry::{FiledSite, FiledSubject, Registry};

/// The answer to a question: one entry for each site, one without a site where a subject has none, and one that says "not
/// filed" where there is nothing. An unknown type is a fault of the caller.
pub(super) fn answer(class: &str, value: &str, registry: &Registry) -> Result<String, i32> {
    let class: u16 = class.trim().parse().ok().filter(|class| *class <= 11).ok_or(999)?;
    let value = value.trim();
    if value.is_empty() {
        return Err(999);
    }
    let entries: String = if class == 0 {
        let found = registry.of_domain(&value.to_ascii_lowercase());
        found.map(|(subject, site)| entry(subject, Some((site, value)))).into_iter().collect()
    } else {
        let holds = |subject: &&FiledSubject| {
            let certificate = &subject.details.certificate;
            is_of(class, &certificate.kind) && certificate.number.eq_ignore_ascii_case(value)
        };
        registry.subjects.iter().filter(holds).map(of_subject).collect()
    };
    Ok(if entries.is_empty() { "<Baztxx><Bazt>1</Bazt></Baztxx>".to_owned() } else { entries })
}

fn of_subject(subject: &FiledSubject) -> String {
    if subject.sites.is_empty() {
        return entry(subject, None);
    }
    let one = |site: &FiledSite| {
        let domain = site.domains().next().unwrap_or_default();
        entry(subject, Some((site, &domain)))
    };
    subject.sites.iter().map(one).collect()
}

fn entry(subject: &FiledSubject, site: Option<(&FiledSite, &str)>) -> String {
    let site = site.map(|(site, domain)| format!("<Wzbah>{}</Wzbah><Ym>{}</Ym>", site.number, escape(domain)));
    format!(
        "<Baztxx><Dwmc>{}</Dwmc><Ztbah>{}</Ztbah>{}<Bazt>0</Bazt></Baztxx>",
        escape(subject.details.name.as_str()),
        subject.number,
        site.unwrap_or_default()
    )
}

/// Whether a certificate is asked for under this type: those that came later stand beside their predecessors.
fn is_of(class: u16, kind: &str) -> bool {
    let under = match kind {
        "12" => "1",
        "13" => "9",
        "15" => "3",
        other => other,
    };
    under == class.to_string()
}
