//! Which kind of order it is: decided from what is known of the subject and of each service, never picked by hand (facts §1).
//! It asks nobody itself.

use serde::{Deserialize, Serialize};

use crate::rules::kinds::OrderKind;

/// Whose account holds something at this provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// The one that asks.
    ThisAccount,
    /// Another one.
    AnotherAccount,
}

/// Whose filing a service belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FiledBy {
    /// The subject that is asked about.
    ThisSubject,
    /// Another subject.
    AnotherSubject,
}

/// What is known of a subject.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SubjectKnown {
    /// Whether the authority has it on file.
    pub filed: bool,
    /// Whether it is known to have no service left (空壳主体).
    pub shell: bool,
    /// The account that holds it here.
    pub here: Option<Holder>,
}

/// What is known of a service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServiceKnown {
    /// Whose filing it belongs to; none when it is not filed.
    pub filed_by: Option<FiledBy>,
    /// The account that holds it here.
    pub here: Option<Holder>,
}

/// Why nothing can be filed as it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conflict {
    /// The subject lives in another account.
    SubjectElsewhere,
    /// The domain or APP belongs to somebody else's filing.
    ServiceOfAnother,
    /// The subject has no service left, and its province wants it cancelled first.
    Shell,
    /// It is filed here already.
    FiledHere,
    /// The services of one order are different kinds of order.
    Mixed,
}

impl Conflict {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::SubjectElsewhere, Self::ServiceOfAnother, Self::Shell, Self::FiledHere, Self::Mixed];

    /// The rule that says so, stable for clients.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::SubjectElsewhere => "type.subject_elsewhere",
            Self::ServiceOfAnother => "type.service_of_another",
            Self::Shell => "type.shell_subject",
            Self::FiledHere => "type.filed_here",
            Self::Mixed => "type.mixed",
        }
    }

    /// What is in the way, and what to do, in Chinese and in English.
    #[must_use]
    pub fn texts(self) -> [&'static str; 2] {
        match self {
            Self::SubjectElsewhere => [
                "该主体的备案在本平台的另一个账号下。请用原账号操作，或由原账号发起转移备案",
                "The subject is filed in another account here. Use that account, or let it start a transfer",
            ],
            Self::ServiceOfAnother => [
                "该域名或APP已在其他主体名下备案。请原备案主体先注销该服务，或办理迁移备案",
                "Another subject has filed this domain or APP. It must cancel the service first, or a migration is ordered",
            ],
            Self::Shell => [
                "该主体名下已没有服务（空壳主体），所在省要求先注销主体，再按首次备案办理",
                "The subject has no service left, and its province wants it cancelled first and filed anew",
            ],
            Self::FiledHere => [
                "该服务已在本平台备案，只能变更或注销",
                "The service is filed here already; it can be changed or cancelled",
            ],
            Self::Mixed => [
                "这些服务属于不同的备案类型，请分开提交订单",
                "These services are different kinds of order; order them separately",
            ],
        }
    }
}

/// The kind of order for one service of a subject. `shell_adds` says whether the subject's province lets a subject without
/// services add one directly.
///
/// # Errors
/// What is in the way.
pub fn type_of(subject: SubjectKnown, service: ServiceKnown, shell_adds: bool) -> Result<OrderKind, Conflict> {
    if subject.here == Some(Holder::AnotherAccount) {
        return Err(Conflict::SubjectElsewhere);
    }
    match (subject.filed, service.filed_by) {
        (_, Some(FiledBy::AnotherSubject)) | (false, Some(FiledBy::ThisSubject)) => Err(Conflict::ServiceOfAnother),
        (false, None) => Ok(OrderKind::First),
        (true, Some(FiledBy::ThisSubject)) if service.here.is_some() => Err(Conflict::FiledHere),
        (true, Some(FiledBy::ThisSubject)) => Ok(OrderKind::Access),
        (true, None) if subject.shell && !shell_adds => Err(Conflict::Shell),
        (true, None) if subject.here.is_some() => Ok(OrderKind::AddHere),
        (true, None) => Ok(OrderKind::AddElsewhere),
    }
}

/// The kind of order for several services of one subject, which must be the same for all.
///
/// # Errors
/// What is in the way, with the place of the service among the others; none for the subject.
pub fn type_of_all(
    subject: SubjectKnown,
    services: &[ServiceKnown],
    shell_adds: bool,
) -> Result<OrderKind, (Conflict, Option<usize>)> {
    let mut kind = None;
    for (index, service) in services.iter().enumerate() {
        let place = |conflict| match conflict {
            Conflict::SubjectElsewhere | Conflict::Shell => (conflict, None),
            Conflict::ServiceOfAnother | Conflict::FiledHere | Conflict::Mixed => (conflict, Some(index)),
        };
        let this = type_of(subject, *service, shell_adds).map_err(place)?;
        if kind.is_some_and(|kind| kind != this) {
            return Err((Conflict::Mixed, Some(index)));
        }
        kind = Some(this);
    }
    Ok(kind.unwrap_or(OrderKind::First))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the facts: subject filed, subject here, service filed by, service here, shell → kind.
    #[test]
    fn the_table_decides() {
        use Conflict as C;
        use FiledBy::{AnotherSubject as Another, ThisSubject as This};
        use Holder::{AnotherAccount, ThisAccount};
        use OrderKind as K;
        let table = [
            (false, None, None, None, Ok(K::First)),
            (true, Some(ThisAccount), None, None, Ok(K::AddHere)),
            (true, None, None, None, Ok(K::AddElsewhere)),
            (true, Some(ThisAccount), Some(This), None, Ok(K::Access)),
            (true, None, Some(This), None, Ok(K::Access)),
            (true, Some(ThisAccount), Some(This), Some(ThisAccount), Err(C::FiledHere)),
            (false, None, Some(Another), None, Err(C::ServiceOfAnother)),
            (true, Some(ThisAccount), Some(Another), Some(AnotherAccount), Err(C::ServiceOfAnother)),
            (true, Some(AnotherAccount), None, None, Err(C::SubjectElsewhere)),
        ];
        for (filed, here, filed_by, service_here, expected) in table {
            let subject = SubjectKnown { filed, shell: false, here };
            let service = ServiceKnown { filed_by, here: service_here };
            assert_eq!(type_of(subject, service, false), expected, "{subject:?} {service:?}");
        }
    }

    #[test]
    fn an_empty_shell_adds_where_its_province_allows() {
        let shell = SubjectKnown { filed: true, shell: true, here: None };
        assert_eq!(type_of(shell, ServiceKnown::default(), false), Err(Conflict::Shell));
        assert_eq!(type_of(shell, ServiceKnown::default(), true), Ok(OrderKind::AddElsewhere));
    }

    #[test]
    fn services_of_one_order_are_of_one_kind() {
        let subject = SubjectKnown { filed: true, shell: false, here: None };
        let filed = ServiceKnown { filed_by: Some(FiledBy::ThisSubject), here: None };
        let fresh = ServiceKnown::default();
        assert_eq!(type_of_all(subject, &[fresh, fresh], false), Ok(OrderKind::AddElsewhere));
        assert_eq!(type_of_all(subject, &[fresh, filed], false), Err((Conflict::Mixed, Some(1))));
        for conflict in Conflict::ALL {
            let [zh, en] = conflict.texts();
            assert!(!zh.is_ascii() && en.is_ascii() && conflict.rule().starts_with("type."));
        }
    }
}
