//! A filing as the interface's `XZBA` (first filing): `Zt_xx` the subject, `Wz_xx` the sites, `Ym_xx` their domains, `Jr_xx`
//! where they run. It holds personal data only while it is being written.

use std::net::Ipv4Addr;

use domain::{
    contact::{Landline, Mobile},
    dossier::{Draft, PrincipalDraft, ServiceDraft, SubjectDraft},
    host::DomainName,
    order::Plan,
    region::RegionCode,
    rules::kinds::OrderKind,
    service::ServiceKind,
    text::Pii,
};

use super::xml::Element;
use crate::authority::{Submission, Trouble};

/// Ids that we give: a filing's services begin at its number times this, a service's parts likewise.
const PARTS: i64 = 1_000;
/// Shortest office number that the interface takes.
const SHORTEST_LANDLINE: usize = 11;

/// What the interface wants to know about us.
pub(super) struct Provider {
    /// `ispId`, `Qqdwid`.
    pub(super) id: i64,
    /// `Fbdd`.
    pub(super) location: u64,
    /// `Jrfs`.
    pub(super) access: u64,
}

/// The file of a first filing.
pub(super) fn first(submission: &Submission, provider: &Provider) -> Result<Element, Trouble> {
    let Submission { record, plan, draft, .. } = submission;
    if plan.kind != OrderKind::First {
        return Err(Trouble::Unfit("only first filings have a form in this adapter"));
    }
    let mut filing = Element::new("Baxx").with(subject(*record, plan, draft)?);
    for (index, service) in draft.services.iter().enumerate() {
        filing = filing.with(site(part(*record, index)?, service, draft, provider)?);
    }
    let icp = Element::new("ICP").with(Element::new("XZBA").with(filing)).with(Element::leaf("Qqdwid", &provider.id));
    Ok(Element::new("UploadData").attribute("version", "V.3.0").with(icp))
}

/// The id of the part at an index, counted from 1.
fn part(of: i64, index: usize) -> Result<i64, Trouble> {
    let index = i64::try_from(index).ok().filter(|index| *index < PARTS - 1);
    let id = index.and_then(|index| of.checked_mul(PARTS)?.checked_add(index)?.checked_add(1));
    id.ok_or(Trouble::Unfit("too many parts"))
}

fn needed<T>(value: Option<T>, what: &'static str) -> Result<T, Trouble> {
    value.ok_or(Trouble::Unfit(what))
}

fn shown(value: Option<&Pii<String>>) -> Option<&str> {
    value.map(|pii| pii.reveal().trim()).filter(|text| !text.is_empty())
}

fn subject(record: i64, plan: &Plan, draft: &Draft) -> Result<Element, Trouble> {
    let SubjectDraft { name, certificate, region, address, investor, remark, principal, .. } = &draft.subject;
    let region = needed(region.as_deref(), "no region")?;
    let region = RegionCode::try_from(region).or(Err(Trouble::Unfit("the region is none")))?;
    let proof = Element::new("Zj")
        .with(Element::leaf("Zjlx", &needed(certificate.kind, "no certificate kind")?))
        .with(Element::leaf("Zjhm", &plain(needed(shown(certificate.number.as_ref()), "no certificate number")?)))
        .with(Element::leaf("Zjzs", &needed(shown(certificate.address.as_ref()), "no certificate address")?));
    Ok(Element::new("Zt_xx")
        .with(Element::leaf("IspZtid", &record))
        .with(Element::leaf("Dwmc", &needed(shown(name.as_ref()), "no subject name")?))
        .maybe("Dwxz", draft.nature)
        .maybe("Tzr", shown(investor.as_ref()))
        .with(mailing(plan, &region, needed(shown(address.as_ref()), "no address")?))
        .with(proof)
        .with(person("Fzr", principal)?)
        // Reported on the customer's behalf.
        .with(Element::leaf("Bbfs", &1))
        .maybe("Bz", remark.as_deref().map(str::trim).filter(|text| !text.is_empty())))
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

fn person(name: &str, person: &PrincipalDraft) -> Result<Element, Trouble> {
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

fn site(id: i64, service: &ServiceDraft, draft: &Draft, provider: &Provider) -> Result<Element, Trouble> {
    if service.kind != ServiceKind::Website {
        return Err(Trouble::Unfit("the interface V3.0 knows websites only"));
    }
    let own = service.principal.person();
    let answers = if service.principal.same_as_subject { &draft.subject.principal } else { &own };
    let text =
        |value: &Option<String>| value.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut site = Element::new("Wz_xx")
        .with(Element::leaf("IspWzid", &id))
        .with(Element::leaf("Wzmc", &needed(text(&service.name), "no service name")?))
        .with(Element::new("Fwnr").with_all(service.contents.iter().map(|code| Element::leaf("Fwnr_id", code))))
        .with(Element::new("Yylb").with_all(service.languages.iter().map(|code| Element::leaf("Yylb_id", code))));
    for (index, domain) in service.domains.iter().enumerate() {
        let domain = DomainName::try_from(domain.as_str()).or(Err(Trouble::Unfit("a domain is none")))?;
        let entry = Element::new("Ym_xx").with(Element::leaf("IspYmid", &part(id, index)?));
        site = site.with(entry.with(Element::leaf("Ym", domain.ascii())));
    }
    Ok(site
        .with(access(id, &service.access.addresses, provider)?)
        .with(person("Wz_Fzr", answers)?)
        .maybe("Syurl", text(&service.home_url))
        .maybe("Wz_Bz", text(&service.remark)))
}

fn access(id: i64, addresses: &[String], provider: &Provider) -> Result<Element, Trouble> {
    let mut access = Element::new("Jr_xx")
        .with(Element::leaf("IspJrid", &id))
        .with(Element::new("Wzfb").with(Element::leaf("Fbdd", &provider.location)))
        .with(Element::new("Wzjrfs").with(Element::leaf("Jrfs", &provider.access)));
    for (index, address) in addresses.iter().enumerate() {
        let address: Ipv4Addr = address.trim().parse().or(Err(Trouble::Unfit("an address is no IPv4 address")))?;
        let number = u32::from(address);
        let entry = Element::new("Ip_xx")
            .with(Element::leaf("IspIpid", &part(id, index)?))
            .with(Element::leaf("Qsip", &number))
            .with(Element::leaf("Zzip", &number));
        access = access.with(entry);
    }
    Ok(access)
}

/// A number as the authority compares it: half width, without blanks, in capitals.
fn plain(raw: &str) -> String {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        other => other,
    };
    raw.chars().map(half).filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase()
}

#[cfg(test)]
mod tests {
    use domain::{
        order::{Eyes, Way},
        region::Province,
    };

    use super::*;

    fn submission() -> Submission {
        let draft = serde_json::json!({
            "province": "210000", "nature": 5,
            "subject": {
                "name": "林示范", "region": "210102", "address": "示例路1号101室",
                "certificate": { "kind": 2, "number": "21010219000101001x", "address": "辽宁省沈阳市和平区示例路1号" },
                "principal": {
                    "name": "林示范", "mobile": "138 0000 1234", "email": "lin@example.cn", "landline": "086-024-12345678",
                    "certificate": { "kind": 2, "number": "21010219000101001x" },
                },
            },
            "services": [{
                "kind": "website", "name": "示范小站", "domains": ["example-lin.cn"], "home_url": "www.example-lin.cn",
                "contents": [6], "languages": [1], "preapprovals": [],
                "access": { "resource": "ins-1", "addresses": ["203.0.113.10"] },
                "principal": { "same_as_subject": true },
            }],
            "consent": { "privacy": true },
        });
        let plan = Plan::first(Province::Liaoning, Way::Electronic, Eyes::Two);
        Submission { record: 7, sequence: 1, plan, draft: serde_json::from_value(draft).unwrap() }
    }

    const PROVIDER: Provider = Provider { id: 110_000_000_001, location: 5, access: 16 };

    #[test]
    fn a_first_filing_takes_the_interface_s_form() {
        let file = first(&submission(), &PROVIDER).unwrap();
        let filing = file.at(&["ICP", "XZBA", "Baxx"]).unwrap();
        let subject = filing.child("Zt_xx").unwrap();
        assert_eq!(subject.number("IspZtid"), Some(7));
        assert_eq!(subject.at(&["Txdz", "Shiid"]).unwrap().text(), "210100");
        assert_eq!(subject.at(&["Zj", "Zjhm"]).unwrap().text(), "21010219000101001X");
        assert_eq!(subject.at(&["Fzr", "Fzr_sjhm"]).unwrap().text(), "13800001234");
        let site = filing.child("Wz_xx").unwrap();
        assert_eq!(site.number("IspWzid"), Some(7001));
        assert_eq!(site.at(&["Ym_xx", "Ym"]).unwrap().text(), "example-lin.cn");
        assert_eq!(site.at(&["Jr_xx", "Ip_xx", "Qsip"]).unwrap().text(), "3405803786");
        assert_eq!(site.at(&["Wz_Fzr", "Fzr_xm"]).unwrap().text(), "林示范");
        assert!(file.write().starts_with("<UploadData version=\"V.3.0\">"));
    }

    #[test]
    fn what_the_interface_cannot_say_is_not_sent() {
        let mut app = submission();
        app.draft.services[0].kind = ServiceKind::App;
        assert!(matches!(first(&app, &PROVIDER), Err(Trouble::Unfit(_))));
        let mut change = submission();
        change.plan.kind = OrderKind::ChangeFiling;
        assert!(matches!(first(&change, &PROVIDER), Err(Trouble::Unfit(_))));
        let mut v6 = submission();
        v6.draft.services[0].access.addresses = vec!["2001:db8::1".to_owned()];
        assert!(matches!(first(&v6, &PROVIDER), Err(Trouble::Unfit(_))));
    }
}
