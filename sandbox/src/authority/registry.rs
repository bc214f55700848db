//! What is filed: subjects, their sites, and who gives them access. It knows no case and no clerk.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::form::{Access, Domain, Site, Subject};

const SHANGHAI: TimeDelta = TimeDelta::hours(8);
/// The first id that is given: no provider's own number looks like it.
const FIRST_ID: i64 = 500_001;

/// Everything that is filed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Registry {
    pub(super) subjects: Vec<FiledSubject>,
    /// Ids of subjects that are filed no more.
    pub(super) gone_subjects: Vec<i64>,
    /// Ids of sites that are filed no more.
    pub(super) gone_sites: Vec<i64>,
    ids: i64,
    numbers: u32,
}

/// A subject on file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FiledSubject {
    /// `Ztid`.
    pub(super) id: i64,
    /// Its number.
    pub(super) number: String,
    /// The provider's id of it (`IspZtid`), where the provider filed it.
    pub(super) ours: Option<i64>,
    /// Its filing password, where one was given out.
    pub(super) password: Option<String>,
    /// What was filed.
    pub(super) details: Subject,
    /// Its sites.
    pub(super) sites: Vec<FiledSite>,
    /// How many sites it ever had: their numbers are not given twice.
    pub(super) counted: u32,
}

/// A site on file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FiledSite {
    /// `Wzid`.
    pub(super) id: i64,
    /// Its number.
    pub(super) number: String,
    /// What was filed, without its accesses.
    pub(super) details: Site,
    /// The ids of its domains (`Ymid`), in their order.
    pub(super) domain_ids: Vec<i64>,
    /// Who gives it access.
    pub(super) accesses: Vec<FiledAccess>,
}

/// An access on file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FiledAccess {
    /// `Jrid`.
    pub(super) id: i64,
    /// `Ispid`.
    pub(super) provider: i64,
    /// What was filed.
    pub(super) details: Access,
}

impl FiledSubject {
    /// Whether a provider gives access to any of its sites.
    pub(super) fn is_with(&self, provider: i64) -> bool {
        self.sites.iter().any(|site| site.is_with(provider))
    }
}

impl FiledSite {
    /// Whether a provider gives it access.
    pub(super) fn is_with(&self, provider: i64) -> bool {
        self.accesses.iter().any(|access| access.provider == provider)
    }

    /// Its domains, in lower case.
    pub(super) fn domains(&self) -> impl Iterator<Item = String> {
        self.details.domains.iter().map(|domain| domain.name.trim().to_ascii_lowercase())
    }
}

impl Registry {
    fn id(&mut self) -> i64 {
        self.ids = self.ids.max(FIRST_ID).saturating_add(1);
        self.ids
    }

    /// Files a subject under a new number, or under the one it has already; its id and number.
    pub(super) fn file(&mut self, details: Subject, number: Option<String>, now: DateTime<Utc>) -> (i64, String) {
        let number = number.unwrap_or_else(|| self.fresh(prefix(&details.address.province), now));
        let (id, ours) = (self.id(), details.id.trim().parse().ok());
        let (password, sites, counted) = (None, Vec::new(), 0);
        self.subjects.push(FiledSubject { id, number: number.clone(), ours, password, details, sites, counted });
        (id, number)
    }

    /// The next number that nobody has.
    fn fresh(&mut self, prefix: char, now: DateTime<Utc>) -> String {
        let year = (now + SHANGHAI).year();
        loop {
            self.numbers = self.numbers.saturating_add(1);
            let number = format!("{prefix}ICP备{year:04}{:06}号", self.numbers);
            if self.subject("", &number).is_none() {
                return number;
            }
        }
    }

    /// Gives out a subject's filing password.
    pub(super) fn set_password(&mut self, subject: i64, password: Option<String>) {
        if let Some(subject) = self.subjects.iter_mut().find(|one| one.id == subject) {
            subject.password = password;
        }
    }

    /// Files a site of a subject; its number.
    pub(super) fn add_site(&mut self, subject: i64, mut details: Site, provider: i64) -> Option<String> {
        let accesses = std::mem::take(&mut details.accesses);
        let accesses: Vec<_> =
            accesses.into_iter().map(|details| FiledAccess { id: self.id(), provider, details }).collect();
        let domain_ids = details.domains.iter().map(|_| self.id()).collect();
        let id = self.id();
        let owner = self.subjects.iter_mut().find(|one| one.id == subject)?;
        owner.counted = owner.counted.saturating_add(1);
        let number = format!("{}-{}", owner.number, owner.counted);
        owner.sites.push(FiledSite { id, number: number.clone(), details, domain_ids, accesses });
        Some(number)
    }

    /// Files one more access of a site.
    pub(super) fn add_access(&mut self, site: i64, details: Access, provider: i64) {
        let id = self.id();
        if let Some(site) = self.sites_mut().find(|one| one.id == site) {
            site.accesses.push(FiledAccess { id, provider, details });
        }
    }

    fn sites_mut(&mut self) -> impl Iterator<Item = &mut FiledSite> {
        self.subjects.iter_mut().flat_map(|subject| &mut subject.sites)
    }

    /// Files what changed of a subject and its sites. Ids, numbers and other providers' accesses stay.
    pub(super) fn change(&mut self, details: &Subject, sites: &[Site]) {
        let id: Option<i64> = details.filed_id.trim().parse().ok();
        let mut fresh: Vec<i64> = sites.iter().flat_map(|site| &site.domains).map(|_| self.id()).collect();
        let Some(subject) = self.subjects.iter_mut().find(|one| Some(one.id) == id) else { return };
        let own = std::mem::take(&mut subject.details.id);
        subject.details = Subject { id: own, ..details.clone() };
        for site in sites {
            let Some(filed) = subject.sites.iter_mut().find(|one| one.id.to_string() == site.filed_id.trim()) else {
                continue;
            };
            let mut details = site.clone();
            for access in std::mem::take(&mut details.accesses) {
                let own = filed.accesses.iter_mut().find(|one| one.id.to_string() == access.filed_id.trim());
                if let Some(own) = own {
                    own.details = Access { id: std::mem::take(&mut own.details.id), ..access };
                }
            }
            // A domain that stays keeps its id.
            let known: BTreeMap<String, i64> = filed.domains().zip(filed.domain_ids.iter().copied()).collect();
            let id_of = |domain: &Domain| known.get(&domain.name.trim().to_ascii_lowercase()).copied();
            filed.domain_ids =
                details.domains.iter().filter_map(|domain| id_of(domain).or_else(|| fresh.pop())).collect();
            filed.details = Site { id: std::mem::take(&mut filed.details.id), ..details };
        }
    }

    /// The subject of a number, for somebody who changes it past any case.
    pub(super) fn subject_mut(&mut self, number: &str) -> Option<&mut FiledSubject> {
        self.subjects.iter_mut().find(|one| one.number == number)
    }

    /// Gives a site other data, and to another provider where one is named.
    pub(super) fn replace_site(&mut self, number: &str, mut details: Site, provider: Option<i64>) {
        let accesses = std::mem::take(&mut details.accesses);
        let accesses: Vec<_> = provider.map_or_else(Vec::new, |provider| {
            accesses.into_iter().map(|details| FiledAccess { id: self.id(), provider, details }).collect()
        });
        let domain_ids = details.domains.iter().map(|_| self.id()).collect();
        let Some(site) = self.sites_mut().find(|one| one.number == number) else { return };
        site.details = details;
        site.domain_ids = domain_ids;
        if !accesses.is_empty() {
            site.accesses = accesses;
        }
    }

    /// The subject of an id or a number.
    pub(super) fn subject(&self, id: &str, number: &str) -> Option<&FiledSubject> {
        let (id, number) = (id.trim(), number.trim());
        self.subjects.iter().find(|one| {
            (!id.is_empty() && one.id.to_string() == id)
                || (id.is_empty() && !number.is_empty() && one.number == number)
        })
    }

    /// The site of an id or a number, with its subject.
    pub(super) fn site(&self, id: &str, number: &str) -> Option<(&FiledSubject, &FiledSite)> {
        let (id, number) = (id.trim(), number.trim());
        self.sites().find(|(_, one)| {
            (!id.is_empty() && one.id.to_string() == id)
                || (id.is_empty() && !number.is_empty() && one.number == number)
        })
    }

    /// The access of an id, with its site.
    pub(super) fn access(&self, id: i64) -> Option<(&FiledSubject, &FiledSite, &FiledAccess)> {
        self.sites().find_map(|(subject, site)| {
            site.accesses.iter().find(|one| one.id == id).map(|access| (subject, site, access))
        })
    }

    /// All sites, each with its subject.
    pub(super) fn sites(&self) -> impl Iterator<Item = (&FiledSubject, &FiledSite)> {
        self.subjects.iter().flat_map(|subject| subject.sites.iter().map(move |site| (subject, site)))
    }

    /// The subject that shows this certificate.
    pub(super) fn holder(&self, kind: &str, number: &str) -> Option<&FiledSubject> {
        self.subjects.iter().find(|one| {
            one.details.certificate.kind == kind && one.details.certificate.number.eq_ignore_ascii_case(number.trim())
        })
    }

    /// The site that has a domain, with its subject.
    pub(super) fn of_domain(&self, domain: &str) -> Option<(&FiledSubject, &FiledSite)> {
        self.sites().find(|(_, site)| site.domains().any(|own| own == domain))
    }

    /// Takes a subject with all of its sites off the file.
    pub(super) fn remove_subject(&mut self, id: i64) {
        self.subjects.retain(|one| one.id != id);
        self.gone_subjects.push(id);
    }

    /// Takes a site off the file.
    pub(super) fn remove_site(&mut self, id: i64) {
        for subject in &mut self.subjects {
            subject.sites.retain(|one| one.id != id);
        }
        self.gone_sites.push(id);
    }

    /// Takes an access off the file.
    pub(super) fn remove_access(&mut self, id: i64) {
        for site in self.sites_mut() {
            site.accesses.retain(|one| one.id != id);
        }
    }
}

/// The character that opens the numbers of a province.
fn prefix(province: &str) -> char {
    const PREFIXES: [(&str, char); 31] = [
        ("11", '京'),
        ("12", '津'),
        ("13", '冀'),
        ("14", '晋'),
        ("15", '蒙'),
        ("21", '辽'),
        ("22", '吉'),
        ("23", '黑'),
        ("31", '沪'),
        ("32", '苏'),
        ("33", '浙'),
        ("34", '皖'),
        ("35", '闽'),
        ("36", '赣'),
        ("37", '鲁'),
        ("41", '豫'),
        ("42", '鄂'),
        ("43", '湘'),
        ("44", '粤'),
        ("45", '桂'),
        ("46", '琼'),
        ("50", '渝'),
        ("51", '蜀'),
        ("52", '黔'),
        ("53", '滇'),
        ("54", '藏'),
        ("61", '陕'),
        ("62", '陇'),
        ("63", '青'),
        ("64", '宁'),
        ("65", '新'),
    ];
    PREFIXES.iter().find(|(head, _)| province.starts_with(head)).map_or('京', |(_, prefix)| *prefix)
}
