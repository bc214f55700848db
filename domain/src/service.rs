//! What is filed: a service (互联网信息服务) — a website or an APP — complete and checked. It knows no draft.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::host::{DomainName, HomeUrl};
use crate::subject::Principal;
use crate::text::Text;

/// What kind of service it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// 网站.
    #[default]
    Website,
    /// APP.
    App,
}

/// Where it runs, as the authority's interface wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessPoint {
    /// The cloud resource at this provider.
    pub resource: Text<128>,
    /// Public addresses; the interface V3.0 knows IPv4 only.
    pub addresses: Vec<Ipv4Addr>,
}

/// A service ready to be filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Website or APP.
    pub kind: ServiceKind,
    /// The filed name.
    pub name: Text<128>,
    /// Registrable domains; one since 2019-04-22.
    pub domains: Vec<DomainName>,
    /// Home page, under one of the domains.
    pub home_url: Option<HomeUrl>,
    /// Content codes (`Fwnr`, facts: `code_tables`).
    pub contents: Vec<u16>,
    /// Language codes (`Yylb`).
    pub languages: Vec<u16>,
    /// Pre-approval codes; empty means "none of them" was chosen.
    pub preapprovals: Vec<u16>,
    /// What it is about.
    pub remark: Option<Text<1024>>,
    /// Where it runs.
    pub access: AccessPoint,
    /// Who answers for it; none when the subject's principal does.
    pub principal: Option<Principal>,
}
