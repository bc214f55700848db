//! Each node against the interface's table of elements, and what cannot be said.

use std::collections::BTreeMap;

use domain::{
    dossier::{PrincipalDraft, SubjectDraft, merged_service, merged_subject},
    order::{Eyes, Plan, Target, Way},
    region::Province,
    service::ServiceKind,
};

use super::*;
use crate::authority::{Held, Record, v3::record};

/// The elements of the five nodes, in their order, with how often each may come; `|` says that one of its siblings comes.
const TABLE: &str = include_str!("upload.csv");

const NUMBER: &str = "辽ICP备2026000001号";

fn submission(kind: OrderKind) -> Submission {
    let draft = serde_json::json!({
        "province": "210000", "nature": 5,
        "subject": {
            "name": "林示范", "region": "210102", "address": "示例路1号101室", "remark": "网站停止运营",
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
    let mut plan = Plan::first(Province::Liaoning, Way::Electronic, Eyes::Two);
    plan.kind = kind;
    if kind != OrderKind::First {
        let services = vec![format!("{NUMBER}-1").parse().unwrap()];
        plan.target = Target { subject: Some(NUMBER.parse().unwrap()), services, reason: Some(1), ..Target::default() };
    }
    let draft = serde_json::from_value(draft).unwrap();
    Submission { record: 7, sequence: 1, plan, draft, held: Held::default() }
}

/// The same, of a subject whose ids we know.
fn known(kind: OrderKind) -> Submission {
    let site = HeldSite { id: 21, access: Some(31), domains: BTreeMap::from([("example-lin.cn".to_owned(), 41)]) };
    let held = Held { subject: Some(11), sites: BTreeMap::from([(format!("{NUMBER}-1"), site)]) };
    Submission { held, ..submission(kind) }
}

fn provider() -> Provider {
    Provider { id: 110_000_000_001, location: 5, access: 16, filing_password: "none".to_owned() }
}

/// The node of a submission, after the table found nothing wrong with it.
fn node(submission: &Submission) -> Element {
    let (name, file) = file(submission, &provider()).unwrap();
    assert!(file.write().starts_with("<UploadData version=\"V.3.0\"><ICP>"));
    let node = file.at(&["ICP", name]).unwrap().clone();
    fits(&node, name);
    node
}

/// Compares an element's children with the table: known ones only, in order, none missing and none too often.
fn fits(element: &Element, path: &str) {
    let rows: Vec<Vec<&str>> = TABLE.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let below = |row: &&Vec<&str>| row[0].rsplit_once('/').is_some_and(|(parent, _)| parent == path);
    let children: Vec<_> = rows.iter().filter(below).collect();
    let choice = children.iter().any(|row| row[0].ends_with("/|"));
    let names: Vec<&str> = children.iter().filter_map(|row| row[0].rsplit('/').next()).collect();
    let mut last = 0;
    for child in element.children() {
        let place = names.iter().position(|name| *name == child.name());
        let place = place.unwrap_or_else(|| panic!("{path} has no {}", child.name()));
        assert!(place >= last, "{} comes too late in {path}", child.name());
        last = place;
        fits(child, &format!("{path}/{}", child.name()));
    }
    if choice {
        return assert_eq!(element.children().count(), 1, "{path} is one of its children");
    }
    for (row, name) in children.iter().zip(&names) {
        let count = element.all(name).count();
        assert!(count >= row[1].parse::<usize>().unwrap(), "{path}/{name} is missing");
        assert!(row[2] == "unbounded" || count <= row[2].parse::<usize>().unwrap(), "{path}/{name} comes too often");
    }
    assert!(!names.is_empty() || !element.text().is_empty(), "{path} is empty");
}

#[test]
fn a_site_runs_where_its_resource_stands() {
    let place = |submission: &Submission| {
        let node = node(submission);
        let runs = node.at(&["Baxx", "Wz_xx", "Jr_xx"]).unwrap();
        let code = |path: &[&str]| runs.at(path).unwrap().text().to_owned();
        (code(&["Wzfb", "Fbdd"]), code(&["Wzjrfs", "Jrfs"]))
    };
    let mut filing = submission(OrderKind::First);
    assert_eq!(place(&filing), ("5".to_owned(), "16".to_owned()));
    filing.draft.services[0].access.location = Some(19);
    filing.draft.services[0].access.mode = Some(8);
    assert_eq!(place(&filing), ("19".to_owned(), "8".to_owned()));
}

#[test]
fn a_first_filing_takes_the_interface_s_form() {
    let node = node(&submission(OrderKind::First));
    let subject = node.at(&["Baxx", "Zt_xx"]).unwrap();
    assert_eq!(subject.number("IspZtid"), Some(7));
    assert_eq!(subject.at(&["Txdz", "Shiid"]).unwrap().text(), "210100");
    assert_eq!(subject.at(&["Zj", "Zjhm"]).unwrap().text(), "21010219000101001X");
    assert_eq!(subject.at(&["Fzr", "Fzr_sjhm"]).unwrap().text(), "13800001234");
    let site = node.at(&["Baxx", "Wz_xx"]).unwrap();
    assert_eq!(site.number("IspWzid"), Some(7001));
    assert_eq!(site.at(&["Ym_xx", "Ym"]).unwrap().text(), "example-lin.cn");
    assert_eq!(site.at(&["Jr_xx", "Ip_xx", "Qsip"]).unwrap().text(), "3405803786");
    assert_eq!(site.at(&["Wz_Fzr", "Fzr_xm"]).unwrap().text(), "林示范");
}

#[test]
fn new_services_name_the_subject_by_id_or_by_number() {
    for kind in [OrderKind::AddHere, OrderKind::AddElsewhere] {
        let subject = node(&known(kind)).at(&["Xzxx", "Zt_xx"]).unwrap().clone();
        assert_eq!((subject.number("Ztid"), subject.get("Ztbah")), (Some(11), None));
        let subject = node(&submission(kind)).at(&["Xzxx", "Zt_xx"]).unwrap().clone();
        assert_eq!((subject.number("Ztid"), subject.get("Ztbah")), (None, Some(NUMBER)));
    }
    assert_eq!(marks(&submission(OrderKind::AddHere)).unwrap(), [About { operation: Operation::AddService, id: 7001 }]);
}

#[test]
fn a_new_access_names_the_site_by_id_or_by_number_and_says_a_password() {
    let added = node(&known(OrderKind::Access)).child("Xzxx").unwrap().clone();
    assert_eq!(added.at(&["Wz_xx", "Wzid"]).unwrap().text(), "21");
    assert_eq!((added.number("IspJrid"), added.get("ICPmm")), (Some(7001), Some("none")));
    let mut two = submission(OrderKind::Access);
    two.draft.services.push(two.draft.services[0].clone());
    two.plan.target.services.push(format!("{NUMBER}-2").parse().unwrap());
    let numbers: Vec<String> =
        node(&two).all("Xzxx").map(|one| one.at(&["Wz_xx", "Wzbah"]).unwrap().text().to_owned()).collect();
    assert_eq!(numbers, [format!("{NUMBER}-1"), format!("{NUMBER}-2")], "one entry a service");
    assert_eq!(marks(&two).unwrap().len(), 2);
    two.plan.target.services.pop();
    assert!(matches!(marks(&two), Err(Trouble::Unfit(_))), "a service without a number");
}

#[test]
fn a_change_goes_by_the_authority_s_ids() {
    for kind in [OrderKind::ChangeFiling, OrderKind::ChangeSubject, OrderKind::ChangeService, OrderKind::ChangeAccess] {
        let node = node(&known(kind));
        let subject = node.at(&["Bgxx", "Zt_xx"]).unwrap();
        assert_eq!((subject.number("Ztid"), subject.get("Baxh"), subject.get("Bbfs")), (Some(11), Some(NUMBER), None));
        let site = node.at(&["Bgxx", "Wz_xx"]).unwrap();
        assert_eq!((site.number("Wzid"), site.get("IspWzid")), (Some(21), None));
        assert_eq!(site.at(&["Jr_xx", "Jrid"]).unwrap().text(), "31");
        assert_eq!(site.at(&["Ym_xx", "Ymid"]).unwrap().text(), "41");
        assert_eq!(marks(&known(kind)).unwrap(), [About { operation: Operation::Change, id: 11 }]);
    }
    let mut bare = known(OrderKind::ChangeSubject);
    bare.draft.services.clear();
    assert!(matches!(file(&bare, &provider()), Err(Trouble::Unfit(_))), "the form wants a site");
}

#[test]
fn a_cancellation_names_class_id_and_reason() {
    let cases = [
        (OrderKind::CancelSubject, 0, 11, Operation::CancelSubject),
        (OrderKind::CancelService, 1, 21, Operation::CancelService),
        (OrderKind::CancelAccess, 2, 31, Operation::CancelAccess),
    ];
    for (kind, class, id, operation) in cases {
        let node = node(&known(kind));
        let one = node.child("Zx_xx").unwrap();
        assert_eq!((one.number("Zxlb"), one.number("Jlid"), one.number("Zxly")), (Some(class), Some(id), Some(1)));
        assert_eq!(one.get("Zxlybz"), Some("网站停止运营"));
        assert_eq!(marks(&known(kind)).unwrap(), [About { operation, id }]);
    }
    let mut silent = known(OrderKind::CancelService);
    silent.plan.target.reason = None;
    assert!(matches!(file(&silent, &provider()), Err(Trouble::Unfit(_))));
}

#[test]
fn an_id_that_we_were_never_told_is_named() {
    let cases = [
        (OrderKind::ChangeService, "unknown_id: Ztid 辽ICP备2026000001号"),
        (OrderKind::CancelSubject, "unknown_id: Ztid 辽ICP备2026000001号"),
        (OrderKind::CancelService, "unknown_id: Wzid 辽ICP备2026000001号-1"),
        (OrderKind::CancelAccess, "unknown_id: Wzid 辽ICP备2026000001号-1"),
    ];
    for (kind, told) in cases {
        assert_eq!(marks(&submission(kind)).unwrap_err().told(), told);
    }
    let mut elsewhere = known(OrderKind::CancelAccess);
    elsewhere.held.sites.values_mut().for_each(|site| site.access = None);
    assert_eq!(marks(&elsewhere).unwrap_err().told(), "unknown_id: Jrid 辽ICP备2026000001号-1");
}

#[test]
fn what_the_interface_cannot_say_is_not_sent() {
    let mut app = submission(OrderKind::First);
    app.draft.services[0].kind = ServiceKind::App;
    assert!(matches!(file(&app, &provider()), Err(Trouble::Unfit(_))));
    for kind in [OrderKind::Migrate, OrderKind::TransferAccount, OrderKind::Claim] {
        assert!(matches!(file(&known(kind), &provider()), Err(Trouble::Unfit(_))));
        assert!(matches!(marks(&known(kind)), Err(Trouble::Unfit(_))));
    }
    let mut v6 = submission(OrderKind::First);
    v6.draft.services[0].access.addresses = vec!["2001:db8::1".to_owned()];
    assert!(matches!(file(&v6, &provider()), Err(Trouble::Unfit(_))));
}

/// A first filing as the authority repeats it once it is on file: with its ids and numbers.
fn repeated(submission: &Submission) -> Record {
    let filing = node(submission).child("Baxx").unwrap().write();
    let filed = filing.replacen("</IspZtid>", &format!("</IspZtid><Ztid>70</Ztid><Baxh>{NUMBER}</Baxh>"), 1);
    let filed = filed.replacen("</IspWzid>", &format!("</IspWzid><Wzid>701</Wzid><Baxh>{NUMBER}-1</Baxh>"), 1);
    let ours = provider().id;
    let filed = filed.replacen("</IspJrid>", &format!("</IspJrid><Jrid>702</Jrid><Ispid>{ours}</Ispid>"), 1);
    record::read(&Element::read(&filed).unwrap(), ours).unwrap().unwrap()
}

#[test]
fn what_is_written_reads_back_as_it_was_written() {
    let plain = submission(OrderKind::First);
    let mut bare = plain.draft.clone();
    bare.subject.remark = None;
    bare.subject.region = Some("210100".to_owned());
    bare.services[0].home_url = None;
    bare.subject.principal.landline = None;
    let mut rich = plain.draft.clone();
    rich.subject.investor = Some("大连示范科技 & <合伙>".into());
    rich.subject.region = Some("210200".to_owned());
    rich.subject.remark = Some("一\r\n二 𠮷".to_owned());
    rich.services[0].domains = vec!["Example-Lin.cn".to_owned(), "示例.中国".to_owned()];
    rich.services[0].contents = vec![8, 6];
    rich.services[0].languages = vec![12, 1];
    rich.services[0].access.addresses = vec!["203.0.113.12".to_owned(), "203.0.113.10".to_owned()];
    rich.services[0].remark = Some("介绍作品".to_owned());
    let mut other = plain.draft.clone();
    let person = PrincipalDraft { name: Some("周示例".into()), ..other.subject.principal.clone() };
    let own = serde_json::to_value(&person).unwrap();
    other.services[0].principal = serde_json::from_value(own).unwrap();
    for draft in [plain.draft.clone(), bare, rich, other] {
        let read = repeated(&Submission { draft: draft.clone(), ..submission(OrderKind::First) });
        assert_eq!((read.id, read.ours, read.nature, read.complete), (70, Some(7), draft.nature, true));
        assert_eq!(merged_subject(&draft.subject, &read.subject), draft.subject, "the ledger sees nothing new");
        let (was, site) = (&draft.services[0], &read.sites[0]);
        let people = (&draft.subject.principal, &draft.subject.principal);
        assert_eq!((site.ours, site.here), (Some(7001), Some(true)));
        assert_eq!(merged_service(was, &site.service, people), *was);
        // Nothing that the format carries is missing.
        let SubjectDraft { name, region, address, investor, principal, .. } = &draft.subject;
        assert_eq!((&read.subject.name, &read.subject.region, &read.subject.address), (name, region, address));
        assert_eq!((&read.subject.investor, &read.subject.principal.name), (investor, &principal.name));
        assert_eq!(read.subject.remark.is_some(), draft.subject.remark.is_some());
        assert_eq!((&site.service.contents, &site.service.languages), (&was.contents, &was.languages));
        assert_eq!((&site.service.home_url, &site.service.remark), (&was.home_url, &was.remark));
        assert_eq!(site.service.access.addresses, was.access.addresses);
        assert_eq!(site.service.domains.len(), was.domains.len());
    }
}
