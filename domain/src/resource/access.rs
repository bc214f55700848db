//! What a filing says of the resource that a service runs on. It judges no resource.

use super::Resource;
use super::policy::objection;
use crate::dossier::AccessDraft;
use crate::violation::Violation;

/// How many addresses the rules let a service have (`national.service.access.addresses.count`).
const ADDRESSES: usize = 3;

/// The access information of a service on a resource: what was written, with what the resource says filled in, and every
/// written address that is none of its own. Pointers begin at the access information.
#[must_use]
pub fn access(written: &AccessDraft, resource: &Resource) -> (AccessDraft, Vec<Violation>) {
    let own: Vec<String> = resource.addresses_v4().map(|address| address.to_string()).collect();
    let foreign = |(index, text): (usize, &String)| {
        let known = text.trim().is_empty() || own.iter().any(|address| address == text.trim());
        (!known).then(|| Violation {
            pointer: format!("/addresses/{index}"),
            ..objection(
                "resource.address",
                ["该IP地址不属于所选的云资源", "This address is none of the resource's"],
                [
                    "请填写该资源的公网IP地址，或留空由系统填写。",
                    "Give one of its public addresses, or none to have them filled in.",
                ],
            )
        })
    };
    let violations = written.addresses.iter().enumerate().filter_map(foreign).collect();
    let addresses = if written.addresses.is_empty() {
        own.iter().take(ADDRESSES).cloned().collect()
    } else {
        written.addresses.clone()
    };
    let filled = AccessDraft {
        resource: Some(resource.id.clone()),
        addresses,
        mode: Some(resource.mode()),
        location: resource.place(),
        ..written.clone()
    };
    (filled, violations)
}
