//! Full records of what is filed (`Baxx`): numbers and ids, and what they say of the subject and its sites, the other way round
//! than `payload` writes it. What is absent, unknown to our tables or no value of its kind is left out: it says nothing.

use std::{collections::BTreeMap, net::Ipv4Addr};

use domain::{
    certificate::Certificates,
    company::Nature,
    dossier::{AccessDraft, CertificateDraft, PrincipalDraft, ServiceDraft, ServicePrincipalDraft, SubjectDraft},
    region::RegionCode,
    service::ServiceKind,
    table::codes,
    text::Pii,
};

use super::{answer::unreadable, xml::Element};
use crate::authority::{Access, Record, Site, Trouble};

/// The most addresses that one range is taken apart into; a longer one says nothing.
const LONGEST_RANGE: u32 = 256;

/// A record; none for one without ids or without a number, which is not filed yet. `isp` is our id as a provider.
pub(super) fn read(record: &Element, isp: i64) -> Result<Option<Record>, Trouble> {
    let Some(subject) = record.child("Zt_xx") else { return Ok(None) };
    let (Some(id), Some(number)) = (subject.number("Ztid"), subject.get("Baxh")) else { return Ok(None) };
    let mut read = Record {
        id,
        ours: subject.number("IspZtid"),
        number: number.parse().or(Err(unreadable("a subject's number")))?,
        nature: code(subject, "Dwxz").filter(|code| Nature::try_from(*code).is_ok()),
        subject: described(subject),
        sites: Vec::new(),
        complete: true,
    };
    for element in record.all("Wz_xx") {
        match site(element, isp)? {
            Some(site) => read.sites.push(site),
            None => read.complete = false,
        }
    }
    Ok(Some(read))
}

fn site(element: &Element, isp: i64) -> Result<Option<Site>, Trouble> {
    let (Some(id), Some(number)) = (element.number("Wzid"), element.get("Baxh")) else { return Ok(None) };
    let domain = |entry: &Element| Some((entry.get("Ym")?.to_ascii_lowercase(), entry.number("Ymid")?));
    let domains: BTreeMap<String, i64> = element.all("Ym_xx").filter_map(domain).collect();
    let own = element.all("Jr_xx").find(|access| access.number("Ispid") == Some(isp));
    let access = own.and_then(|own| Some(Access { id: own.number("Jrid")?, ours: own.number("IspJrid") }));
    // The form demands an access of every site: a record without one keeps silent about it.
    let here = element.child("Jr_xx").map(|_shown| own.is_some());
    let number = number.parse().or(Err(unreadable("a service's number")))?;
    let service = served(element, own);
    Ok(Some(Site { id, ours: element.number("IspWzid"), number, domains, access, here, service }))
}

fn described(subject: &Element) -> SubjectDraft {
    let place = subject.child("Txdz");
    let region = ["Xianid", "Shiid"].iter().find_map(|name| place?.get(name));
    let region = region.and_then(|text| RegionCode::try_from(text).ok());
    let proof = subject.child("Zj");
    SubjectDraft {
        name: secret(subject, "Dwmc"),
        certificate: CertificateDraft {
            kind: proof.and_then(|proof| certificate(proof, "Zjlx")),
            number: proof.and_then(|proof| secret(proof, "Zjhm")),
            address: proof.and_then(|proof| secret(proof, "Zjzs")),
            ..CertificateDraft::default()
        },
        region: region.map(|region| region.as_str().to_owned()),
        address: place.and_then(|place| secret(place, "Xxdz")),
        investor: secret(subject, "Tzr"),
        remark: text(subject, "Bz"),
        principal: subject.child("Fzr").map(person).unwrap_or_default(),
        ..SubjectDraft::default()
    }
}

/// `own` is our access. Place and mode of it are ours to know: they are those of the resource.
fn served(site: &Element, own: Option<&Element>) -> ServiceDraft {
    let PrincipalDraft { name, post, certificate, mobile, landline, email, emergency } =
        site.child("Wz_Fzr").map(person).unwrap_or_default();
    let approvals = site.child("Nrlx").map(|list| list.all("Nrlx_xx").filter_map(|one| code(one, "Nrlx_id")));
    ServiceDraft {
        kind: ServiceKind::Website,
        name: text(site, "Wzmc"),
        domains: site.all("Ym_xx").filter_map(|entry| text(entry, "Ym")).collect(),
        home_url: text(site, "Syurl"),
        contents: listed(site, "Fwnr", "Fwnr_id"),
        languages: listed(site, "Yylb", "Yylb_id"),
        preapprovals: approvals.map(|codes| codes.filter(|code| is_known("Nrlx", *code)).collect()),
        remark: text(site, "Wz_Bz"),
        access: AccessDraft { addresses: own.map(addresses).unwrap_or_default(), ..AccessDraft::default() },
        principal: ServicePrincipalDraft {
            same_as_subject: false,
            name,
            post,
            certificate,
            mobile,
            landline,
            email,
            emergency,
        },
        ..ServiceDraft::default()
    }
}

fn person(element: &Element) -> PrincipalDraft {
    PrincipalDraft {
        name: secret(element, "Fzr_xm"),
        certificate: CertificateDraft {
            kind: certificate(element, "Fzr_zjlx"),
            number: secret(element, "Fzr_zjhm"),
            ..CertificateDraft::default()
        },
        mobile: secret(element, "Fzr_sjhm"),
        landline: secret(element, "Fzr_dhhm"),
        email: secret(element, "Fzr_dzyj"),
        ..PrincipalDraft::default()
    }
}

fn addresses(access: &Element) -> Vec<String> {
    let ends = |range: &Element| {
        let end = |name: &str| range.number(name).and_then(|number| u32::try_from(number).ok());
        Some((end("Qsip")?, end("Zzip")?))
    };
    let ranges: Option<Vec<_>> = access.all("Ip_xx").map(ends).collect();
    // Part of the addresses would be taken for all of them.
    let ranges = ranges.filter(|all| all.iter().all(|(from, to)| to.saturating_sub(*from) < LONGEST_RANGE));
    let all = ranges.into_iter().flatten().flat_map(|(from, to)| from..=to);
    all.map(|address| Ipv4Addr::from(address).to_string()).collect()
}

fn text(element: &Element, name: &str) -> Option<String> {
    element.get(name).map(str::to_owned)
}

fn secret(element: &Element, name: &str) -> Option<Pii<String>> {
    text(element, name).map(Pii::new)
}

fn code(element: &Element, name: &str) -> Option<u16> {
    element.number(name).and_then(|number| u16::try_from(number).ok())
}

fn certificate(element: &Element, name: &str) -> Option<u16> {
    code(element, name).filter(|code| Certificates::national().all().iter().any(|row| row.code == *code))
}

/// The codes of a list that are in our tables.
fn listed(element: &Element, list: &str, name: &str) -> Vec<u16> {
    let entries = element.child(list).into_iter().flat_map(|entries| entries.all(name));
    let entries = entries.filter_map(|entry| entry.text().parse().ok());
    entries.filter(|code| is_known(list, *code)).collect()
}

fn is_known(table: &str, code: u16) -> bool {
    let code = code.to_string();
    codes().iter().any(|row| row.table == table && row.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = "<Baxx><Zt_xx><IspZtid>7</IspZtid><Ztid>70</Ztid><Dwmc>林示范</Dwmc><Dwxz>5</Dwxz>\
         <Txdz><Shengid>210000</Shengid><Shiid>210100</Shiid><Xianid>210102</Xianid><Xxdz>示例路1号</Xxdz></Txdz>\
         <Zj><Zjlx>2</Zjlx><Zjhm>21010219000101001X</Zjhm><Zjzs>示例路2号</Zjzs></Zj>\
         <Fzr><Fzr_xm>林示范</Fzr_xm><Fzr_sjhm>13800001234</Fzr_sjhm></Fzr>\
         <Baxh>辽ICP备2026000001号</Baxh></Zt_xx>\
         <Wz_xx><IspWzid>7001</IspWzid><Wzid>701</Wzid><Wzmc>示范小站</Wzmc>\
         <Nrlx><Nrlx_xx><Nrlx_id>1</Nrlx_id><Qzsph>x</Qzsph></Nrlx_xx></Nrlx><Fwnr><Fwnr_id>6</Fwnr_id><Fwnr_id>63</Fwnr_id></Fwnr>\
         <Yylb><Yylb_id>1</Yylb_id></Yylb><Ym_xx><Ymid>5</Ymid><Ym>Example-lin.cn</Ym></Ym_xx>\
         <Jr_xx><Jrid>8</Jrid><Ispid>1</Ispid></Jr_xx><Jr_xx><IspJrid>7001</IspJrid><Jrid>9</Jrid><Ispid>2</Ispid>\
         <Ip_xx><Qsip>3405803776</Qsip><Zzip>3405803777</Zzip></Ip_xx></Jr_xx>\
         <Baxh>辽ICP备2026000001号-1</Baxh></Wz_xx></Baxx>";

    fn record(xml: &str) -> Option<Record> {
        read(&Element::read(xml).unwrap(), 2).unwrap()
    }

    fn only(xml: &str) -> Site {
        let mut sites = record(xml).unwrap().sites;
        assert_eq!(sites.len(), 1);
        sites.remove(0)
    }

    #[test]
    fn ids_and_numbers_are_read_and_the_access_that_is_ours() {
        let read = record(RECORD).unwrap();
        assert_eq!((read.id, read.ours, read.complete), (70, Some(7), true));
        let site = only(RECORD);
        assert_eq!((site.id, site.ours, site.number.to_string().as_str()), (701, Some(7001), "辽ICP备2026000001号-1"));
        assert_eq!(site.domains.get("example-lin.cn"), Some(&5));
        assert_eq!(site.access, Some(Access { id: 9, ours: Some(7001) }));
    }

    #[test]
    fn what_has_no_number_is_not_filed_yet() {
        assert_eq!(record(&RECORD.replace("<Baxh>辽ICP备2026000001号</Baxh>", "")), None);
        let half = record(&RECORD.replace("<Baxh>辽ICP备2026000001号-1</Baxh>", "")).unwrap();
        assert!(half.sites.is_empty() && !half.complete);
        let wrong = RECORD.replace("2026000001号-1", "1号-1");
        assert!(matches!(read(&Element::read(&wrong).unwrap(), 2), Err(Trouble::Unreadable(_))));
    }

    #[test]
    fn what_a_record_says_is_read_and_what_it_does_not_say_is_not() {
        let read = record(RECORD).unwrap();
        assert_eq!((read.nature, read.subject.region.as_deref()), (Some(5), Some("210102")));
        let certificate = &read.subject.certificate;
        assert_eq!((certificate.kind, &certificate.number), (Some(2), &Some("21010219000101001X".into())));
        assert_eq!((&read.subject.investor, &read.subject.remark), (&None, &None));
        let person = &read.subject.principal;
        assert_eq!((&person.name, &person.mobile), (&Some("林示范".into()), &Some("13800001234".into())));
        assert_eq!((&person.landline, &person.email, person.certificate.kind), (&None, &None, None));
        let service = only(RECORD).service;
        assert_eq!(
            (service.name.as_deref(), &service.domains[..]),
            (Some("示范小站"), &["Example-lin.cn".to_owned()][..])
        );
        assert_eq!((&service.contents[..], &service.languages[..]), (&[6][..], &[1][..]), "63 is no code of ours");
        assert_eq!((service.preapprovals, service.home_url), (Some(vec![1]), None));
        assert_eq!(service.access.addresses, ["203.0.113.0", "203.0.113.1"]);
        assert_eq!(service.principal, ServicePrincipalDraft::default());
        assert_eq!(only(&RECORD.replace("<Nrlx>", "<N>").replace("</Nrlx>", "</N>")).service.preapprovals, None);
    }

    #[test]
    fn what_is_no_value_of_its_kind_says_nothing() {
        let odd = RECORD
            .replace("<Dwxz>5", "<Dwxz>7")
            .replace("<Zjlx>2", "<Zjlx>998")
            .replace("<Xianid>210102", "<Xianid>99");
        let read = record(&odd).unwrap();
        assert_eq!((read.nature, read.subject.certificate.kind, read.subject.region), (None, None, None));
        let endless = RECORD.replace("<Zzip>3405803777", "<Zzip>3405999999");
        assert!(only(&endless).service.access.addresses.is_empty(), "a range that is too long to be told");
    }

    #[test]
    fn an_access_that_is_shown_is_ours_or_not_and_none_says_nothing() {
        assert_eq!(only(RECORD).here, Some(true));
        assert_eq!(only(&RECORD.replace("<Ispid>2</Ispid>", "<Ispid>3</Ispid>")).here, Some(false));
        let silent = RECORD.replace("<Jr_xx>", "<J>").replace("</Jr_xx>", "</J>");
        let silent = only(&silent);
        assert_eq!((silent.here, silent.service.access), (None, AccessDraft::default()));
    }
}
