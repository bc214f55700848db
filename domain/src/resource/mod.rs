//! A cloud resource (云资源) that services run on: what the provider's inventory says of it, whether its provider lets a service
//! or a code be made on it, and what a filing says of it. It knows no inventory and no order.

mod access;
mod policy;

use std::net::{IpAddr, Ipv4Addr};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub use access::access;
pub use policy::{Policy, Wanted};

use crate::region::Province;

/// What a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// 云服务器.
    Server,
    /// 轻量应用服务器.
    LightServer,
    /// 建站主机.
    SiteHosting,
    /// 负载均衡.
    LoadBalancer,
}

impl ResourceKind {
    /// Every kind, for tables and tests.
    pub const ALL: [Self; 4] = [Self::Server, Self::LightServer, Self::SiteHosting, Self::LoadBalancer];

    /// Its name in Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Server => "云服务器",
            Self::LightServer => "轻量应用服务器",
            Self::SiteHosting => "建站主机",
            Self::LoadBalancer => "负载均衡",
        }
    }

    /// Its name in English.
    #[must_use]
    pub const fn en(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::LightServer => "light server",
            Self::SiteHosting => "site hosting",
            Self::LoadBalancer => "load balancer",
        }
    }

    /// How a service on it is connected, as a code of the table `Jrfs`: 虚拟主机 or 云接入.
    #[must_use]
    pub const fn access_mode(self) -> u16 {
        match self {
            Self::SiteHosting => 4,
            Self::Server | Self::LightServer | Self::LoadBalancer => 16,
        }
    }
}

/// How a resource is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Billing {
    /// 包年包月.
    Prepaid,
    /// 按量计费.
    Postpaid,
}

/// A resource as the inventory describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The provider's name of it.
    pub id: String,
    /// How its owner calls it.
    #[serde(default)]
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ResourceKind,
    /// The provider's name of the region.
    pub region: String,
    /// Whether it stands on the mainland.
    pub mainland: bool,
    /// The province in which its machine room stands; none abroad.
    #[serde(default)]
    pub location: Option<Province>,
    /// How it is paid.
    pub billing: Billing,
    /// Months that were bought, renewals included.
    #[serde(default)]
    pub months: u16,
    /// Until when it is paid; none when it is paid as it is used.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Its public addresses.
    #[serde(default)]
    pub addresses: Vec<IpAddr>,
    /// Its public bandwidth.
    #[serde(default)]
    pub bandwidth_mbps: u32,
    /// How services on it are connected, as a code of the table `Jrfs`, where it is not the usual way of its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_mode: Option<u16>,
}

impl Resource {
    /// Whether it has at least so many days left; what is paid as it is used has no end.
    #[must_use]
    pub fn lasts(&self, days: u16, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| end - now >= TimeDelta::days(i64::from(days)))
    }

    /// The code of its machine room's place in the table `Fbdd`.
    #[must_use]
    pub fn place(&self) -> Option<u16> {
        self.location.map(location_code)
    }

    /// How a service on it is connected (`Jrfs`).
    #[must_use]
    pub fn mode(&self) -> u16 {
        self.access_mode.unwrap_or_else(|| self.kind.access_mode())
    }

    /// The addresses that a filing can say: the interface V3.0 knows IPv4 only.
    pub fn addresses_v4(&self) -> impl Iterator<Item = Ipv4Addr> {
        self.addresses.iter().filter_map(|address| match address {
            IpAddr::V4(v4) => Some(*v4),
            IpAddr::V6(_) => None,
        })
    }
}

/// A province's code in the table `Fbdd` of the authority's interface, which counts provinces by their names' sound.
#[must_use]
pub const fn location_code(province: Province) -> u16 {
    match province {
        Province::Anhui => 1,
        Province::Beijing => 2,
        Province::Chongqing => 3,
        Province::Fujian => 4,
        Province::Guangdong => 5,
        Province::Gansu => 6,
        Province::Guangxi => 7,
        Province::Guizhou => 8,
        Province::Henan => 9,
        Province::Hubei => 10,
        Province::Hebei => 11,
        Province::Hainan => 12,
        Province::Heilongjiang => 14,
        Province::Hunan => 15,
        Province::Jilin => 16,
        Province::Jiangsu => 17,
        Province::Jiangxi => 18,
        Province::Liaoning => 19,
        Province::InnerMongolia => 21,
        Province::Ningxia => 22,
        Province::Qinghai => 23,
        Province::Sichuan => 24,
        Province::Shandong => 25,
        Province::Shanghai => 26,
        Province::Shaanxi => 27,
        Province::Shanxi => 28,
        Province::Tianjin => 29,
        Province::Xinjiang => 31,
        Province::Xizang => 32,
        Province::Yunnan => 33,
        Province::Zhejiang => 34,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::dossier::AccessDraft;

    fn now() -> DateTime<Utc> {
        "2026-03-02T04:00:00Z".parse().unwrap()
    }

    fn server() -> Resource {
        serde_json::from_value(serde_json::json!({
            "id": "ins-example-ln", "name": "官网", "type": "server", "region": "cn-shenyang", "mainland": true,
            "location": "210000", "billing": "prepaid", "months": 3, "expires_at": "2026-04-01T04:00:00Z",
            "addresses": ["203.0.113.10", "2001:db8::10", "203.0.113.11"], "bandwidth_mbps": 5,
        }))
        .unwrap()
    }

    fn policy() -> Policy {
        Policy {
            service_types: vec![ResourceKind::Server, ResourceKind::LightServer, ResourceKind::SiteHosting],
            code_types: vec![ResourceKind::Server],
            months: 3,
            service_days: 30,
            code_days: 30,
            services: 5,
            codes: 5,
            quota_returns: false,
        }
    }

    fn rules(resource: &Resource, wanted: Wanted, used: u16) -> Vec<String> {
        policy().objections(resource, wanted, used, now()).into_iter().map(|found| found.rule.to_string()).collect()
    }

    #[test]
    fn a_server_at_every_limit_is_fit() {
        for wanted in [Wanted::Service, Wanted::Code] {
            assert_eq!(rules(&server(), wanted, 4), Vec::<String>::new());
        }
    }

    #[test]
    fn every_reason_has_its_rule_and_both_languages() {
        type Spoil = (&'static str, fn(&mut Resource));
        let cases: [Spoil; 9] = [
            ("resource.type", |it| it.kind = ResourceKind::LoadBalancer),
            ("resource.mainland", |it| (it.mainland, it.location) = (false, None)),
            ("resource.location", |it| it.location = None),
            ("resource.billing", |it| it.billing = Billing::Postpaid),
            ("resource.months", |it| it.months = 2),
            ("resource.days", |it| it.expires_at = Some("2026-04-01T03:59:59Z".parse().unwrap())),
            ("resource.public", |it| it.addresses.clear()),
            ("resource.public", |it| it.bandwidth_mbps = 0),
            ("resource.public", |it| it.addresses = vec!["2001:db8::10".parse().unwrap()]),
        ];
        for (rule, change) in cases {
            let mut resource = server();
            change(&mut resource);
            assert_eq!(rules(&resource, Wanted::Service, 0), [rule]);
        }
        assert_eq!(rules(&server(), Wanted::Service, 5), ["resource.quota"]);
        assert_eq!(rules(&server(), Wanted::Code, 7), ["resource.codes"]);
        let light = Resource { kind: ResourceKind::LightServer, ..server() };
        assert_eq!(
            (rules(&light, Wanted::Service, 0).len(), rules(&light, Wanted::Code, 0)),
            (0, vec!["resource.type".to_owned()])
        );
        let nothing = Resource {
            kind: ResourceKind::LoadBalancer,
            mainland: false,
            months: 0,
            addresses: Vec::new(),
            ..server()
        };
        for found in policy().objections(&nothing, Wanted::Service, 9, now()) {
            assert!(!found.zh.is_empty() && !found.en.is_empty() && found.fix_zh.is_some() && found.fix_en.is_some());
            assert!(found.blocks() && found.pointer.is_empty());
        }
    }

    #[test]
    fn access_information_comes_from_the_resource() {
        let (filled, wrong) = access(&AccessDraft::default(), &server());
        assert_eq!(filled.addresses, ["203.0.113.10", "203.0.113.11"]);
        assert_eq!(
            (filled.resource.as_deref(), filled.mode, filled.location),
            (Some("ins-example-ln"), Some(16), Some(19))
        );
        assert_eq!(wrong, []);
        let written = AccessDraft {
            addresses: ["203.0.113.11", "198.51.100.7"].map(str::to_owned).to_vec(),
            mode: Some(1),
            ..AccessDraft::default()
        };
        let (filled, wrong) = access(&written, &Resource { kind: ResourceKind::SiteHosting, ..server() });
        assert_eq!((filled.addresses, filled.mode), (written.addresses, Some(4)));
        assert_eq!(
            (wrong[0].pointer.as_str(), wrong[0].rule.as_str(), wrong.len()),
            ("/addresses/1", "resource.address", 1)
        );
    }

    #[test]
    fn every_province_has_a_place_of_its_own() {
        let codes: BTreeSet<u16> = Province::ALL.into_iter().map(location_code).collect();
        assert_eq!(codes.len(), Province::ALL.len());
        assert!(codes.iter().all(|code| (1..=64).contains(code)));
    }
}
