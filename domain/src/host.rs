//! Domain names and home pages, international ones included. Which suffixes are approved is a rule and not known here.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Zones that the public suffix list does not know and registrars use (facts: `tlds`): 政务.cn and 公益.cn.
const ZONES: [&str; 2] = ["xn--zfr164b.cn", "xn--55qw42g.cn"];

/// Why a text is no domain name or home page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// A scheme, path or port where a bare name belongs.
    #[error("a domain name has no scheme, port or path")]
    NotBare,
    /// Not a name by IDNA: a forbidden character, an empty or overlong label.
    #[error("this is not a domain name")]
    Form,
    /// An address, or a name without a suffix.
    #[error("a domain name ends with a suffix such as .cn")]
    NoSuffix,
    /// Not of the form host/path, perhaps with http:// or https://.
    #[error("a home page looks like www.example.com")]
    Url,
}

/// A domain name, kept in its ASCII form (punycode, lower case).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DomainName(String);

impl DomainName {
    /// The ASCII form: `xn--fiqs8s`.
    #[must_use]
    pub fn ascii(&self) -> &str {
        &self.0
    }

    /// The form that people read: `中国`.
    #[must_use]
    pub fn unicode(&self) -> String {
        idna::domain_to_unicode(&self.0).0
    }

    /// The suffix below which the name is registered, by the public suffix list: `com.cn`, `cn`, `com`.
    #[must_use]
    pub fn suffix(&self) -> &str {
        let name = self.0.as_str();
        let zone = ZONES
            .into_iter()
            .find(|zone| is_under(name, zone))
            .and_then(|zone| name.get(name.len().checked_sub(zone.len())?..));
        zone.unwrap_or_else(|| public_suffix(name))
    }

    /// The name that is registered: `example.cn` of `www.example.cn`; none for a suffix itself.
    #[must_use]
    pub fn registrable(&self) -> Option<Self> {
        let label = self.0.strip_suffix(self.suffix())?.strip_suffix('.')?.rsplit('.').next()?;
        Some(Self(format!("{label}.{}", self.suffix())))
    }

    /// Whether it is exactly one label before its suffix, as websites are filed: `example.cn`, not `www.example.cn`.
    #[must_use]
    pub fn is_registrable(&self) -> bool {
        let label = self.0.strip_suffix(self.suffix()).and_then(|rest| rest.strip_suffix('.'));
        label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
    }

    /// Whether it is the other name, or lies below it.
    #[must_use]
    pub fn is_under(&self, other: &Self) -> bool {
        is_under(&self.0, &other.0)
    }
}

/// The longest suffix of the list's public part. Its private part (names that companies give away, such as github.io) does
/// not count: whoever files there does not hold the domain.
fn public_suffix(name: &str) -> &str {
    let parents = std::iter::successors(Some(name), |name| name.split_once('.').map(|(_, parent)| parent));
    let mut parents = parents.filter(|parent| {
        psl::suffix(parent.as_bytes())
            .is_some_and(|suffix| suffix.as_bytes() == parent.as_bytes() && suffix.typ() != Some(psl::Type::Private))
    });
    parents.next().unwrap_or_else(|| name.rsplit_once('.').map_or(name, |(_, last)| last))
}

fn is_under(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

impl TryFrom<&str> for DomainName {
    type Error = HostError;

    fn try_from(raw: &str) -> Result<Self, HostError> {
        let raw = raw.trim();
        let raw = raw.strip_suffix('.').unwrap_or(raw);
        if raw.contains(['/', ':', '@', '?', '#']) {
            return Err(HostError::NotBare);
        }
        let ascii = idna::domain_to_ascii_strict(raw).or(Err(HostError::Form))?;
        let suffix = ascii.rsplit_once('.').map(|(_, suffix)| suffix).ok_or(HostError::NoSuffix)?;
        if suffix.len() < 2 || suffix.bytes().any(|byte| byte.is_ascii_digit()) && !suffix.starts_with("xn--") {
            return Err(HostError::NoSuffix);
        }
        Ok(Self(ascii))
    }
}

impl TryFrom<String> for DomainName {
    type Error = HostError;

    fn try_from(raw: String) -> Result<Self, HostError> {
        Self::try_from(raw.as_str())
    }
}

impl From<DomainName> for String {
    fn from(name: DomainName) -> Self {
        name.0
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A home page (首页网址): a host and perhaps a path; no port, no query.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HomeUrl {
    scheme: &'static str,
    host: DomainName,
    path: String,
}

/// Longest home page of a first filing (interface V3.0, `Syurl`).
const LONGEST: usize = 255;

impl HomeUrl {
    /// Its host.
    #[must_use]
    pub fn host(&self) -> &DomainName {
        &self.host
    }

    /// Its path with the leading slash; empty for the bare host.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl TryFrom<&str> for HomeUrl {
    type Error = HostError;

    fn try_from(raw: &str) -> Result<Self, HostError> {
        let raw = raw.trim();
        let (scheme, rest) = match raw.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http://", rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https://", rest),
            Some(_) => return Err(HostError::Url),
            None => ("", raw),
        };
        let cut = rest.find('/').unwrap_or(rest.len());
        let (host, path) = rest.split_at_checked(cut).ok_or(HostError::Url)?;
        let path_fits = path.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '"' | '<' | '>' | '\\'));
        if raw.len() > LONGEST || !path_fits {
            return Err(HostError::Url);
        }
        let path = if path == "/" { "" } else { path };
        Ok(Self { scheme, host: DomainName::try_from(host)?, path: path.to_owned() })
    }
}

impl TryFrom<String> for HomeUrl {
    type Error = HostError;

    fn try_from(raw: String) -> Result<Self, HostError> {
        Self::try_from(raw.as_str())
    }
}

impl From<HomeUrl> for String {
    fn from(url: HomeUrl) -> Self {
        url.to_string()
    }
}

impl fmt::Display for HomeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.scheme, self.host, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::try_from(text).unwrap()
    }

    #[test]
    fn names_are_kept_in_ascii_and_shown_in_chinese() {
        assert_eq!(name(" Example.CN. ").ascii(), "example.cn");
        let chinese = name("示例。中国");
        assert_eq!((chinese.ascii(), chinese.unicode().as_str()), ("xn--fsq092h.xn--fiqs8s", "示例.中国"));
        assert_eq!(name("xn--fsq092h.xn--fiqs8s"), chinese);
    }

    #[test]
    fn other_texts_are_no_names() {
        let cases = [
            ("http://example.cn", HostError::NotBare),
            ("example.cn/a", HostError::NotBare),
            ("example.cn:8080", HostError::NotBare),
            ("", HostError::Form),
            ("exa mple.cn", HostError::Form),
            ("exa_mple.cn", HostError::Form),
            ("*.example.cn", HostError::Form),
            ("-example.cn", HostError::Form),
            ("a..cn", HostError::Form),
            ("xn--a.cn", HostError::Form),
            ("localhost", HostError::NoSuffix),
            ("192.0.2.1", HostError::NoSuffix),
        ];
        for (text, error) in cases {
            assert_eq!(DomainName::try_from(text).unwrap_err(), error, "{text}");
        }
        assert!(DomainName::try_from(format!("{}.cn", "a".repeat(64)).as_str()).is_err());
    }

    #[test]
    fn websites_are_filed_by_the_registrable_name() {
        for text in ["example.cn", "example.com.cn", "example.gz.cn", "示例.公益.cn", "示例.中国", "example.com"]
        {
            assert!(name(text).is_registrable(), "{text}");
        }
        for text in ["www.example.cn", "www.example.com.cn", "com.cn", "公益.cn"] {
            assert!(!name(text).is_registrable(), "{text}");
        }
        assert_eq!(name("example.com.cn").suffix(), "com.cn");
        assert_eq!(name("examplecom.cn").suffix(), "cn");
    }

    #[test]
    fn a_name_lies_under_itself_and_its_parents() {
        assert!(
            name("www.example.cn").is_under(&name("example.cn")) && name("example.cn").is_under(&name("example.cn"))
        );
        assert!(
            !name("badexample.cn").is_under(&name("example.cn"))
                && !name("example.cn").is_under(&name("www.example.cn"))
        );
    }

    #[test]
    fn a_home_page_is_a_host_and_perhaps_a_path() {
        for (text, shown) in [
            ("www.example.cn", "www.example.cn"),
            ("HTTPS://www.Example.cn/", "https://www.example.cn"),
            ("http://示例.中国/a/b", "http://xn--fsq092h.xn--fiqs8s/a/b"),
        ] {
            assert_eq!(HomeUrl::try_from(text).unwrap().to_string(), shown);
        }
        for wrong in
            ["", "ftp://example.cn", "example.cn:8080", "example.cn/?a=1", "user@example.cn", "example.cn/a b", "/a"]
        {
            assert!(HomeUrl::try_from(wrong).is_err(), "{wrong}");
        }
        assert_eq!(HomeUrl::try_from("www.example.cn/a").unwrap().host(), &name("www.example.cn"));
    }
}
