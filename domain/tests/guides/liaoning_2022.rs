//! Notes on filing in Liaoning, with materials of the whole country (source S3, about 2022-2023).

use domain::region::Province;
use domain::rules::kinds::OrderKind;

use crate::said::Verdict::{Asks, Breaks, Keeps, Spares, Tells};
use crate::said::{Said, person, unit};

const ON: &str = "2025-12-01";

fn here(sentence: &'static str) -> Said {
    person(sentence, ON)
        .province(Province::Liaoning)
        .set("/subject/certificate/address", "辽宁省沈阳市和平区示例路5号505室")
}

#[test]
fn persons() {
    here("sixteen is old enough with proof of income or work")
        .set("/subject/principal/certificate/number", "210102200801010019")
        .expect(Keeps("liaoning.person.age"));
    here("and the proof is asked for")
        .set("/subject/principal/certificate/number", "210102200801010019")
        .expect(Asks("employment_proof"));
    here("who is of age brings none").expect(Spares("employment_proof"));
    here("fifteen is too young")
        .set("/subject/principal/certificate/number", "210102201001010015")
        .expect(Breaks("liaoning.person.age"));
    here("a number of Liaoning is recommended").expect(Tells("liaoning.local_number_all"));
    here("both numbers are given").without("/subject/principal/emergency").expect(Breaks("liaoning.person.emergency"));
    here("the two numbers differ")
        .set("/subject/principal/emergency", "13800002001")
        .expect(Breaks("national.subject.principal.emergency.different"));
    here("a person changes to the own enterprise only")
        .order(OrderKind::ChangeSubject)
        .expect(Tells("liaoning.person.change"));
    for (kind, number) in [(14, "H12345678"), (11, "12345678"), (7, "E12345678")] {
        here("a permit or passport is a document too")
            .set("/subject/principal/certificate/kind", kind)
            .set("/subject/principal/certificate/number", number)
            .expect(Keeps("national.subject.principal.certificate.number.form"));
    }
}

#[test]
fn units() {
    unit("sixteen is old enough", ON)
        .set("/subject/principal/certificate/number", "210102200801010019")
        .expect(Keeps("liaoning.unit.age"));
    unit("with proof", ON)
        .set("/subject/principal/certificate/number", "210102200801010019")
        .expect(Asks("employment_proof"));
    unit("an individual business files as an enterprise", ON).expect(Tells("liaoning.advice.unit.individual_business"));
    unit("only the merged certificate", ON).expect(Tells("liaoning.advice.unit.certificate"));
    unit("two principals give three numbers", ON)
        .set("/services/0/principal/emergency", "13900001003")
        .expect(Keeps("liaoning.numbers"));
    unit("and not two", ON)
        .set("/services/0/principal/emergency", "13800001001")
        .set("/subject/principal/emergency", "13800001002")
        .expect(Breaks("liaoning.numbers"));
    unit("their mobiles differ", ON)
        .set("/services/0/principal/mobile", "13800001001")
        .expect(Breaks("national.principals.mobile.different"));
    unit("programme production is approved or taken out of the scope", ON)
        .expect(Tells("liaoning.advice.unit.broadcast_scope"));
    unit("programme production in the scope is seen", ON)
        .set("/subject/scope", "广播电视节目制作")
        .expect(Breaks("national.preapproval.broadcast"));
    unit("an enterprise is renamed only", ON).order(OrderKind::ChangeSubject).expect(Tells("liaoning.unit.change"));
    unit("with the registry's letter", ON)
        .order(OrderKind::ChangeSubject)
        .set("/subject/renamed", true)
        .expect(Asks("rename_letter"));
    unit("change comes before access and addition", ON).expect(Tells("liaoning.advice.change_before_add"));
}

#[test]
fn certificates_of_natures() {
    for (nature, kind) in [(2, 9), (1, 5), (3, 15), (4, 1), (6, 10), (9, 16), (10, 19), (11, 21), (13, 24), (15, 25)] {
        unit("each nature has its certificates", ON)
            .set("/nature", nature)
            .set("/subject/certificate/kind", kind)
            .expect(Keeps("national.subject.certificate.kind.known"));
    }
    unit("an enterprise shows no identity card", ON)
        .set("/subject/certificate/kind", 2)
        .expect(Breaks("national.subject.certificate.kind.known"));
}

#[test]
fn other_materials() {
    unit("Hunan asks for the domain certificate", ON).province(Province::Hunan).expect(Asks("domain_certificate"));
    unit("Liaoning does not", ON).expect(Spares("domain_certificate"));
    unit("Shanghai, when the owner is the foreign parent", ON)
        .province(Province::Shanghai)
        .expect(Tells("shanghai.advice.unit.domain_certificate"));
    for province in [Province::Jilin, Province::Anhui, Province::Sichuan, Province::Gansu] {
        let said = || {
            unit("who is not the legal representative brings a letter or is refused", ON)
                .province(province)
                .set("/subject/principal/post", "authorized")
        };
        if province == Province::Jilin {
            said().expect(Breaks("jilin.unit.legal_representative"));
        } else {
            said().expect(Asks("subject_principal_letter"));
        }
    }
    unit("elsewhere the legal representative is the principal", ON)
        .set("/subject/principal/post", "authorized")
        .expect(Spares("subject_principal_letter"));
    for province in [
        Province::Anhui,
        Province::Fujian,
        Province::Jiangxi,
        Province::Hunan,
        Province::Hubei,
        Province::Sichuan,
        Province::Guizhou,
        Province::Tianjin,
        Province::Shanghai,
        Province::Chongqing,
    ] {
        unit("a service principal who is another person brings a letter", ON)
            .province(province)
            .expect(Asks("service_principal_letter"));
    }
    unit("many services need a plan", ON)
        .province(Province::Hunan)
        .set("/subject/filed_services", 1)
        .expect(Asks("construction_plan"));
}
