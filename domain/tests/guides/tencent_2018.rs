//! Tencent Cloud's beginner guide (source S2, 2017-12 to 2018-08): the historic flow with its SMS pilot.

use domain::order::{PrincipalRole, Principals};
use domain::region::Province;
use domain::rules::kinds::OrderKind;
use domain::rules::{RulePack, Standing};

use crate::said::Verdict::{Asks, Breaks, Keeps, Leaves, Spares, Tells};
use crate::said::{person, unit};

const ON: &str = "2018-05-28";

#[test]
fn what_is_filled_in() {
    unit("the nature is chosen", ON).without("/nature").expect(Breaks("national.nature.present"));
    unit("the certificate's kind is one of the nature's", ON)
        .set("/subject/certificate/kind", 2)
        .expect(Breaks("national.subject.certificate.kind.known"));
    unit("the root domain is entered", ON)
        .set("/services/0/domains/0", "www.example.cn")
        .expect(Breaks("national.service.domain.form"));
    unit("units give an office number", ON)
        .without("/subject/principal/landline")
        .expect(Breaks("national.subject.principal.landline.present"));
    person("persons do not", ON).expect(Keeps("national.subject.principal.landline.present"));
    person("except in Tianjin", ON)
        .province(Province::Tianjin)
        .expect(Tells("tianjin.advice.person.landline_required"));
    unit("a principal is sixteen or older", ON)
        .set("/subject/principal/certificate/number", "210102201001010015")
        .expect(Breaks("national.subject.principal.age"));
    unit("an address without a door number is remarked", ON)
        .set("/subject/address", "辽宁省沈阳市和平区示例村")
        .expect(Breaks("national.subject.address.door"));
    unit("content \"other\" is explained", ON)
        .set("/services/0/contents", vec![24])
        .without("/services/0/remark")
        .expect(Breaks("national.service.remark.other"));
    person("persons always remark", ON).without("/services/0/remark").expect(Breaks("national.person.remark"));
    unit("none of the pre-approvals is an answer", ON).expect(Keeps("national.service.preapprovals.present"));
    let sites = |count: usize| vec![serde_json::json!({ "kind": "website" }); count];
    unit("ten sites an order", ON).set("/services", sites(10)).expect(Keeps("national.services.count.unit"));
    unit("the server carries six subjects then, five today", ON)
        .standing(Standing { services_on_resource: Some(6), ..Standing::default() })
        .expect(Breaks("national.limit.services_on_resource"));
    unit("one order at a time", ON)
        .standing(Standing { orders_of_subject: Some(2), ..Standing::default() })
        .expect(Breaks("national.limit.orders_of_subject"));
    person("no forum of persons", ON).set("/services/0/contents", vec![1]).expect(Breaks("national.preapproval.bbs"));
}

#[test]
fn pictures_and_sheets() {
    unit("jpg up to two megabytes", ON).expect(Tells("national.advice.image_2018"));
    unit("which holds no more", "2026-03-02").expect(Leaves("national.advice.image_2018"));
    unit("both principals' documents", ON).expect(Asks("principal_certificate_front"));
    person("a person shows no unit's licence", ON).expect(Spares("subject_certificate"));
    unit("two sheets with seal, undated", ON).expect(Tells("national.advice.sheet"));
    unit("Guangdong tries the video check", "2018-07-06")
        .province(Province::Guangdong)
        .expect(Tells("guangdong.advice.electronic_check_pilot"));
}

#[test]
fn sms_pilot() {
    let pack = RulePack::national();
    let hours = |province, on: &str| pack.sms_validity(province, on.parse().unwrap()).map(|held| held.num_hours());
    for province in [
        Province::Tianjin,
        Province::Gansu,
        Province::Qinghai,
        Province::Xizang,
        Province::Ningxia,
        Province::Xinjiang,
        Province::Hainan,
    ] {
        assert_eq!(hours(province, "2017-12-17"), None, "{province}: not before 2017-12-18");
        assert_eq!(hours(province, "2017-12-18"), Some(48), "{province}: the code holds 48 hours");
        unit("the code holds 48 hours", "2018-01-01")
            .province(province)
            .expect(Tells("national.advice.sms_valid_pilot"));
    }
    assert_eq!(hours(Province::Guangdong, ON), None, "other provinces do not take part");
    let both = Principals::from([PrincipalRole::Subject, PrincipalRole::Service]);
    let asked = |kind| pack.sms_principals(kind, &both, &both);
    assert_eq!(asked(OrderKind::First), both, "a first filing: both principals");
    assert_eq!(asked(OrderKind::AddHere), [PrincipalRole::Service].into(), "an added site: its principal");
    assert_eq!(asked(OrderKind::Access), [PrincipalRole::Service].into(), "access: the site's principal");
    assert_eq!(asked(OrderKind::ChangeSubject), [PrincipalRole::Subject].into(), "a change: whoever is changed");
    let one = Principals::from([PrincipalRole::Subject]);
    assert_eq!(pack.sms_principals(OrderKind::First, &one, &both), one, "one person gets one code");
    unit("five wrong entries are allowed", ON).expect(Tells("national.advice.sms_wrong"));
    unit("code, number and the last six of the document are entered", ON).expect(Tells("national.advice.sms_page"));
}
