//! What we know of what is filed already: the authority's ids, by number. It knows no table.

use std::collections::BTreeMap;

/// The authority's ids around an order's subject. Empty for a subject that was filed elsewhere and never synchronised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// The subject's (`Ztid`).
    pub subject: Option<i64>,
    /// Its sites, by number.
    pub sites: BTreeMap<String, HeldSite>,
}

/// A site's ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldSite {
    /// The site's (`Wzid`).
    pub id: i64,
    /// Our access's (`Jrid`).
    pub access: Option<i64>,
    /// Its domains' (`Ymid`), by name.
    pub domains: BTreeMap<String, i64>,
}

impl Held {
    /// The number of the site that has this domain.
    #[must_use]
    pub fn number_of(&self, domain: &str) -> Option<&str> {
        let found = self.sites.iter().find(|(_, site)| site.domains.contains_key(domain));
        found.map(|(number, _)| number.as_str())
    }
}
