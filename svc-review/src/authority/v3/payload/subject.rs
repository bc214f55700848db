//! The subject (`Zt_xx`) and its people (`Fzr`), as first filings and changes share them.

use domain::{
    contact::{Landline, Mobile},
    dossier::{Draft, PrincipalDraft, SubjectDraft},
    filing_number::SubjectNumber,
    order::Plan,
    region::RegionCode,
};

use super::{Element, Trouble, needed, plain, shown, text};

/// Shortest office number that the interface takes.
const SHORTEST_LANDLINE: usize = 11;

/// The subject, behind its id. A change repeats the number; a first filing says who reports it.
pub(super) fn described(
    head: Element,
    number: Option<&SubjectNumber>,
    reported: Option<Element>,
    plan: &Plan,
    draft: &Draft,
) -> Result<Element, Trouble> {
    let SubjectDraft { name, certificate, region, address, investor, remark, principal, .. } = &draft.subject;
    let region = needed(region.as_deref(), "no region")?;
    let region = RegionCode::try_from(region).or(Err(Trouble::Unfit("the region is none")))?;
    let proof = Element::new("Zj")
        .with(Element::leaf("Zjlx", &needed(certificate.kind, "no certificate kind")?))
        .with(Element::leaf("Zjhm", &plain(needed(shown(certificate.number.as_ref()), "no certificate number")?)))
        .with(Element::leaf("Zjzs", &needed(shown(certificate.address.as_ref()), "no certificate address")?));
    Ok(head
        .with(Element::leaf("Dwmc", &needed(shown(name.as_ref()), "no subject name")?))
        .maybe("Baxh", number)
        .maybe("Dwxz", draft.nature)
        .maybe("Tzr", shown(investor.as_ref()))
        .with(mailing(plan, &region, needed(shown(address.as_ref()), "no address")?))
        .with(proof)
        .with(person("Fzr", principal)?)
        .with_all(reported)
        .maybe("Bz", text(remark.as_ref())))
}

fn mailing(plan: &Plan, region: &RegionCode, address: &str) -> Element {
    let code = region.as_str();
    let city = code.get(..4).map_or_else(|| code.to_owned(), |head| format!("{head}00"));
    let county = (city != code).then_some(code);
    Element::new("Txdz")
        .with(Element::leaf("Shengid", plan.province.code()))
        .with(Element::leaf("Shiid", &city))
        .maybe("Xianid", county)
        .with(Element::leaf("Xxdz", address))
}

/// A principal.
pub(super) fn person(name: &str, person: &PrincipalDraft) -> Result<Element, Trouble> {
    let mobile = needed(shown(person.mobile.as_ref()), "no mobile")?;
    let mobile = Mobile::try_from(mobile).or(Err(Trouble::Unfit("the mobile is none")))?;
    let landline = shown(person.landline.as_ref()).and_then(|text| Landline::try_from(text).ok());
    let landline = landline.map(|landline| landline.to_text()).filter(|text| text.len() >= SHORTEST_LANDLINE);
    Ok(Element::new(name)
        .with(Element::leaf("Fzr_xm", &needed(shown(person.name.as_ref()), "no principal's name")?))
        .maybe("Fzr_dhhm", landline)
        .with(Element::leaf("Fzr_sjhm", mobile.as_str()))
        .with(Element::leaf("Fzr_dzyj", &needed(shown(person.email.as_ref()), "no mail address")?))
        .maybe("Fzr_zjlx", person.certificate.kind)
        .with(Element::leaf(
            "Fzr_zjhm",
            &plain(needed(shown(person.certificate.number.as_ref()), "no identity number")?),
        )))
}
