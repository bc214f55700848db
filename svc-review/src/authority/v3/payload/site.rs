//! A site (`Wz_xx`) with its domains (`Ym_xx`) and where it runs (`Jr_xx`), as new services and changes share them.

use std::net::Ipv4Addr;

use domain::{
    dossier::{AccessDraft, Draft, ServiceDraft},
    host::DomainName,
    service::ServiceKind,
};

use super::{Element, HeldSite, Provider, Trouble, needed, part, subject::person, text};

/// What a change says of a site that is filed.
pub(super) struct Filed<'a> {
    /// Its number.
    pub(super) number: &'a str,
    /// The authority's ids.
    pub(super) held: &'a HeldSite,
    /// Our access's id at the authority.
    pub(super) access: i64,
    /// The id that its parts are counted from.
    pub(super) part: i64,
}

/// A site that is not filed yet.
pub(super) fn new(id: i64, service: &ServiceDraft, draft: &Draft, provider: &Provider) -> Result<Element, Trouble> {
    let site = named(Element::new("Wz_xx").with(Element::leaf("IspWzid", &id)), service)?;
    let mut site = site;
    for (index, domain) in domains(service)?.iter().enumerate() {
        let entry = Element::new("Ym_xx").with(Element::leaf("IspYmid", &part(id, index)?));
        site = site.with(entry.with(Element::leaf("Ym", domain.ascii())));
    }
    let access = Element::new("Jr_xx").with(Element::leaf("IspJrid", &id));
    let site = site.with(running(access, id, &service.access, provider)?);
    Ok(rest(site.with(answering(service, draft)?), service))
}

/// A site that is filed, as it shall be.
pub(super) fn filed(
    own: &Filed<'_>,
    service: &ServiceDraft,
    draft: &Draft,
    provider: &Provider,
) -> Result<Element, Trouble> {
    let mut site = named(Element::new("Wz_xx").with(Element::leaf("Wzid", &own.held.id)), service)?;
    for (index, domain) in domains(service)?.iter().enumerate() {
        let entry = Element::new("Ym_xx").with(Element::leaf("IspYmid", &part(own.part, index)?));
        let entry = entry.maybe("Ymid", own.held.domains.get(domain.ascii()));
        site = site.with(entry.with(Element::leaf("Ym", domain.ascii())));
    }
    let access = Element::new("Jr_xx").with(Element::leaf("Jrid", &own.access));
    let site = site.with(running(access, own.part, &service.access, provider)?);
    Ok(rest(site.with(answering(service, draft)?).with(Element::leaf("Baxh", own.number)), service))
}

/// Where it runs: place and mode of its resource, ours where the resource says none, and its addresses. `id` is what the
/// addresses are counted from.
pub(super) fn running(access: Element, id: i64, runs: &AccessDraft, provider: &Provider) -> Result<Element, Trouble> {
    let (place, mode) =
        (runs.location.map_or(provider.location, u64::from), runs.mode.map_or(provider.access, u64::from));
    let mut access = access
        .with(Element::new("Wzfb").with(Element::leaf("Fbdd", &place)))
        .with(Element::new("Wzjrfs").with(Element::leaf("Jrfs", &mode)));
    for (index, address) in runs.addresses.iter().enumerate() {
        let address: Ipv4Addr = address.trim().parse().or(Err(Trouble::Unfit("an address is no IPv4 address")))?;
        let number = u32::from(address);
        let entry = Element::new("Ip_xx")
            .with(Element::leaf("IspIpid", &part(id, index)?))
            .with(Element::leaf("Qsip", &number))
            .with(Element::leaf("Zzip", &number));
        access = access.with(entry);
    }
    Ok(access)
}

fn named(head: Element, service: &ServiceDraft) -> Result<Element, Trouble> {
    if service.kind != ServiceKind::Website {
        return Err(Trouble::Unfit("the interface V3.0 knows websites only"));
    }
    Ok(head
        .with(Element::leaf("Wzmc", needed(text(service.name.as_ref()), "no service name")?))
        .with(Element::new("Fwnr").with_all(service.contents.iter().map(|code| Element::leaf("Fwnr_id", code))))
        .with(Element::new("Yylb").with_all(service.languages.iter().map(|code| Element::leaf("Yylb_id", code)))))
}

fn domains(service: &ServiceDraft) -> Result<Vec<DomainName>, Trouble> {
    let domains = service.domains.iter();
    domains.map(|domain| DomainName::try_from(domain.as_str()).or(Err(Trouble::Unfit("a domain is none")))).collect()
}

fn answering(service: &ServiceDraft, draft: &Draft) -> Result<Element, Trouble> {
    let own = service.principal.person();
    person("Wz_Fzr", if service.principal.same_as_subject { &draft.subject.principal } else { &own })
}

fn rest(site: Element, service: &ServiceDraft) -> Element {
    site.maybe("Syurl", text(service.home_url.as_ref())).maybe("Wz_Bz", text(service.remark.as_ref()))
}
