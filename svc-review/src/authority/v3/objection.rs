//! The authority's objections in our words: result codes and the clerk's opinion become reasons on fields. It knows no file.

use domain::{order::Reason, reason::Catalogue, text::StaffNote};

/// What a clerk's opinion or a code without a reason of its own becomes.
const GENERAL: &str = "authority_objection";

/// Codes that say that all is well: passed, sheet stored, IP known.
pub(super) const GOOD: [i64; 3] = [1001, 1060, 1062];
/// "Passed".
pub(super) const PASSED: i64 = 1001;
/// "Refused": the why is in the clerk's opinion.
pub(super) const REFUSED: i64 = 1002;

/// Reasons from result codes and an opinion; at least one.
pub(super) fn reasons(codes: &[i64], opinion: Option<&str>) -> Vec<Reason> {
    let named = codes.iter().filter(|code| **code != REFUSED && !GOOD.contains(code));
    let mut reasons: Vec<Reason> = named.map(|code| of_code(*code)).collect();
    // An opinion that looks like personal data stays with the authority; the customer can ask there.
    let note = opinion.and_then(|text| StaffNote::try_from(text).ok());
    match (reasons.first_mut(), note) {
        (Some(first), Some(note)) => first.note = Some(note),
        (None, note) => reasons.push(Reason { pointer: String::new(), code: GENERAL.to_owned(), note }),
        (Some(_), None) => {}
    }
    reasons
}

fn of_code(code: i64) -> Reason {
    let known = i32::try_from(code).ok().and_then(|code| Catalogue::national().by_authority_code(code));
    let note = known.is_none().then(|| StaffNote::try_from(format!("管局结果代码 {code}")).ok()).flatten();
    let code_of_ours = known.map_or(GENERAL, |reason| reason.key.as_str());
    Reason { pointer: pointer(code).to_owned(), code: code_of_ours.to_owned(), note }
}

/// The field that a code speaks of; empty for the filing as a whole.
fn pointer(code: i64) -> &'static str {
    match code {
        1004 | 1005 | 1039 | 1064 => "/services/0/domains/0",
        1006 | 1024 | 1029 | 1040 | 1063 => "/services/0/access/addresses",
        1007 | 1044 => "/subject/principal/name",
        1008 => "/subject/certificate/number",
        1009 => "/subject/principal/email",
        1010 => "/subject/principal/landline",
        1011 => "/subject/principal/mobile",
        1014 | 1065 => "/subject/name",
        1015 => "/subject/principal/certificate/number",
        1019 | 1045 | 1046 => "/subject/region",
        1020 => "/services/0/name",
        1021 | 1022 | 1041 => "/services/0/home_url",
        1031 => "/services/0/principal/landline",
        1033 => "/services/0/preapprovals",
        1034 => "/services/0/contents",
        1066 => "/services/0/languages",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_becomes_the_catalogue_s_reason_on_its_field() {
        let reasons = reasons(&[1002, 1039], Some("域名已在其他订单中上报"));
        assert_eq!(reasons.len(), 1);
        assert_eq!(
            (reasons[0].code.as_str(), reasons[0].pointer.as_str()),
            ("domain_conflict", "/services/0/domains/0")
        );
        assert!(reasons[0].note.is_some());
    }

    #[test]
    fn a_refusal_without_a_code_of_ours_is_a_general_objection() {
        assert!(Catalogue::national().get(GENERAL).is_some());
        let by_opinion = reasons(&[1002], Some("请补充备注"));
        assert_eq!((by_opinion[0].code.as_str(), by_opinion[0].pointer.as_str()), (GENERAL, ""));
        let by_code = reasons(&[1011], None);
        assert_eq!((by_code[0].code.as_str(), by_code[0].pointer.as_str()), (GENERAL, "/subject/principal/mobile"));
        assert!(by_code[0].note.is_some());
    }

    #[test]
    fn an_opinion_that_looks_personal_is_left_out() {
        let reasons = reasons(&[], Some("请联系 13800001234"));
        assert_eq!((reasons.len(), &reasons[0].note), (1, &None));
    }
}
