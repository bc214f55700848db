//! The draft's shape: what the API takes, the store seals and the rules read. Plain text, anything may be missing.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::region::Province;
use crate::service::ServiceKind;
use crate::text::Pii;

/// A filing in the making.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The administration that decides (six digits); settled when the order is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub province: Option<Province>,
    /// MIIT nature code; settled when the order is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nature: Option<u16>,
    /// Who files.
    #[serde(default)]
    pub subject: SubjectDraft,
    /// What is filed.
    #[serde(default)]
    pub services: Vec<ServiceDraft>,
    /// What the customer agreed to.
    #[serde(default)]
    pub consent: ConsentDraft,
}

/// The subject in the making.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectDraft {
    /// Name as on the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Pii<String>>,
    /// What proves it.
    #[serde(default)]
    pub certificate: CertificateDraft,
    /// Division of the mailing address, six digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Mailing address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Pii<String>>,
    /// Investor or superior unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub investor: Option<Pii<String>>,
    /// Remark for the authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Who answers for it.
    #[serde(default)]
    pub principal: PrincipalDraft,
}

/// A certificate in the making.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateDraft {
    /// MIIT certificate code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<u16>,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Pii<String>>,
    /// The address printed on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Pii<String>>,
}

/// A principal in the making.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrincipalDraft {
    /// As on the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Pii<String>>,
    /// The identity document.
    #[serde(default)]
    pub certificate: CertificateDraft,
    /// The number that gets calls and codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<Pii<String>>,
    /// Office number, 086-area-number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landline: Option<Pii<String>>,
    /// Where mails go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Pii<String>>,
    /// Emergency number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Pii<String>>,
}

/// A service's principal in the making: the subject's, or a person of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServicePrincipalDraft {
    /// 同主体负责人: the subject's principal answers for the service too.
    #[serde(default)]
    pub same_as_subject: bool,
    /// As on the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Pii<String>>,
    /// The identity document.
    #[serde(default)]
    pub certificate: CertificateDraft,
    /// The number that gets calls and codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<Pii<String>>,
    /// Office number, 086-area-number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landline: Option<Pii<String>>,
    /// Where mails go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Pii<String>>,
    /// Emergency number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Pii<String>>,
}

impl ServicePrincipalDraft {
    /// The person of its own, in the common shape.
    #[must_use]
    pub fn person(&self) -> PrincipalDraft {
        PrincipalDraft {
            name: self.name.clone(),
            certificate: self.certificate.clone(),
            mobile: self.mobile.clone(),
            landline: self.landline.clone(),
            email: self.email.clone(),
            emergency: self.emergency.clone(),
        }
    }
}

/// A service in the making.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceDraft {
    /// Website or APP.
    pub kind: ServiceKind,
    /// The name to be filed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its domains.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_url: Option<String>,
    /// Content codes.
    #[serde(default)]
    pub contents: Vec<u16>,
    /// Language codes.
    #[serde(default)]
    pub languages: Vec<u16>,
    /// Pre-approval codes; an empty list says "none of them", absence says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preapprovals: Option<Vec<u16>>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Where it runs.
    #[serde(default)]
    pub access: AccessDraft,
    /// Who answers for it.
    #[serde(default)]
    pub principal: ServicePrincipalDraft,
}

/// Where a service runs, in the making.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessDraft {
    /// The cloud resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Public addresses.
    #[serde(default)]
    pub addresses: Vec<String>,
}

/// What the customer agreed to, by version of the texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentDraft {
    /// 协助更改: reviewers may correct the order.
    #[serde(default)]
    pub assisted_change: bool,
    /// The privacy statement was read and accepted.
    #[serde(default)]
    pub privacy: bool,
    /// Separate consent to the face check; it is asked only where the way is electronic.
    #[serde(default)]
    pub face: bool,
    /// Version of the texts agreed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// When; set by us, not by the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

impl Draft {
    /// The person whom the electronic verification must recognise: the first service's principal (服务负责人).
    #[must_use]
    pub fn person_to_verify(&self) -> PrincipalDraft {
        match self.services.first() {
            Some(service) if !service.principal.same_as_subject => service.principal.person(),
            Some(_) | None => self.subject.principal.clone(),
        }
    }
}
