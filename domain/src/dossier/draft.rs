//! The draft's shape: what the API takes, the store seals and the rules read. Plain text, anything may be missing.

use chrono::{DateTime, NaiveDate, Utc};
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
    /// Business scope as on the certificate (经营范围): pre-approvals and promises hang on its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Pii<String>>,
    /// How many services the subject has filed already, wherever: provinces limit the total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed_services: Option<u16>,
    /// Whether the name differs from the one filed; a change then shows the registry's proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed: Option<bool>,
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
    /// Division of the address printed on it, six digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The last day on which it is valid; none for one without an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<NaiveDate>,
}

/// A principal in the making.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrincipalDraft {
    /// As on the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Pii<String>>,
    /// What the person is to the subject; provinces differ in whom they accept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<Post>,
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
    /// What the person is to the subject; provinces differ in whom they accept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<Post>,
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
            post: self.post,
            certificate: self.certificate.clone(),
            mobile: self.mobile.clone(),
            landline: self.landline.clone(),
            email: self.email.clone(),
            emergency: self.emergency.clone(),
        }
    }
}

/// A service in the making.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What the registrars say of the domains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registrations: Vec<RegistrationDraft>,
    /// The platforms of an APP, an entry each (facts: `app_fields`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<PlatformDraft>,
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

/// What a registrar says of a domain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationDraft {
    /// The domain it is about.
    pub domain: String,
    /// What the owner is to the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// The owner's name at the registrar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_name: Option<Pii<String>>,
    /// Whether the registrar is approved on the mainland.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_registrar: Option<bool>,
    /// The last day it is paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<NaiveDate>,
    /// Whether the owner is hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<bool>,
    /// The day on which the owner's real name was verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_on: Option<NaiveDate>,
}

/// An APP on one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformDraft {
    /// Which.
    pub platform: Platform,
    /// Package name, on iOS the bundle id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// Public key of the signature: the modulus in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// Fingerprint of the signing certificate: MD5, on iOS SHA-1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

/// What a principal is to the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Post {
    /// 法定代表人.
    LegalRepresentative,
    /// Somebody whom the legal representative authorized by letter.
    Authorized,
}

/// What a domain's owner is to the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The subject itself: the unit, or the person who files.
    Subject,
    /// 法定代表人.
    LegalRepresentative,
    /// 股东.
    Shareholder,
    /// 高级管理人员.
    SeniorManager,
    /// Somebody else.
    Other,
}

/// What an APP runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Android.
    Android,
    /// iOS.
    Ios,
    /// Harmony.
    Harmony,
    /// Another one.
    Other,
}

/// Where a service runs, in the making.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessDraft {
    /// The cloud resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The authorization code (备案授权码) of somebody else's resource: its digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Pii<String>>,
    /// Public addresses.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// How it is connected, as a code of the table `Jrfs`; set by us from the resource, not by the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u16>,
    /// Where its machine room stands, as a code of the table `Fbdd`; set by us from the resource, not by the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<u16>,
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
