//! Tencent Cloud's walkthrough of a site added by a subject that is filed elsewhere (source S1, about 2021).

use domain::rules::kinds::OrderKind;

use crate::said::Verdict::{Asks, Breaks, Tells};
use crate::said::{Said, person, unit};

const ON: &str = "2021-11-01";

fn added(sentence: &'static str) -> Said {
    unit(sentence, ON).order(OrderKind::AddElsewhere).electronic()
}

#[test]
fn the_kind_of_order() {
    added("the subject is filed elsewhere and adds a site here").expect(Tells("national.type.add_elsewhere"));
    added("the service's principal is verified in person").expect(Tells("national.advice.verify_in_person"));
}

#[test]
fn domains_and_resources() {
    added("the suffix is approved").set("/services/0/domains/0", "example.io").expect(Breaks("national.domain.suffix"));
    added("a foreign registrar's domain moves to the mainland first")
        .registration("approved_registrar", false)
        .expect(Breaks("national.domain.registrar"));
    added("the domain is within its term")
        .registration("expires_on", "2021-10-31")
        .expect(Breaks("national.domain.expired"));
    added("the domain is verified by real name")
        .registration("verified_on", "2021-10-31")
        .expect(Breaks("national.domain.realname"));
    added("one site, one domain")
        .set("/services/0/domains", vec!["example-a.cn", "example-b.cn"])
        .expect(Breaks("national.service.domains.count"));
    added("the server is prepaid for three months").expect(Tells("national.advice.prepaid"));
    added("a code stands for the server it was made of").expect(Tells("national.advice.codes"));
}

#[test]
fn what_is_filled_in() {
    added("the province is that of the certificate's address")
        .set("/subject/certificate/region", "440305")
        .expect(Breaks("national.subject.certificate.region.same"));
    added("the mailing address goes to the door number")
        .set("/subject/address", "辽宁省沈阳市和平区")
        .expect(Breaks("national.subject.address.door"));
    added("the number is that of the certificate")
        .set("/subject/certificate/number", "91210000EXAMPLE03G")
        .expect(Breaks("national.subject.certificate.number.form"));
    added("the name is given").set("/services/0/name", " ").expect(Breaks("national.service.name.present"));
    added("content \"other\" is explained")
        .set("/services/0/contents", vec![24])
        .without("/services/0/remark")
        .expect(Breaks("national.service.remark.other"));
    person("a person remarks the content", ON).without("/services/0/remark").expect(Breaks("guangdong.person.remark"));
    added("the home page lies under the domain")
        .set("/services/0/home_url", "www.example.com")
        .expect(Breaks("national.service.home_url.domain"));
    added("both principals' documents are uploaded").expect(Asks("principal_certificate_front"));
    added("our review takes a working day or two").expect(Tells("national.advice.initial_review"));
    added("the authority decides within twenty working days").expect(Tells("national.advice.authority_review"));
    added("the code holds a day").expect(Tells("national.advice.sms_valid"));
}
