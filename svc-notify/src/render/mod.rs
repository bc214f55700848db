//! Makes the words of a notice from its facts, in Chinese and English. It knows templates, and neither addresses nor servers.

mod field;
mod moment;
mod title;

use domain::{
    authorization_code::Why,
    id::OrderId,
    notice::{About, NoticeKind, Receiver},
    order::{Lapse, PrincipalRole, Reason},
    reason::Catalogue,
};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, syntax::SyntaxConfig};
use serde::Serialize;
use url::Url;

use crate::fact::Facts;
use moment::Moment;

pub use title::title;

/// Where anybody can look up a filing, and where principals verify.
const MIIT: &str = "https://beian.miit.gov.cn/";

/// A mail in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The subject line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same, formatted.
    pub html: String,
}

/// What is told, and about what.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// The order, if it is about one.
    pub order: Option<OrderId>,
    /// What happened.
    pub kind: NoticeKind,
    /// Who is told.
    pub to: Receiver,
    /// What there is to tell.
    pub facts: &'a Facts,
}

/// Why a notice cannot be put into words: a fault of a template.
#[derive(Debug, thiserror::Error)]
#[error("the template does not fit: {0:#}")]
pub struct Unspeakable(#[from] minijinja::Error);

/// The templates, ready for use.
pub struct Renderer {
    templates: Environment<'static>,
    console: Url,
}

macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        &[$(
            (concat!($name, ".txt"), include_str!(concat!("../../templates/", $name, ".txt"))),
            (concat!($name, ".html"), include_str!(concat!("../../templates/", $name, ".html"))),
            (concat!($name, ".sms"), include_str!(concat!("../../templates/", $name, ".sms"))),
        )+]
    };
}

/// The parts that mails share.
const LAYOUTS: [(&str, &str); 2] = [
    ("layout.txt", include_str!("../../templates/layout.txt")),
    ("layout.html", include_str!("../../templates/layout.html")),
];

/// One of each sort for each occasion.
const TEMPLATES: &[(&str, &str)] = templates![
    "submitted",
    "returned",
    "photo_wanted",
    "curtain_dispatched",
    "photo_refused",
    "passed",
    "sms_awaited",
    "sms_lapsed",
    "at_authority",
    "refused",
    "filed",
    "withdrawn",
    "abandoned",
    "expired",
    "idle",
    "purge_soon",
    "changed",
    "cancelled",
    "left_line",
    "consent_asked",
    "code_granted",
    "code_approved",
    "code_used",
    "code_ended",
    "filing_cancelled",
    "access_lost",
    "filing_changed",
];

impl Renderer {
    /// Reads all templates; notices will link to this console.
    pub fn new(console: Url) -> Result<Self, Unspeakable> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_auto_escape_callback(
            |name| {
                if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
            },
        );
        templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        for (name, text) in LAYOUTS.iter().chain(TEMPLATES) {
            templates.add_template(name, text)?;
        }
        Ok(Self { templates, console })
    }

    /// The mail to a person of this name.
    pub fn letter(&self, occasion: Occasion<'_>, name: &str) -> Result<Letter, Unspeakable> {
        let words = self.words(occasion, Some(name));
        let (zh, en) = title(occasion.kind);
        Ok(Letter {
            subject: match about(occasion.order, occasion.facts) {
                Some(about) => format!("{zh}（{about}）| {en}"),
                None => format!("{zh} | {en}"),
            },
            text: self.render(occasion.kind, "txt", &words)?,
            html: self.render(occasion.kind, "html", &words)?,
        })
    }

    /// The SMS as its receiver reads it. What is put into the carrier's template is [`sms_params`].
    pub fn sms(&self, kind: NoticeKind, params: &[String]) -> Result<String, Unspeakable> {
        let about = params.first().map_or("", String::as_str);
        let words = minijinja::context! { order => about, resource => about, filing => about };
        Ok(self.templates.get_template(&format!("{}.sms", kind.as_str()))?.render(words)?)
    }

    fn render(&self, kind: NoticeKind, sort: &str, words: &Words<'_>) -> Result<String, Unspeakable> {
        Ok(self.templates.get_template(&format!("{}.{sort}", kind.as_str()))?.render(minijinja::value::Serde(words))?)
    }

    fn words<'a>(&self, occasion: Occasion<'a>, name: Option<&'a str>) -> Words<'a> {
        let facts = occasion.facts;
        let (title_zh, title_en) = title(occasion.kind);
        let mut link = self.console.clone();
        link.set_fragment(Some(&page(&occasion)));
        Words {
            title: Told { zh: title_zh.to_owned(), en: title_en.to_owned() },
            name,
            order: occasion.order.map(short),
            order_id: occasion.order.map(|order| order.to_string()),
            link: link.to_string(),
            miit: MIIT,
            at: facts.at.into(),
            until: facts.until.map(Moment::from),
            province: facts
                .province
                .map(|province| Told { zh: province.zh().to_owned(), en: province.en().to_owned() }),
            role: role(occasion.to),
            kind: facts.kind.map(|kind| Told { zh: kind.zh().to_owned(), en: kind.en().to_owned() }),
            resource: facts.resource.as_deref(),
            ended: facts.ended.map(ended),
            filings: &facts.filings,
            reasons: facts.reasons.iter().map(Remedy::of).collect(),
            lapse: facts.lapse.map(lapse),
            subject_number: facts.numbers.as_ref().map(|numbers| numbers.subject.to_string()),
            service_numbers: facts
                .numbers
                .iter()
                .flat_map(|numbers| numbers.services.iter().map(ToString::to_string))
                .collect(),
        }
    }
}

/// What is put into the carrier's template, in the sequence of its slots: what it is about.
#[must_use]
pub fn sms_params(order: Option<OrderId>, facts: &Facts) -> Vec<String> {
    about(order, facts).into_iter().collect()
}

/// By what people tell one from another: the order, the resource, the first number.
fn about(order: Option<OrderId>, facts: &Facts) -> Option<String> {
    order.map(short).or_else(|| facts.resource.clone()).or_else(|| facts.filings.first().cloned())
}

/// The page of the console where its receiver goes on.
fn page(occasion: &Occasion<'_>) -> String {
    match (occasion.kind.about(), occasion.order) {
        (About::OwnOrder, Some(order)) => format!("/orders/{order}"),
        (About::OwnOrder, None) => "/orders".to_owned(),
        (About::OthersOrder, _) => "/consents".to_owned(),
        (About::Code, _) => "/codes".to_owned(),
        (About::Filing, _) => "/filings".to_owned(),
    }
}

/// The end of an order's id, by which people tell their few orders apart.
#[must_use]
pub fn short(order: OrderId) -> String {
    let text = order.uuid().simple().to_string().to_uppercase();
    text.chars().skip(text.len().saturating_sub(8)).collect()
}

/// How many messages the carrier counts for an SMS of this length: 70 characters, or 67 each of several.
#[must_use]
pub fn segments(text: &str) -> usize {
    match text.encode_utf16().count() {
        0..=70 => 1,
        longer => longer.div_ceil(67),
    }
}

#[derive(Debug, Serialize)]
struct Told {
    zh: String,
    en: String,
}

/// All that a template may use.
#[derive(Debug, Serialize)]
struct Words<'a> {
    title: Told,
    name: Option<&'a str>,
    order: Option<String>,
    order_id: Option<String>,
    link: String,
    miit: &'static str,
    at: Moment,
    until: Option<Moment>,
    province: Option<Told>,
    role: Told,
    kind: Option<Told>,
    resource: Option<&'a str>,
    ended: Option<Told>,
    filings: &'a [String],
    reasons: Vec<Remedy>,
    lapse: Option<Told>,
    subject_number: Option<String>,
    service_numbers: Vec<String>,
}

/// One thing to change.
#[derive(Debug, Serialize)]
struct Remedy {
    place: Told,
    reason: Told,
    fix: Told,
    note: Option<String>,
}

impl Remedy {
    fn of(reason: &Reason) -> Self {
        let place = field::name(&reason.pointer);
        let known = Catalogue::national().get(&reason.code);
        let told = |zh: Option<&String>, en: Option<&String>, zh_else: &str, en_else: &str| Told {
            zh: zh.map_or_else(|| zh_else.to_owned(), Clone::clone),
            en: en.map_or_else(|| en_else.to_owned(), Clone::clone),
        };
        Self {
            place: Told { zh: place.zh, en: place.en },
            // A code that is newer than this catalogue still says something to support.
            reason: told(known.map(|text| &text.zh), known.map(|text| &text.en), &reason.code, &reason.code),
            fix: told(
                known.map(|text| &text.fix_zh),
                known.map(|text| &text.fix_en),
                "请登录控制台查看详情。",
                "Please see the console for details.",
            ),
            note: reason.note.as_ref().map(|note| note.as_str().to_owned()),
        }
    }
}

fn role(to: Receiver) -> Told {
    let (zh, en) = match to {
        Receiver::Principal(PrincipalRole::Subject) => ("主体负责人", "principal of the subject"),
        Receiver::Principal(PrincipalRole::Service) => ("服务负责人", "principal of the service"),
        Receiver::Owner(_) => ("账号所有者", "owner of the account"),
    };
    Told { zh: zh.to_owned(), en: en.to_owned() }
}

fn ended(why: Why) -> Told {
    let (zh, en) = match why {
        Why::ServerGone => ("云资源已不存在", "the cloud resource is gone"),
        Why::ServerEnds => ("云资源的剩余时长不足", "the cloud resource ends too soon"),
        Why::Revoked => ("授权方已收回", "its owner took it back"),
    };
    Told { zh: zh.to_owned(), en: en.to_owned() }
}

fn lapse(why: Lapse) -> Told {
    let (zh, en) = match why {
        Lapse::Deadline => ("未在期限内完成短信核验", "the SMS verification was not completed before its deadline"),
        Lapse::WrongTries => ("验证信息输错次数过多", "too many wrong tries were made"),
    };
    Told { zh: zh.to_owned(), en: en.to_owned() }
}

#[cfg(test)]
mod tests;
