//! Who files: the subject (主体) and its principal, complete and checked. It knows no draft.

use crate::company::Nature;
use crate::contact::{Email, Landline, Mobile};
use crate::person::{Certificate, PersonName};
use crate::region::{Province, RegionCode};
use crate::text::{Pii, Text};

/// A principal (负责人): the person we call and the authority asks to verify by SMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// As on the certificate.
    pub name: Pii<PersonName>,
    /// The identity document.
    pub certificate: Pii<Certificate>,
    /// The number that gets calls and codes.
    pub mobile: Pii<Mobile>,
    /// Office number; units give one.
    pub landline: Option<Pii<Landline>>,
    /// Where mails go.
    pub email: Pii<Email>,
    /// A third number for emergencies, where the province asks for one.
    pub emergency: Option<Pii<Mobile>>,
}

/// A unit's certificate or a person's identity document, as the subject shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectCertificate {
    /// MIIT certificate code, meaningful only together with the nature.
    pub kind: u16,
    /// The number, checked by the format of its kind.
    pub number: Pii<String>,
    /// The address printed on it.
    pub address: Pii<Text<255>>,
}

/// The subject (主体, 主办单位): who runs the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The administration that decides.
    pub province: Province,
    /// One of the eighteen natures.
    pub nature: Nature,
    /// As on the certificate.
    pub name: Pii<Text<255>>,
    /// What proves it.
    pub certificate: SubjectCertificate,
    /// Division of the mailing address.
    pub region: RegionCode,
    /// Mailing address down to the door number.
    pub address: Pii<Text<255>>,
    /// Investor or superior unit (投资者或上级主管单位); persons have none.
    pub investor: Option<Pii<Text<255>>>,
    /// Remark for the authority.
    pub remark: Option<Text<1024>>,
    /// Who answers for it.
    pub principal: Principal,
}
