//! Whether something is filed (备案状态查询): what can be asked, and what is answered. A question about a certificate holds
//! personal data and lives as long as its call.

use std::collections::BTreeMap;

use domain::{
    filing_number::{ServiceNumber, SubjectNumber},
    text::Pii,
};
use serde::{Deserialize, Serialize};

/// A question about one thing.
#[derive(Debug)]
pub enum Question {
    /// A domain, in its ASCII form.
    Domain(String),
    /// A subject's certificate.
    Certificate {
        /// MIIT certificate code.
        kind: u16,
        /// Its number.
        number: Pii<String>,
    },
}

/// Something that is filed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The subject's number.
    pub subject: Option<SubjectNumber>,
    /// The services' numbers, each with its domain where the authority names it.
    pub services: BTreeMap<ServiceNumber, Option<String>>,
}
