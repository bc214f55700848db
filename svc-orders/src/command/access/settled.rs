//! A service's access information once it is settled, and what can be wrong with it. It asks nobody.

use domain::{
    authorization_code as machine,
    dossier::AccessDraft,
    id::{AccountId, AuthorizationCodeId},
    resource::{Resource, access},
    violation::{Severity, Violation},
};

use crate::command::sentence;

/// The rule of a service whose resource could not be checked.
pub(super) const UNCHECKED: &str = "resource.unchecked";

/// A service's access information, settled. Pointers begin at it.
pub(super) struct Settled {
    pub(super) draft: AccessDraft,
    pub(super) of: Option<(AccountId, String)>,
    pub(super) code: Option<AuthorizationCodeId>,
    pub(super) violations: Vec<Violation>,
}

impl Settled {
    /// Nothing is named yet; that it must be is a rule of the packs.
    pub(super) fn unnamed(written: &AccessDraft) -> Self {
        let draft = AccessDraft { mode: None, location: None, ..written.clone() };
        Self { draft, of: None, code: None, violations: Vec::new() }
    }

    pub(super) fn wrong(written: &AccessDraft, violation: Violation) -> Self {
        Self { violations: vec![violation], ..Self::unnamed(written) }
    }

    pub(super) fn on(
        owner: AccountId,
        resource: &Resource,
        written: &AccessDraft,
        (objections, pointer): (Vec<Violation>, &str),
    ) -> Self {
        let (draft, mut violations) = access(written, resource);
        let objections = objections.into_iter().map(|found| Violation { pointer: pointer.to_owned(), ..found });
        violations.extend(objections);
        Self { draft, of: Some((owner, resource.id.clone())), code: None, violations }
    }
}

pub(super) fn foreign() -> Violation {
    advised(
        Violation::blocking(
            "/resource",
            "resource.foreign",
            "本账号没有这个云资源",
            "The account has no such resource",
        ),
        ["请选择本账号的云资源，或使用授权码。", "Choose a resource of your own, or use an authorization code."],
    )
}

pub(super) fn unchecked() -> Violation {
    let (zh, en) = (
        "暂时无法核对该云资源，提交时会再次核对",
        "The resource could not be checked now; it is checked when the order is handed in",
    );
    Violation { severity: Severity::Warns, ..Violation::blocking("/resource", UNCHECKED, zh, en) }
}

pub(super) fn twice_named() -> Violation {
    advised(
        Violation::blocking("/code", "code.twice", "一个授权码只能用于一个服务", "One code carries one service"),
        ["请为每个服务填写不同的授权码。", "Give each service a code of its own."],
    )
}

/// A refused code as a violation; it says no more than its user may know.
pub(in crate::command) fn refused(refusal: machine::Refusal) -> Violation {
    advised(
        Violation::blocking("/code", refusal.rule(), refusal.zh(), &sentence(&refusal)),
        ["请核对授权码，或向授权方索取新的授权码。", "Compare the code, or ask its owner for another one."],
    )
}

fn advised(violation: Violation, [zh, en]: [&str; 2]) -> Violation {
    Violation { fix_zh: Some(zh.to_owned()), fix_en: Some(en.to_owned()), ..violation }
}
