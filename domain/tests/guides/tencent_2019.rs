//! Tencent Cloud's walkthrough of a first filing (source S0, about 2018-2019).

use domain::region::Province;
use domain::rules::Standing;

use crate::said::Verdict::{Asks, Breaks, Keeps, Leaves, Spares, Tells};
use crate::said::{person, unit};

const ON: &str = "2018-12-03";

#[test]
fn domains() {
    unit("the domain is within its term", ON)
        .registration("expires_on", "2018-11-30")
        .expect(Breaks("national.domain.expired"));
    unit("the domain is within its term", ON)
        .registration("expires_on", "2019-11-30")
        .expect(Keeps("national.domain.expired"));
    unit("the suffix is approved", ON)
        .set("/services/0/domains/0", "example.io")
        .expect(Breaks("national.domain.suffix"));
    unit("the suffix is approved", ON).expect(Keeps("national.domain.suffix"));
    unit("the registrar is approved", ON)
        .registration("approved_registrar", false)
        .expect(Breaks("national.domain.registrar"));
    unit("the domain is verified by real name", ON)
        .registration("verified_on", "2018-12-02")
        .expect(Breaks("national.domain.realname"));
    person("a person's domain is that person's", ON)
        .registration("owner", "other")
        .expect(Breaks("national.domain.owner.person"));
    for owner in ["subject", "legal_representative", "shareholder", "senior_manager"] {
        unit("a unit's domain may be its own, a shareholder's, the principal's or a manager's", ON)
            .registration("owner", owner)
            .expect(Keeps("national.domain.owner"));
    }
    unit("a unit's domain is nobody else's", ON).registration("owner", "other").expect(Breaks("national.domain.owner"));
    unit("the subject's data agree with the registrant's", ON)
        .set(
            "/services/0/registrations",
            serde_json::json!([{
                "domain": "example-liaoning.cn", "owner": "subject", "owner_name": "示例花卉有限公司",
            }]),
        )
        .expect(Breaks("national.domain.owner_name"));
    unit("privacy protection is switched off", ON)
        .registration("privacy", true)
        .expect(Breaks("national.domain.privacy"));
}

#[test]
fn resources() {
    unit("a server is prepaid for three months with a public address", ON).expect(Tells("national.advice.prepaid"));
    unit("an access address is a public one", ON)
        .set("/services/0/access/addresses", serde_json::json!(["10.0.0.1"]))
        .expect(Breaks("national.service.access.address.form"));
    unit("an account files one subject at a time", ON)
        .standing(Standing { orders_of_account: Some(2), ..Standing::default() })
        .expect(Breaks("national.limit.orders_of_account"));
}

#[test]
fn subjects_and_principals() {
    unit("a unit's name is given", ON).without("/subject/name").expect(Breaks("national.subject.name.present"));
    unit("the certificate's address is given", ON)
        .without("/subject/certificate/address")
        .expect(Breaks("national.subject.certificate.address.present"));
    person("a person's address goes to the door number", ON)
        .set("/subject/address", "广东省深圳市南山区示例路")
        .expect(Breaks("national.subject.address.door"));
    unit("the office number's area is that of the mailing address", ON)
        .set("/subject/principal/landline", "086-0755-00001001")
        .expect(Breaks("national.subject.principal.landline.area"));
    unit("the office number's area is that of the mailing address", ON)
        .expect(Keeps("national.subject.principal.landline.area"));
    unit("so is that of the service's principal", ON)
        .set("/services/0/principal/landline", "086-0755-00001001")
        .expect(Breaks("national.service.principal.landline.area"));
    unit("a mobile number is given", ON)
        .without("/subject/principal/mobile")
        .expect(Breaks("national.subject.principal.mobile.present"));
    unit("a mail address that is read is given", ON)
        .set("/subject/principal/email", "nobody")
        .expect(Breaks("national.subject.principal.email.form"));
    person("a person answers for the site without being entered again", ON)
        .expect(Keeps("national.service.principal.name.present"));
}

#[test]
fn services() {
    let many = |count: usize| -> Vec<String> { (0..count).map(|index| format!("example-{index}.cn")).collect() };
    unit("a site holds up to ten domains", ON)
        .set("/services/0/domains", many(10))
        .expect(Keeps("national.service.domains.count.2018"));
    unit("and not eleven", ON)
        .set("/services/0/domains", many(11))
        .expect(Breaks("national.service.domains.count.2018"));
    unit("since 2019-04-22 it holds one", "2019-04-22")
        .set("/services/0/domains", many(2))
        .expect(Breaks("national.service.domains.count"));
    let sites = |count: usize| vec![serde_json::json!({ "kind": "website" }); count];
    unit("an order holds up to ten sites", ON)
        .set("/services", sites(10))
        .expect(Keeps("national.services.count.unit"));
    unit("and not eleven", ON).set("/services", sites(11)).expect(Breaks("national.services.count.unit"));
    unit("content \"other\" is explained in the remark", ON)
        .set("/services/0/contents", vec![24])
        .without("/services/0/remark")
        .expect(Breaks("national.service.remark.other"));
    person("a person always remarks the content", ON)
        .without("/services/0/remark")
        .expect(Breaks("national.person.remark"));
    unit("pre-approval content is chosen, or none of it", ON)
        .without("/services/0/preapprovals")
        .expect(Breaks("national.service.preapprovals.present"));
    unit("pre-approval content comes with its document", ON)
        .set("/services/0/preapprovals", vec![2])
        .expect(Asks("preapproval_document"));
    unit("without such content it does not", ON).expect(Spares("preapproval_document"));
}

#[test]
fn materials_and_pictures() {
    unit("a unit shows its certificate and both principals' documents", ON).expect(Asks("subject_certificate"));
    unit("both sides of the document", ON).expect(Asks("principal_certificate_back"));
    person("a person shows no unit's certificate", ON).expect(Spares("subject_certificate"));
    unit("the sheet is signed at its foot, sealed and undated", ON).expect(Tells("national.advice.sheet"));
    unit("in Xinjiang a fingerprint stands beside the signature", ON)
        .province(Province::Xinjiang)
        .expect(Tells("xinjiang.advice.handprint_on_sheet"));
    unit("in Jiangxi too", ON).province(Province::Jiangxi).expect(Tells("jiangxi.advice.handprint_on_sheet"));
    unit("elsewhere it does not", ON).expect(Leaves("jiangxi.advice.handprint_on_sheet"));
    person("in Guangdong the text is copied by hand", ON)
        .expect(Tells("guangdong.advice.person.hand_copied_text_on_sheet"));
    unit("Shanghai checks by the phone", ON)
        .province(Province::Shanghai)
        .expect(Tells("shanghai.advice.app_face_check"));
    unit("an account gets one curtain for nothing", ON).expect(Tells("national.advice.curtain_free"));
    unit("curtains leave at four on working days", ON).expect(Tells("national.advice.curtain_dispatch"));
    unit("a curtain photo is a jpg of two megabytes at most", ON).expect(Tells("national.advice.image_curtain"));
    unit("the electronic check does not exist yet", ON).electronic().expect(Breaks("national.way.electronic"));
    unit("the review takes a working day or two", ON).electronic().expect(Leaves("national.advice.sheet"));
}
