//! The filing guide of `UCloud` (source S4, 2023 or later).

use domain::region::Province;
use domain::rules::kinds::OrderKind;

use crate::said::Verdict::{Asks, Breaks, Keeps, Spares, Tells};
use crate::said::{person, unit};

const ON: &str = "2025-12-01";

#[test]
fn kinds_of_order() {
    unit("neither subject nor domain was filed: first", ON).expect(Tells("national.type.first"));
    unit("a subject with a number adds a service", ON)
        .order(OrderKind::AddHere)
        .expect(Tells("national.type.add_here"));
    unit("what is filed elsewhere gets access here", ON).order(OrderKind::Access).expect(Tells("national.type.access"));
    person("a personal account files its own subject", "2026-03-02").expect(Tells("national.advice.personal_account"));
}

#[test]
fn documents_of_persons() {
    for kind in [2, 7, 11, 14, 30, 41, 42] {
        unit("cards, permits and passports are documents of a principal", ON)
            .set("/subject/principal/certificate/kind", kind)
            .expect(Keeps("national.subject.principal.certificate.kind.known"));
    }
    unit("an officer's card is none", ON)
        .set("/subject/principal/certificate/kind", 8)
        .expect(Breaks("national.subject.principal.certificate.kind.known"));
    person("from another province a residence permit is asked for in some", ON)
        .set("/subject/certificate/region", "210102")
        .expect(Asks("residence_proof"));
    person("at home it is not", ON).expect(Spares("residence_proof"));
    person("others refuse", ON)
        .province(Province::Henan)
        .set("/subject/certificate/region", "210102")
        .expect(Breaks("henan.person.resident"));
    person("Henan asks for the commitment", ON)
        .province(Province::Henan)
        .set("/subject/certificate/region", "410102")
        .expect(Asks("filing_commitment"));
    person("so does Guangdong", ON).expect(Asks("filing_commitment"));
    unit("Liaoning does not", ON).expect(Spares("filing_commitment"));
}

#[test]
fn plans_and_letters() {
    unit("Guangdong asks for a plan when there are many domains", ON)
        .province(Province::Guangdong)
        .set("/subject/filed_services", 30)
        .expect(Asks("construction_plan"));
    unit("and not when there are few", ON).province(Province::Guangdong).expect(Spares("construction_plan"));
    person("a person there from five on", ON).set("/subject/filed_services", 4).expect(Asks("construction_plan"));
    unit("Chongqing from six on", ON)
        .province(Province::Chongqing)
        .set("/subject/filed_services", 5)
        .expect(Asks("construction_plan"));
    unit("Hunan when a filed subject adds", ON)
        .province(Province::Hunan)
        .order(OrderKind::AddHere)
        .set("/subject/filed_services", 1)
        .expect(Asks("construction_plan"));
    unit("who is not the legal representative brings a letter in some provinces", ON)
        .province(Province::Sichuan)
        .set("/subject/principal/post", "authorized")
        .expect(Asks("subject_principal_letter"));
    for (scope, letter) in [
        ("互联网新闻发布", "no_news"),
        ("网络文化经营", "no_culture"),
        ("金融服务", "no_finance"),
        ("医疗器械销售", "no_drug_device"),
        ("教育咨询", "no_offcampus_training"),
    ] {
        unit("words of pre-approvals ask for a promise", ON).set("/subject/scope", scope).expect(Asks(letter));
    }
    unit("plain business does not", ON).set("/subject/scope", "花卉种植").expect(Spares("no_finance"));
}

#[test]
fn after_the_submission() {
    unit("the face is taken by the phone", ON).electronic().expect(Tells("national.advice.verify_in_person"));
    unit("our review takes a working day", ON).expect(Tells("national.advice.initial_review"));
    unit("the code is entered within a day", ON).expect(Tells("national.advice.sms_valid"));
    unit("the authority takes twenty working days at most", ON).expect(Tells("national.advice.authority_review"));
    unit("the number stands at the foot of the page", ON).expect(Tells("liaoning.footer_service"));
    unit("in Guangdong the subject's number", ON)
        .province(Province::Guangdong)
        .expect(Tells("guangdong.footer_subject"));
    unit("the police are told within thirty days", ON).expect(Tells("national.advice.police"));
}
