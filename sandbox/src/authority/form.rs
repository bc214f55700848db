//! The file of an upload (`UploadData`), as far as this authority reads it. Every field may be missing: `check` says what must
//! not be.

use serde::{Deserialize, Serialize};

/// A whole file.
#[derive(Debug, Deserialize)]
pub(super) struct UploadData {
    #[serde(rename = "@version", default)]
    pub(super) version: String,
    #[serde(rename = "ICP", default)]
    pub(super) icp: Option<Icp>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Icp {
    #[serde(rename = "XZBA", default)]
    pub(super) first: Option<FirstFilings>,
    #[serde(rename = "XZWZ", default)]
    pub(super) services: Option<NewServices>,
    #[serde(rename = "XZJR", default)]
    pub(super) accesses: Option<NewAccesses>,
    #[serde(rename = "BGBA", default)]
    pub(super) changes: Option<Changes>,
    #[serde(rename = "ZXBA", default)]
    pub(super) cancellations: Option<Cancellations>,
    #[serde(rename = "Qqdwid", default)]
    pub(super) provider: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FirstFilings {
    #[serde(rename = "Baxx", default)]
    pub(super) filings: Vec<Form>,
}

/// New services (`XZWZ`).
#[derive(Debug, Deserialize)]
pub(super) struct NewServices {
    #[serde(rename = "Xzxx", default)]
    pub(super) entries: Vec<Form>,
}

/// New accesses (`XZJR`).
#[derive(Debug, Deserialize)]
pub(super) struct NewAccesses {
    #[serde(rename = "Xzxx", default)]
    pub(super) entries: Vec<NewAccess>,
}

/// Changes (`BGBA`).
#[derive(Debug, Deserialize)]
pub(super) struct Changes {
    #[serde(rename = "Bgxx", default)]
    pub(super) entries: Vec<Form>,
}

/// Cancellations (`ZXBA`).
#[derive(Debug, Deserialize)]
pub(super) struct Cancellations {
    #[serde(rename = "Zx_xx", default)]
    pub(super) entries: Vec<Cancellation>,
}

/// One new access: the site by id or number, and the access's own elements beside it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewAccess {
    #[serde(rename = "Wz_xx")]
    pub(super) site: Site,
    #[serde(rename = "IspJrid")]
    pub(super) id: String,
    #[serde(rename = "Wzfb")]
    pub(super) location: Location,
    #[serde(rename = "Wzjrfs")]
    pub(super) mode: AccessMode,
    #[serde(rename = "Ip_xx")]
    pub(super) addresses: Vec<Range>,
    #[serde(rename = "ICPmm")]
    pub(super) password: String,
}

/// One cancellation (`Zx_xx`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Cancellation {
    #[serde(rename = "Zxlb")]
    pub(super) class: String,
    #[serde(rename = "Jlid")]
    pub(super) id: String,
    #[serde(rename = "Zxly")]
    pub(super) reason: String,
    #[serde(rename = "Zxlybz")]
    pub(super) note: String,
}

/// What one entry of a file says (`Baxx`, `Xzxx`, `Bgxx`), in one shape for all nodes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Form {
    #[serde(rename = "Zt_xx", default)]
    pub(super) subject: Option<Subject>,
    #[serde(rename = "Wz_xx", default)]
    pub(super) sites: Vec<Site>,
    #[serde(rename = "Zx_xx", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) cancellations: Vec<Cancellation>,
    #[serde(rename = "ICPmm", default, skip_serializing_if = "String::is_empty")]
    pub(super) password: String,
}

/// The subject (`Zt_xx`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Subject {
    #[serde(rename = "IspZtid")]
    pub(super) id: String,
    #[serde(rename = "Ztid")]
    pub(super) filed_id: String,
    #[serde(rename = "Ztbah", alias = "Baxh")]
    pub(super) filed_number: String,
    #[serde(rename = "Dwmc")]
    pub(super) name: String,
    #[serde(rename = "Dwxz")]
    pub(super) nature: String,
    #[serde(rename = "Txdz")]
    pub(super) address: Address,
    #[serde(rename = "Zj")]
    pub(super) certificate: Certificate,
    #[serde(rename = "Fzr")]
    pub(super) principal: Person,
    #[serde(rename = "Tzr")]
    pub(super) investor: String,
    #[serde(rename = "Bbfs")]
    pub(super) reported: String,
    #[serde(rename = "Bz")]
    pub(super) remark: String,
}

/// The mailing address (`Txdz`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Address {
    #[serde(rename = "Shengid")]
    pub(super) province: String,
    #[serde(rename = "Shiid")]
    pub(super) city: String,
    #[serde(rename = "Xianid")]
    pub(super) county: String,
    #[serde(rename = "Xxdz")]
    pub(super) street: String,
}

/// The certificate (`Zj`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Certificate {
    #[serde(rename = "Zjlx")]
    pub(super) kind: String,
    #[serde(rename = "Zjhm")]
    pub(super) number: String,
    #[serde(rename = "Zjzs")]
    pub(super) address: String,
}

/// A principal (`Fzr`, `Wz_Fzr`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Person {
    #[serde(rename = "Fzr_xm")]
    pub(super) name: String,
    #[serde(rename = "Fzr_dhhm")]
    pub(super) landline: String,
    #[serde(rename = "Fzr_sjhm")]
    pub(super) mobile: String,
    #[serde(rename = "Fzr_dzyj")]
    pub(super) email: String,
    #[serde(rename = "Fzr_zjlx")]
    pub(super) kind: String,
    #[serde(rename = "Fzr_zjhm")]
    pub(super) number: String,
}

/// A site (`Wz_xx`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Site {
    #[serde(rename = "IspWzid")]
    pub(super) id: String,
    #[serde(rename = "Wzid")]
    pub(super) filed_id: String,
    #[serde(rename = "Wzbah", alias = "Baxh")]
    pub(super) filed_number: String,
    #[serde(rename = "Wzmc")]
    pub(super) name: String,
    #[serde(rename = "Fwnr")]
    pub(super) contents: Contents,
    #[serde(rename = "Yylb")]
    pub(super) languages: Languages,
    #[serde(rename = "Ym_xx")]
    pub(super) domains: Vec<Domain>,
    #[serde(rename = "Jr_xx")]
    pub(super) accesses: Vec<Access>,
    #[serde(rename = "Wz_Fzr")]
    pub(super) principal: Person,
    #[serde(rename = "Syurl")]
    pub(super) home: String,
    #[serde(rename = "Wz_Bz")]
    pub(super) remark: String,
}

/// Content codes (`Fwnr`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Contents {
    #[serde(rename = "Fwnr_id")]
    pub(super) ids: Vec<String>,
}

/// Language codes (`Yylb`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Languages {
    #[serde(rename = "Yylb_id")]
    pub(super) ids: Vec<String>,
}

/// A domain (`Ym_xx`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Domain {
    #[serde(rename = "IspYmid")]
    pub(super) id: String,
    #[serde(rename = "Ym")]
    pub(super) name: String,
}

/// Where a site runs (`Jr_xx`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Access {
    #[serde(rename = "IspJrid")]
    pub(super) id: String,
    #[serde(rename = "Jrid")]
    pub(super) filed_id: String,
    #[serde(rename = "Wzfb")]
    pub(super) location: Location,
    #[serde(rename = "Wzjrfs")]
    pub(super) mode: AccessMode,
    #[serde(rename = "Ip_xx")]
    pub(super) addresses: Vec<Range>,
}

/// Where the servers stand (`Wzfb`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Location {
    #[serde(rename = "Fbdd")]
    pub(super) codes: Vec<String>,
}

/// How it is connected (`Wzjrfs`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct AccessMode {
    #[serde(rename = "Jrfs")]
    pub(super) codes: Vec<String>,
}

/// Addresses (`Ip_xx`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Range {
    #[serde(rename = "IspIpid")]
    pub(super) id: String,
    #[serde(rename = "Qsip")]
    pub(super) from: String,
    #[serde(rename = "Zzip")]
    pub(super) to: String,
}

impl Form {
    /// All domains, in lower case.
    pub(super) fn domains(&self) -> impl Iterator<Item = String> {
        self.sites.iter().flat_map(|site| &site.domains).map(|domain| domain.name.trim().to_ascii_lowercase())
    }
}

impl NewAccess {
    /// The site with its new access.
    pub(super) fn into_site(self) -> Site {
        let Self { site, id, location, mode, addresses, password: _ } = self;
        Site { accesses: vec![Access { id, filed_id: String::new(), location, mode, addresses }], ..site }
    }
}
