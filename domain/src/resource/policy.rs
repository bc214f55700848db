//! What a provider lets be made on which resource. It knows no inventory, and counts nothing itself.

use chrono::{DateTime, Utc};

use super::{Billing, Resource, ResourceKind};
use crate::violation::Violation;

/// What is to be made on a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// A filing of a service of its owner.
    Service,
    /// A code for somebody else.
    Code,
}

/// What the provider lets be made on which resources. Providers differ, so every limit is a setting of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Types that carry a service.
    pub service_types: Vec<ResourceKind>,
    /// Types that carry codes.
    pub code_types: Vec<ResourceKind>,
    /// Months bought at least, renewals included.
    pub months: u16,
    /// Days left at least for a service.
    pub service_days: u16,
    /// Days left at least for a code.
    pub code_days: u16,
    /// Services on one resource at most.
    pub services: u16,
    /// Codes of one resource at most.
    pub codes: u16,
    /// Whether a cancelled service makes room for another one.
    pub quota_returns: bool,
}

impl Policy {
    /// How many may be made of it.
    #[must_use]
    pub fn allowed(&self, wanted: Wanted) -> u16 {
        match wanted {
            Wanted::Service => self.services,
            Wanted::Code => self.codes,
        }
    }

    /// Everything that speaks against making one more where so many are made already; nothing when it is fit. The pointers are
    /// empty: who asks knows where it was named.
    #[must_use]
    pub fn objections(&self, resource: &Resource, wanted: Wanted, used: u16, now: DateTime<Utc>) -> Vec<Violation> {
        let mut found = self.unfit(resource, wanted, now);
        if used >= self.allowed(wanted) {
            found.push(quota(wanted, self.allowed(wanted)));
        }
        found
    }

    /// What speaks against the resource itself, however much room it has.
    #[must_use]
    pub fn unfit(&self, resource: &Resource, wanted: Wanted, now: DateTime<Utc>) -> Vec<Violation> {
        let (types, days) = match wanted {
            Wanted::Service => (&self.service_types, self.service_days),
            Wanted::Code => (&self.code_types, self.code_days),
        };
        let prepaid = resource.billing == Billing::Prepaid;
        let months = self.months;
        let checks = [
            (types.contains(&resource.kind), type_unfit(resource.kind)),
            (
                resource.mainland,
                objection("resource.mainland", ["该资源不在中国内地", "The resource is not on the mainland"], MAINLAND),
            ),
            (
                resource.location.is_some() || !resource.mainland,
                objection(
                    "resource.location",
                    ["不知道该资源的机房所在省份", "It is not known in which province the machine room stands"],
                    LOCATION,
                ),
            ),
            (
                prepaid,
                objection(
                    "resource.billing",
                    ["按量计费的资源不能用于备案", "A resource that is paid as it is used cannot be filed on"],
                    BILLING,
                ),
            ),
            (
                !prepaid || resource.months >= months,
                objection(
                    "resource.months",
                    [
                        &format!("购买时长（含续费）不足{months}个月"),
                        &format!("Fewer than {months} months were bought, renewals included"),
                    ],
                    MONTHS,
                ),
            ),
            (
                resource.lasts(days, now),
                objection(
                    "resource.days",
                    [&format!("剩余时长不足{days}天"), &format!("Fewer than {days} days are left")],
                    MONTHS,
                ),
            ),
            (
                resource.addresses_v4().next().is_some() && resource.bandwidth_mbps > 0,
                objection(
                    "resource.public",
                    ["该资源没有公网IP地址或公网带宽", "The resource has no public address or no public bandwidth"],
                    PUBLIC,
                ),
            ),
        ];
        checks.into_iter().filter_map(|(fits, objection)| (!fits).then_some(objection)).collect()
    }
}

const MAINLAND: [&str; 2] = ["请选择中国内地的资源。", "Choose a resource on the mainland."];
const LOCATION: [&str; 2] = ["请联系服务商。", "Ask the provider."];
const BILLING: [&str; 2] =
    ["请改为包年包月，或选择其他资源。", "Turn it into a prepaid one, or choose another resource."];
const MONTHS: [&str; 2] = ["请续费后再试。", "Renew it, and try again."];
const PUBLIC: [&str; 2] = ["请为该资源购买公网IP和带宽。", "Buy a public address and bandwidth for it."];
const OTHER: [&str; 2] = ["请选择其他资源，或使用授权码。", "Choose another resource, or use an authorization code."];

pub(super) fn objection(rule: &str, [zh, en]: [&str; 2], [fix_zh, fix_en]: [&str; 2]) -> Violation {
    let fix = (Some(fix_zh.to_owned()), Some(fix_en.to_owned()));
    Violation { fix_zh: fix.0, fix_en: fix.1, ..Violation::blocking("", rule, zh, en) }
}

fn type_unfit(kind: ResourceKind) -> Violation {
    let zh = format!("{}不能用于备案", kind.zh());
    let en = format!("A {} cannot be used for this", kind.en());
    objection("resource.type", [&zh, &en], OTHER)
}

fn quota(wanted: Wanted, allowed: u16) -> Violation {
    match wanted {
        Wanted::Service => objection(
            "resource.quota",
            [
                &format!("该资源的{allowed}个备案名额已用完"),
                &format!("The resource carries {allowed} services already"),
            ],
            OTHER,
        ),
        Wanted::Code => objection(
            "resource.codes",
            [&format!("该资源的{allowed}个授权码名额已用完"), &format!("The resource has {allowed} codes already")],
            ["请删除未使用的授权码，或选择其他资源。", "Delete a code that is not used, or choose another resource."],
        ),
    }
}
