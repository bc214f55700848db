//! Every kind of case but the first filing, over what the first filing and another provider put on file.

use serde_json::json;

use super::super::{case::Operation, prefile, registry::FiledSite, status};
use super::*;

const FILING: &str = include_str!("example.xml");

fn now() -> DateTime<Utc> {
    "2026-03-02T04:00:00Z".parse().unwrap()
}

/// A desk with the example on file, and with another provider's filing.
fn filed() -> Desk {
    let mut desk = Desk::default();
    desk.upload(1, FILING, now()).unwrap();
    verify_all(&mut desk);
    assert!(desk.cases[0].is_filed());
    let other = json!({
        "subject": {
            "name": "大连样本科技有限公司", "nature": 4, "province": "210000", "password": "654321",
            "certificate": { "kind": 1, "number": "91210200EXAMPLE04W" },
            "principal": { "name": "孙样本", "mobile": "13800000009", "number": "210202190909090099" },
        },
        "sites": [{ "name": "样本科技", "domains": ["example-sun.cn"] }],
    });
    prefile::file(serde_json::from_value(other).unwrap(), &mut desk.registry, now()).unwrap();
    desk.outgoing.clear();
    desk
}

fn verify_all(desk: &mut Desk) {
    let last = desk.cases.last().unwrap().clone();
    for who in last.principals {
        assert_eq!(desk.verify(&who.mobile, &who.code, &who.last_six, now()), Tried::Verified);
    }
    desk.catch_up(now());
}

fn upload(desk: &mut Desk, node: &str) -> Case {
    let head = "<?xml version=\"1.0\" encoding=\"GBK\"?><UploadData version=\"V.3.0\"><ICP>";
    let xml = format!("{head}{node}<Qqdwid>110000000211</Qqdwid></ICP></UploadData>");
    desk.upload(desk.last_sequence + 1, &xml, now()).unwrap();
    desk.catch_up(now());
    desk.cases.last().unwrap().clone()
}

fn refused(case: &Case) -> Vec<i64> {
    let CaseState::Refused { codes, .. } = &case.state else { panic!("{:?}", case.state) };
    codes.clone()
}

fn site(desk: &Desk, number: &str) -> FiledSite {
    desk.registry.site("", number).unwrap().1.clone()
}

/// The element of the example, with what a case needs changed in it.
fn part(name: &str, changes: &[(&str, &str)]) -> String {
    let (start, end) = (format!("<{name}>"), format!("</{name}>"));
    let from = FILING.find(&start).unwrap();
    let to = FILING.find(&end).unwrap() + end.len();
    changes.iter().fold(FILING.get(from..to).unwrap().to_owned(), |text, (old, new)| text.replace(old, new))
}

const OURS: &str = "辽ICP备2026000001号";
const THEIRS: &str = "辽ICP备2026000002号";

fn new_site() -> String {
    part("Wz_xx", &[(">7001", ">9001"), ("example-lin.cn", "example-new.cn"), ("示范科技", "示范新站")])
}

#[test]
fn a_new_site_gets_the_next_number_and_its_principal_alone_verifies() {
    let mut desk = filed();
    let number = format!("{OURS}-2");
    let named = format!("<XZWZ><Xzxx><Zt_xx><Ztbah>{OURS}</Ztbah></Zt_xx>{}</Xzxx></XZWZ>", new_site());
    let case = upload(&mut desk, &named);
    assert_eq!(case.principals.iter().map(|who| who.role).collect::<Vec<_>>(), [2]);
    verify_all(&mut desk);
    assert!(desk.registry.site("", &number).is_some());
    let told = &desk.outgoing.back().unwrap().xml;
    assert!(told.contains("<IspWzid>9001</IspWzid>") && told.contains(&format!("<Baxh>{number}</Baxh>")));
    assert!(told.contains("<Czlx>2</Czlx><Bs>9001</Bs>"));
    let again = upload(&mut desk, &named);
    assert_eq!(refused(&again), [1005, 1020]);
    let nobody = "<XZWZ><Xzxx><Zt_xx><Ztbah>辽ICP备2026009999号</Ztbah></Zt_xx>".to_owned();
    let site = new_site().replace("example-new.cn", "example-free.cn");
    assert_eq!(refused(&upload(&mut desk, &format!("{nobody}{site}</Xzxx></XZWZ>"))), [1016]);
}

fn access(number: &str, password: &str) -> String {
    format!(
        "<XZJR><Xzxx><Wz_xx><Wzbah>{number}</Wzbah></Wz_xx><IspJrid>9001</IspJrid><Wzfb><Fbdd>5</Fbdd></Wzfb>\
         <Wzjrfs><Jrfs>16</Jrfs></Wzjrfs><Ip_xx><IspIpid>1</IspIpid><Qsip>3405803786</Qsip><Zzip>3405803786</Zzip></Ip_xx>\
         <ICPmm>{password}</ICPmm></Xzxx></XZJR>"
    )
}

#[test]
fn a_new_access_is_verified_at_the_number_on_file_and_needs_the_password() {
    let mut desk = filed();
    let number = format!("{THEIRS}-1");
    assert_eq!(refused(&upload(&mut desk, &access(&number, "none"))), [1018]);
    let case = upload(&mut desk, &access(&number, "654321"));
    assert_eq!((case.principals[0].role, case.principals[0].mobile.as_str()), (2, "13800000009"));
    verify_all(&mut desk);
    assert_eq!(site(&desk, &number).accesses.len(), 2);
    assert!(desk.outgoing.back().unwrap().xml.contains("<IspJrid>9001</IspJrid>"));
    assert_eq!(refused(&upload(&mut desk, &access(&number, "654321"))), [1038]);
    assert_eq!(refused(&upload(&mut desk, &access(&format!("{OURS}-9"), "x"))), [1016]);
}

/// A change of the example's filing, by its ids.
fn change(desk: &Desk, changes: &[(&str, &str)]) -> String {
    let filed = site(desk, &format!("{OURS}-1"));
    let subject = desk.registry.subject("", OURS).unwrap().id;
    let subject = format!("<Ztid>{subject}</Ztid><Baxh>{OURS}</Baxh>");
    let access = filed.accesses.iter().find(|one| one.provider == super::super::PROVIDER.id).unwrap().id;
    let ids = [
        ("<IspZtid>7</IspZtid>", subject),
        ("<Bbfs>1</Bbfs>", String::new()),
        ("<IspWzid>7001</IspWzid>", format!("<Wzid>{}</Wzid><Baxh>{OURS}-1</Baxh>", filed.id)),
        ("<IspJrid>7001</IspJrid>", format!("<Jrid>{access}</Jrid>")),
    ];
    let form = ids.iter().fold(part("Zt_xx", &[]) + &part("Wz_xx", &[]), |text, (old, new)| text.replace(old, new));
    let form = changes.iter().fold(form, |text, (old, new)| text.replace(old, new));
    format!("<BGBA><Bgxx>{form}</Bgxx></BGBA>")
}

#[test]
fn whose_part_changes_verifies_and_nobody_where_only_the_access_does() {
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [u8]);
    let cases: [Case<'_>; 4] = [
        (&[("沈阳示范科技有限公司", "沈阳示范信息有限公司")], &[1]),
        (&[("<Wzmc>示范科技<", "<Wzmc>示范信息<")], &[2]),
        (&[("13800000001", "13800000003"), ("chen@example.cn", "chen@example.com")], &[1, 2]),
        (&[("3405803786", "3405803787")], &[]),
    ];
    for (changes, roles) in cases {
        let mut desk = filed();
        let node = change(&desk, changes);
        let case = upload(&mut desk, &node);
        assert_eq!(case.principals.iter().map(|who| who.role).collect::<Vec<_>>(), roles, "{changes:?}");
        verify_all_if_any(&mut desk);
        let last = desk.cases.last().unwrap();
        let CaseState::Filed { subject, sites } = &last.state else { panic!("{:?}", last.state) };
        assert_eq!((subject.as_str(), sites.as_slice()), (OURS, [format!("{OURS}-1")].as_slice()));
        assert!(desk.outgoing.back().unwrap().xml.contains("<Czlx>4</Czlx>"));
        assert!(
            desk.outgoing.back().unwrap().xml.contains(changes[0].1.trim_start_matches("<Wzmc>").trim_end_matches('<'))
        );
    }
}

fn verify_all_if_any(desk: &mut Desk) {
    if !desk.cases.last().unwrap().principals.is_empty() {
        verify_all(desk);
    }
}

#[test]
fn a_change_stays_with_its_subject() {
    let mut desk = filed();
    let province = change(&desk, &[("210000", "440000"), ("210100", "440100")]);
    assert_eq!(refused(&upload(&mut desk, &province)), [1046]);
    let number = change(&desk, &[("91210102MA0000001X", "91210102MA0000002X")]);
    assert_eq!(refused(&upload(&mut desk, &number)), [1008]);
    let taken = change(&desk, &[("example-lin.cn", "example-sun.cn")]);
    assert_eq!(refused(&upload(&mut desk, &taken)), [1005]);
    let own = desk.registry.subject("", OURS).unwrap().id.to_string();
    let unknown = change(&desk, &[(format!("<Ztid>{own}<").as_str(), "<Ztid>1<")]);
    assert_eq!(refused(&upload(&mut desk, &unknown)), [1016]);
    let running = change(&desk, &[("沈阳示范科技有限公司", "沈阳示范信息有限公司")]);
    upload(&mut desk, &running);
    assert_eq!(refused(&upload(&mut desk, &running)), [1017]);
}

fn cancel(class: u8, id: i64, reason: u16) -> String {
    format!("<ZXBA><Zx_xx><Zxlb>{class}</Zxlb><Jlid>{id}</Jlid><Zxly>{reason}</Zxly></Zx_xx></ZXBA>")
}

#[test]
fn cancellations_take_off_the_file_what_is_ours() {
    let mut desk = filed();
    let (ours, theirs) = (site(&desk, &format!("{OURS}-1")), site(&desk, &format!("{THEIRS}-1")));
    assert_eq!(refused(&upload(&mut desk, &cancel(1, ours.id, 0))), [1026]);
    assert_eq!(refused(&upload(&mut desk, &cancel(1, theirs.id, 1))), [1048]);
    assert_eq!(refused(&upload(&mut desk, &cancel(2, theirs.accesses[0].id, 1))), [1047]);
    desk.behaviour.keep_last_access = true;
    assert_eq!(refused(&upload(&mut desk, &cancel(2, ours.accesses[0].id, 1))), [1025]);
    desk.behaviour.keep_last_access = false;

    let site_case = upload(&mut desk, &cancel(1, ours.id, 1));
    assert_eq!((site_case.operation, site_case.principals[0].role), (Operation::CancelSite, 2));
    let subject = desk.registry.subject("", OURS).unwrap().id;
    assert_eq!(refused(&upload(&mut desk, &cancel(0, subject, 1))), [1043]);
    desk.cases.pop();
    verify_all(&mut desk);
    assert!(desk.outgoing.back().unwrap().xml.contains(&format!("<Zxlb>1</Zxlb><Jlid>{}</Jlid>", ours.id)));
    assert_eq!(refused(&upload(&mut desk, &cancel(1, ours.id, 1))), [1050]);

    let subject_case = upload(&mut desk, &cancel(0, subject, 1));
    assert_eq!((subject_case.operation, subject_case.principals[0].role), (Operation::CancelSubject, 1));
    verify_all(&mut desk);
    assert!(desk.registry.subject("", OURS).is_none());
    assert_eq!(refused(&upload(&mut desk, &cancel(0, subject, 1))), [1049]);
}

#[test]
fn our_access_is_cancelled_without_anybody_verifying() {
    let mut desk = filed();
    let ours = site(&desk, &format!("{OURS}-1"));
    let case = upload(&mut desk, &cancel(2, ours.accesses[0].id, 1));
    assert!(case.principals.is_empty() && case.is_filed());
    assert!(site(&desk, &format!("{OURS}-1")).accesses.is_empty());
    let told = &desk.outgoing.back().unwrap().xml;
    assert!(told.contains("<Jgdm>1001</Jgdm>") && told.contains("<Czlx>5</Czlx>"));
}

#[test]
fn the_status_query_tells_what_is_filed() {
    let desk = filed();
    let ask = |class: &str, value: &str| status::answer(class, value, &desk.registry);
    let domain = ask("0", "Example-Sun.cn").unwrap();
    assert!(domain.contains(&format!("<Wzbah>{THEIRS}-1</Wzbah>")) && domain.contains("<Bazt>0</Bazt>"));
    assert!(ask("1", "91210102ma0000001x").unwrap().contains(&format!("<Ztbah>{OURS}</Ztbah>")));
    assert_eq!(ask("2", "91210102MA0000001X").unwrap(), "<Baztxx><Bazt>1</Bazt></Baztxx>", "another kind");
    assert_eq!(ask("0", "example-free.cn").unwrap(), "<Baztxx><Bazt>1</Bazt></Baztxx>");
    assert_eq!((ask("12", "x"), ask("x", "x"), ask("0", " ")), (Err(999), Err(999), Err(999)));
}

#[test]
fn a_filing_that_cannot_be_put_on_file_is_told_field_by_field() {
    let mut desk = filed();
    let wrong = json!({
        "subject": {
            "name": "", "nature": 4, "province": "2100",
            "certificate": { "kind": 1, "number": "91210200EXAMPLE04W" },
            "principal": { "name": "孙样本", "mobile": "1380000", "number": "210202190909090099" },
        },
        "sites": [{ "name": "样本", "domains": ["example-sun.cn", "x"] }],
    });
    let faults = prefile::file(serde_json::from_value(wrong).unwrap(), &mut desk.registry, now()).unwrap_err();
    let text = serde_json::to_string(&faults).unwrap();
    for at in [
        "/subject/name",
        "/subject/province",
        "/subject/certificate",
        "/subject/principal/mobile",
        "/sites/0/domains/0",
        "/sites/0/domains/1",
    ] {
        assert!(text.contains(&format!("\"{at}\"")), "{at}: {text}");
    }
}

#[test]
fn a_synchronisation_tells_every_record_again() {
    let mut desk = filed();
    desk.synchronise(now());
    let file = desk.outgoing.back().unwrap();
    assert!(file.name.starts_with("SJTB") && file.xml.contains(OURS) && file.xml.contains(THEIRS));
}
