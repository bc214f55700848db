//! The status query (`isp_querybeianstatus`): its condition, and the records that it answers. The subject's name is not taken.
//! The elements' names are not public; both sides go by those of our description.

use std::collections::BTreeMap;

use super::{answer::unreadable, xml::Element};
use crate::authority::{Question, Status, Trouble};

/// `Bazt` of what is filed.
const FILED: &str = "0";

/// The parameters of a question; none where the interface has no query type for the certificate.
pub(super) fn asked(question: &Question) -> Option<Vec<Element>> {
    let (class, value) = match question {
        Question::Domain(name) => (0, name.as_str()),
        Question::Certificate { kind, number } => (class(*kind)?, number.reveal().as_str()),
    };
    Some(vec![Element::leaf("queryConditionType", &class), Element::leaf("queryCondition", value)])
}

/// The query type of a certificate. Up to 11 the types are the certificates' codes; later certificates that show a unified
/// social credit code are asked for under the type whose holders they were given to.
fn class(kind: u16) -> Option<u16> {
    match kind {
        1..=11 => Some(kind),
        12 => Some(1),
        13 => Some(9),
        15 => Some(3),
        _ => None,
    }
}

/// What is filed; none when nothing is.
pub(super) fn read(body: &Element) -> Result<Option<Status>, Trouble> {
    let mut subject = None;
    let mut services = BTreeMap::new();
    for entry in body.all("Baztxx").filter(|entry| entry.get("Bazt") == Some(FILED)) {
        if let Some(number) = entry.get("Ztbah") {
            subject = Some(number.parse().or(Err(unreadable("a subject's number")))?);
        }
        if let Some(number) = entry.get("Wzbah") {
            let number = number.parse().or(Err(unreadable("a service's number")))?;
            services.insert(number, entry.get("Ym").map(str::to_ascii_lowercase));
        }
    }
    let filed = subject.is_some() || !services.is_empty();
    Ok(filed.then_some(Status { subject, services }))
}

#[cfg(test)]
mod tests {
    use domain::text::Pii;

    use super::*;

    #[test]
    fn a_question_has_the_type_of_what_it_asks_about() {
        let of = |question: &Question| asked(question).map(|own| own.iter().map(|one| one.text().to_owned()).collect());
        let certificate = |kind| Question::Certificate { kind, number: Pii::from("21010219000101001X".to_owned()) };
        let domain: Option<Vec<String>> = of(&Question::Domain("example-lin.cn".to_owned()));
        assert_eq!(domain.unwrap(), ["0", "example-lin.cn"]);
        assert_eq!(of(&certificate(2)).unwrap(), vec!["2", "21010219000101001X"]);
        assert_eq!(of(&certificate(13)).unwrap()[0], "9");
        assert_eq!(of(&certificate(41)), None);
    }

    #[test]
    fn only_what_is_filed_counts() {
        let entry = |state| {
            format!(
                "<Baztxx><Dwmc>示例</Dwmc><Ztbah>辽ICP备2026000001号</Ztbah><Wzbah>辽ICP备2026000001号-1</Wzbah>\
                 <Ym>Example-lin.cn</Ym><Bazt>{state}</Bazt></Baztxx>"
            )
        };
        let read = |inner: &str| read(&Element::read(&format!("<return>{inner}</return>")).unwrap()).unwrap();
        let found = read(&entry(0)).unwrap();
        assert_eq!(found.subject.unwrap().to_string(), "辽ICP备2026000001号");
        assert_eq!(found.services.values().next().unwrap().as_deref(), Some("example-lin.cn"));
        assert_eq!(read(&entry(1)), None);
        assert_eq!(read(""), None);
    }
}
