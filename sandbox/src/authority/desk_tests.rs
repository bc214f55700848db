//! The desk over whole cases: first filings here, every other kind in `kinds_tests`.

use super::{
    super::clerk::{Mode, Objection},
    *,
};

const FILING: &str = include_str!("example.xml");

fn now() -> DateTime<Utc> {
    "2026-03-02T04:00:00Z".parse().unwrap()
}

fn received() -> Desk {
    let mut desk = Desk::default();
    desk.upload(1, FILING, now()).unwrap();
    assert!(matches!(desk.cases.first().unwrap().state, CaseState::AwaitingSms), "{:?}", desk.cases);
    desk
}

fn verify(desk: &mut Desk, index: usize) -> Tried {
    let who = desk.cases[0].principals[index].clone();
    let tried = desk.verify(&who.mobile, &who.code, &who.last_six, now());
    desk.catch_up(now());
    tried
}

#[test]
fn two_people_get_two_codes_and_the_clerk_waits_for_both() {
    let mut desk = received();
    assert_eq!(desk.sms.len(), 2);
    assert_eq!(verify(&mut desk, 0), Tried::Verified);
    assert_eq!(desk.cases[0].state, CaseState::AwaitingSms);
    assert_eq!(verify(&mut desk, 1), Tried::Verified);
    let CaseState::Filed { subject, sites } = &desk.cases[0].state else { panic!("{:?}", desk.cases[0].state) };
    assert_eq!(
        (subject.as_str(), sites.as_slice()),
        ("辽ICP备2026000001号", ["辽ICP备2026000001号-1".to_owned()].as_slice())
    );
    assert_eq!(
        desk.outgoing.iter().map(|file| file.name.get(..4).unwrap()).collect::<Vec<_>>(),
        ["DXHY", "DXHY", "DXHY", "BASJ"]
    );
}

#[test]
fn one_person_in_both_offices_gets_one_code() {
    let mut desk = Desk::default();
    desk.upload(1, &FILING.replace("440106190002020023", "210102190001010018"), now()).unwrap();
    assert_eq!(desk.sms.len(), 1);
}

#[test]
fn the_sixth_wrong_try_returns_the_filing() {
    let mut desk = received();
    let mobile = desk.cases[0].principals[0].mobile.clone();
    for _ in 0..5 {
        assert_eq!(desk.verify(&mobile, "no", "no", now()), Tried::Wrong);
    }
    assert_eq!(desk.verify(&mobile, "no", "no", now()), Tried::Returned);
    assert_eq!(desk.verify(&mobile, "no", "no", now()), Tried::NoRecord);
}

#[test]
fn codes_are_sent_again_after_twelve_hours_and_lapse_after_twenty_four() {
    let mut desk = received();
    desk.catch_up(now() + TimeDelta::hours(12));
    assert_eq!(desk.sms.len(), 4);
    desk.catch_up(now() + TimeDelta::hours(13));
    assert_eq!(desk.sms.len(), 4);
    desk.catch_up(now() + TimeDelta::hours(24));
    assert_eq!(desk.cases[0].state, CaseState::AwaitingSms);
    desk.catch_up(now() + TimeDelta::hours(24) + TimeDelta::seconds(1));
    assert_eq!(desk.cases[0].state, CaseState::Lapsed { wrong_tries: false });
}

#[test]
fn a_gap_names_what_is_missing_and_a_repetition_is_not_taken() {
    let mut desk = received();
    assert_eq!(desk.upload(4, FILING, now()), Err((14, vec![2, 3])));
    assert_eq!(desk.upload(1, FILING, now()), Err((999, vec![])));
    assert_eq!(desk.last_sequence, 1);
}

#[test]
fn the_same_organizer_and_domain_twice_is_a_conflict() {
    let mut desk = received();
    desk.upload(2, &FILING.replace("<IspZtid>7<", "<IspZtid>8<"), now()).unwrap();
    assert_eq!(desk.cases[1].state, CaseState::Refused { codes: vec![1003, 1039], opinion: None });
    verify(&mut desk, 0);
    verify(&mut desk, 1);
    desk.upload(3, &FILING.replace("<IspZtid>7<", "<IspZtid>9<"), now()).unwrap();
    assert_eq!(desk.cases[2].state, CaseState::Refused { codes: vec![1003, 1005], opinion: None });
}

#[test]
fn required_elements_and_formats_are_checked() {
    let cases = [
        ("<Fzr_sjhm>13800000001</Fzr_sjhm>", "", 1011),
        ("<Fzr_xm>林示范</Fzr_xm>", "", 1044),
        ("<Ym>example-lin.cn</Ym>", "<Ym>lin</Ym>", 1004),
        ("<Qsip>3405803786</Qsip>", "<Qsip>0</Qsip>", 1006),
        ("<Shiid>210100</Shiid>", "<Shiid>440100</Shiid>", 1019),
        ("www.example-lin.cn", "www.other.cn", 1041),
    ];
    for (from, to, code) in cases {
        let mut desk = Desk::default();
        desk.upload(1, &FILING.replacen(from, to, 1), now()).unwrap();
        let CaseState::Refused { codes, .. } = &desk.cases[0].state else { panic!("{from} was taken") };
        assert!(codes.contains(&code), "{from}: {codes:?}");
    }
    let mut desk = Desk::default();
    desk.upload(1, &FILING.replace("V.3.0", "V.2.0"), now()).unwrap();
    assert!(desk.cases.is_empty() && desk.outgoing[0].xml.contains("<Jgdm>5004</Jgdm>"));
}

#[test]
fn the_clerk_refuses_as_often_as_told_and_then_grants() {
    let mut desk = received();
    let reasons = vec![Objection { code: 1020, opinion: Some("名称不规范".to_owned()) }];
    desk.behaviour = Behaviour { mode: Mode::Refuse, reasons, times: Some(1), ..Behaviour::default() };
    verify(&mut desk, 0);
    verify(&mut desk, 1);
    assert!(matches!(desk.cases[0].state, CaseState::Refused { .. }));
    desk.upload(2, &FILING.replace("<IspZtid>7<", "<IspZtid>8<"), now()).unwrap();
    for who in desk.cases[1].principals.clone() {
        desk.verify(&who.mobile, &who.code, &who.last_six, now());
    }
    desk.catch_up(now());
    assert!(desk.cases[1].is_filed());
}
