//! The checklist: which materials this very draft needs, and why. It knows no upload.

use serde::{Deserialize, Serialize};

use super::place::Place;
use super::surroundings::Surroundings;
use super::{Case, Need, Row, RulePack};
use crate::certificate::Certificates;
use crate::dossier::Draft;
use crate::violation::{RuleId, Severity};

/// A material that a draft needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterialNeed {
    /// Its kind, a key of the material table (`subject_certificate`).
    pub kind: String,
    /// The service it belongs to, counted from 0; none for the subject.
    pub service: Option<u16>,
    /// Its name in Chinese.
    pub zh: String,
    /// Its name in English.
    pub en: String,
    /// Why it is needed and how it must look, in Chinese.
    pub why: String,
    /// The same in English.
    pub why_en: String,
    /// The rule that asks for it.
    pub rule: RuleId,
    /// Whether the order can be submitted without it.
    pub severity: Severity,
    /// JSON pointer to the part of the draft it proves.
    pub pointer: String,
}

/// The materials that a draft needs, those of the subject first.
#[must_use]
pub fn checklist(draft: &Draft, pack: &RulePack, case: Case) -> Vec<MaterialNeed> {
    let around = Surroundings::new(draft, case);
    let mut needs: Vec<(bool, MaterialNeed)> = Vec::new();
    for need in pack.needs_met(&around).filter(|need| need.in_force(case.as_of)) {
        for place in asked(need, &around) {
            // Two rules may ask for the same paper; it is uploaded once.
            let fresh = |need: &MaterialNeed| {
                !needs.iter().any(|(_, known)| known.kind == need.kind && known.service == need.service)
            };
            let of_province = !need.when.provinces.is_empty();
            needs.extend(material(need, &place, pack).filter(fresh).map(|need| (of_province, need)));
        }
    }
    let service = |need: &MaterialNeed| need.service.map_or(0, |service| u32::from(service).saturating_add(1));
    needs.sort_by_key(|(of_province, need)| (service(need), *of_province));
    needs.into_iter().map(|(_, need)| need).collect()
}

/// The places for which a rule asks for its material.
fn asked<'a>(need: &Need, around: &Surroundings<'a>) -> Vec<Place<'a>> {
    if !need.when.fits_order(around) {
        return Vec::new();
    }
    let wanted = |place: &Place<'_>| {
        need.when.fits_service(around, place.service)
            && has_sides(need, place, around)
            && need.check.as_ref().is_none_or(|check| check.is_broken(place, &mut Vec::new(), around))
    };
    need.at.places(around.draft).filter(wanted).collect()
}

fn material(need: &Need, place: &Place<'_>, pack: &RulePack) -> Option<MaterialNeed> {
    let kind = pack.material(&need.kind)?;
    let service = place.service.and_then(|index| u16::try_from(index).ok());
    Some(MaterialNeed {
        kind: kind.key.clone(),
        service: service.filter(|_| kind.per_service),
        zh: kind.zh.clone(),
        en: kind.en.clone(),
        why: need.why_zh.clone(),
        why_en: need.why_en.clone(),
        rule: need.id.clone(),
        severity: need.severity,
        pointer: place.pointer(),
    })
}

/// A passport has no back: whether the certificate at the place takes so many pictures. While its kind is not chosen, the
/// usual card is assumed.
fn has_sides(need: &Need, place: &Place<'_>, around: &Surroundings<'_>) -> bool {
    let row = || around.certificate(place).kind.and_then(|code| Certificates::national().of_principal(code));
    need.sides.is_none_or(|wanted| row().map_or(2, |row| row.sides) >= wanted)
}
