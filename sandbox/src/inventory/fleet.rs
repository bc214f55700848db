//! What the demo customers have: some of every type, fit and unfit. Addresses are those kept for documentation.

use std::net::{IpAddr, Ipv4Addr};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    region::Province,
    resource::{Billing, Resource, ResourceKind},
};
use uuid::Uuid;

/// Accounts of the demo people are this one and their number.
const FIRST: u128 = 0x0199_0000_0000_7000_8000_0000_0000_0000;

/// Whose fleet it is: how their resources are called, where they stand, and the last part of the first address.
struct Home {
    short: &'static str,
    region: &'static str,
    province: Province,
    address: u8,
}

const LIAONING: Home = Home { short: "ln", region: "cn-shenyang", province: Province::Liaoning, address: 10 };
const GUANGDONG: Home = Home { short: "gd", region: "cn-guangzhou", province: Province::Guangdong, address: 20 };
const OTHER: Home = Home { short: "zhou", region: "cn-guangzhou", province: Province::Guangdong, address: 30 };

/// The usual fleet of an account. Whoever is none of the demo people has one server of each of the first two.
pub(super) fn of(account: Uuid, since: DateTime<Utc>) -> Vec<Resource> {
    match number(account) {
        Some(1) => all(&LIAONING, since),
        Some(2) => all(&GUANGDONG, since),
        Some(3) => all(&OTHER, since),
        Some(_) | None => vec![server(&LIAONING, "ins-example", 0, since), server(&GUANGDONG, "ins-example", 0, since)],
    }
}

/// The number of the account's owner: one of those that belong to nobody.
pub(super) fn mobile(account: Uuid) -> Option<String> {
    number(account).map(|number| format!("1380000{number}001"))
}

/// The owner's mail address.
pub(super) fn email(account: Uuid) -> Option<String> {
    number(account).map(|number| format!("owner-{number}@example.com"))
}

fn number(account: Uuid) -> Option<u128> {
    account.as_u128().checked_sub(FIRST).filter(|number| (1..=9).contains(number))
}

fn all(home: &Home, since: DateTime<Utc>) -> Vec<Resource> {
    let second = server(home, "ins-second", 1, since);
    let light = Resource { kind: ResourceKind::LightServer, ..server(home, "light-example", 2, since) };
    let site = Resource { kind: ResourceKind::SiteHosting, ..server(home, "site-example", 3, since) };
    let balancer = Resource { kind: ResourceKind::LoadBalancer, ..server(home, "lb-example", 4, since) };
    let hourly =
        Resource { billing: Billing::Postpaid, months: 0, expires_at: None, ..server(home, "ins-hourly", 5, since) };
    let abroad = Resource {
        region: "ap-singapore".to_owned(),
        mainland: false,
        location: None,
        ..server(home, "ins-abroad", 6, since)
    };
    vec![server(home, "ins-example", 0, since), second, light, site, balancer, hourly, abroad]
}

fn server(home: &Home, name: &str, nth: u8, since: DateTime<Utc>) -> Resource {
    Resource {
        id: format!("{name}-{}", home.short),
        name: format!("示例资源 {name}"),
        kind: ResourceKind::Server,
        region: home.region.to_owned(),
        mainland: true,
        location: Some(home.province),
        billing: Billing::Prepaid,
        months: 24,
        expires_at: Some(since + TimeDelta::days(730)),
        addresses: vec![IpAddr::V4(Ipv4Addr::new(203, 0, 113, home.address.saturating_add(nth)))],
        bandwidth_mbps: 5,
        access_mode: None,
    }
}
