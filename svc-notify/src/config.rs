//! The settings of this service. It connects to nothing.

use std::{collections::BTreeMap, str::FromStr, time::Duration};

use chassis::{
    config::{Problems, SealArgs, secret},
    launch::CommonArgs,
};
use chrono::TimeDelta;
use clap::Args;
use domain::notice::NoticeKind;
use lettre::message::Mailbox;
use secrecy::SecretString;
use url::Url;

/// The settings of svc-notify.
#[derive(Args, Debug, Clone)]
#[group(skip)]
pub struct NotifyConfig {
    /// The settings that every service has.
    #[command(flatten)]
    pub common: CommonArgs,
    /// The keys; only the one of the blind index is used here, for phone codes.
    #[command(flatten)]
    pub seal: SealArgs,
    /// When notices are sent.
    #[command(flatten)]
    pub sending: SendingArgs,
    /// The mail server.
    #[command(flatten)]
    pub mail: MailArgs,
    /// The SMS gateway.
    #[command(flatten)]
    pub sms: SmsArgs,
}

/// When notices are sent, and what they point to.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Notices")]
#[group(skip)]
pub struct SendingArgs {
    /// Address of svc-orders, which gives out contacts
    #[arg(id = "orders_url", long = "orders-url", env = "ORDERS_URL", value_name = "URL")]
    pub orders_url: Option<Url>,
    /// Where customers find their orders; notices link to it
    #[arg(id = "console_url", long = "console-url", env = "CONSOLE_URL", value_name = "URL")]
    pub console_url: Option<Url>,
    /// Pauses before the second and each later attempt, in seconds; after the last one a notice is given up
    #[arg(id = "notify_retry", long = "notify-retry-seconds", env = "NOTIFY_RETRY_SECONDS", value_delimiter = ',')]
    #[arg(default_value = "60,300,1800,7200,21600", value_name = "S,...")]
    pub retry_seconds: Vec<u32>,
    /// Pause before an SMS is sent again when nobody knows whether it went out, in seconds
    #[arg(id = "notify_unknown_wait", long = "notify-unknown-wait-seconds", env = "NOTIFY_UNKNOWN_WAIT_SECONDS")]
    #[arg(default_value_t = 1_800, value_name = "S")]
    pub unknown_wait_seconds: u32,
    /// Notices that one process sends at a time
    #[arg(
        id = "notify_senders",
        long = "notify-senders",
        env = "NOTIFY_SENDERS",
        default_value_t = 4,
        value_name = "N"
    )]
    pub senders: u16,
    /// How often the queue is looked at when nothing wakes the senders, in milliseconds
    #[arg(
        id = "notify_poll",
        long = "notify-poll-ms",
        env = "NOTIFY_POLL_MS",
        default_value_t = 1_000,
        value_name = "MS"
    )]
    pub poll_ms: u64,
}

/// The mail server.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Mail")]
#[group(skip)]
pub struct MailArgs {
    /// `smtps://user:password@host:465`, `smtp://user:password@host:587?tls=required`, or `file:PATH`. Plain `smtp://host` is
    /// not encrypted
    #[arg(id = "smtp_url", long = "smtp-url", env = "SMTP_URL", value_parser = secret)]
    #[arg(default_value = "", hide_default_value = true, hide_env_values = true, value_name = "URL")]
    pub url: SecretString,
    /// Who writes: `备案中心 <icp@example.com>`
    #[arg(id = "mail_from", long = "mail-from", env = "MAIL_FROM", default_value = "", hide_default_value = true)]
    #[arg(value_name = "MAILBOX")]
    pub from: String,
    /// How long the mail server may take for one mail, in milliseconds
    #[arg(id = "mail_timeout", long = "mail-timeout-ms", env = "MAIL_TIMEOUT_MS", default_value_t = 15_000)]
    #[arg(value_name = "MS")]
    pub timeout_ms: u64,
}

/// The SMS gateway (Tencent Cloud SMS, `SendSms` 2021-01-11).
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "SMS")]
#[group(skip)]
pub struct SmsArgs {
    /// Address of the gateway, `https://sms.tencentcloudapi.com/`
    #[arg(id = "sms_url", long = "sms-url", env = "SMS_URL", value_name = "URL")]
    pub url: Option<Url>,
    /// Secret id, or `file:PATH`
    #[arg(id = "sms_secret_id", long = "sms-secret-id", env = "SMS_SECRET_ID", value_parser = secret)]
    #[arg(default_value = "", hide_default_value = true, hide_env_values = true, value_name = "ID")]
    pub secret_id: SecretString,
    /// Secret key, or `file:PATH`
    #[arg(id = "sms_secret_key", long = "sms-secret-key", env = "SMS_SECRET_KEY", value_parser = secret)]
    #[arg(default_value = "", hide_default_value = true, hide_env_values = true, value_name = "KEY")]
    pub secret_key: SecretString,
    /// `SmsSdkAppId` of the application
    #[arg(id = "sms_app_id", long = "sms-app-id", env = "SMS_APP_ID", default_value = "", hide_default_value = true)]
    #[arg(value_name = "ID")]
    pub app_id: String,
    /// The approved signature that opens every message
    #[arg(
        id = "sms_sign_name",
        long = "sms-sign-name",
        env = "SMS_SIGN_NAME",
        default_value = "",
        hide_default_value = true
    )]
    #[arg(value_name = "NAME")]
    pub sign_name: String,
    /// Region of the gateway
    #[arg(
        id = "sms_region",
        long = "sms-region",
        env = "SMS_REGION",
        default_value = "ap-guangzhou",
        value_name = "REGION"
    )]
    pub region: String,
    /// Ids of the approved templates, `submitted=1900101,…`; `phone_code` is the verification template. Those left out
    /// keep the sandbox's ids
    #[arg(
        id = "sms_templates",
        long = "sms-templates",
        env = "SMS_TEMPLATES",
        default_value = "",
        hide_default_value = true
    )]
    #[arg(value_name = "KIND=ID,...")]
    pub templates: TemplateIds,
    /// How long the gateway may take for one message, in milliseconds
    #[arg(
        id = "sms_timeout",
        long = "sms-timeout-ms",
        env = "SMS_TIMEOUT_MS",
        default_value_t = 5_000,
        value_name = "MS"
    )]
    pub timeout_ms: u64,
}

impl NotifyConfig {
    /// Lists what is wrong with the settings that only this service has.
    pub fn check(&self, problems: &mut Problems) {
        self.seal.check(problems);
        self.sending.check(problems);
        self.mail.check(problems);
        self.sms.check(problems);
    }
}

fn check_address(name: &str, url: Option<&Url>, problems: &mut Problems) {
    match url.map(Url::scheme) {
        None => problems.add(name, "is required"),
        Some("http" | "https") => {}
        Some(other) => problems.add(name, format!("{other}: is not http or https")),
    }
}

impl SendingArgs {
    fn check(&self, problems: &mut Problems) {
        check_address("ORDERS_URL", self.orders_url.as_ref(), problems);
        check_address("CONSOLE_URL", self.console_url.as_ref(), problems);
        if self.retry_seconds.is_empty() || self.retry_seconds.len() > 20 {
            problems.add("NOTIFY_RETRY_SECONDS", "must name 1 to 20 pauses");
        }
        problems.within("NOTIFY_SENDERS", u64::from(self.senders), 1..=64);
        problems.within("NOTIFY_POLL_MS", self.poll_ms, 10..=60_000);
    }

    /// The pauses between attempts.
    #[must_use]
    pub fn ladder(&self) -> Ladder {
        let pauses = self.retry_seconds.iter().map(|seconds| TimeDelta::seconds(i64::from(*seconds))).collect();
        Ladder { pauses, unknown_wait: TimeDelta::seconds(i64::from(self.unknown_wait_seconds)) }
    }
}

impl MailArgs {
    fn check(&self, problems: &mut Problems) {
        problems.secret_url("SMTP_URL", &self.url, &["smtp", "smtps"]);
        if let Err(error) = Mailbox::from_str(&self.from) {
            problems.add("MAIL_FROM", format!("is no mailbox: {error}"));
        }
        problems.within("MAIL_TIMEOUT_MS", self.timeout_ms, 100..=120_000);
    }

    /// How long one mail may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }
}

impl SmsArgs {
    fn check(&self, problems: &mut Problems) {
        use secrecy::ExposeSecret;
        check_address("SMS_URL", self.url.as_ref(), problems);
        problems.required("SMS_SECRET_ID", self.secret_id.expose_secret());
        problems.required("SMS_SECRET_KEY", self.secret_key.expose_secret());
        problems.required("SMS_APP_ID", &self.app_id);
        problems.required("SMS_SIGN_NAME", &self.sign_name);
        problems.required("SMS_REGION", &self.region);
        problems.within("SMS_TIMEOUT_MS", self.timeout_ms, 100..=60_000);
    }

    /// How long one message may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }
}

/// The pauses between attempts.
#[derive(Debug, Clone)]
pub struct Ladder {
    pauses: Vec<TimeDelta>,
    /// The pause before an SMS of unknown fate is sent again.
    pub unknown_wait: TimeDelta,
}

impl Ladder {
    /// The pause after the attempt with this number, counted from 1; none after the last.
    #[must_use]
    pub fn after(&self, attempt: i32) -> Option<TimeDelta> {
        let index = usize::try_from(attempt.checked_sub(1)?).ok()?;
        self.pauses.get(index).copied()
    }
}

/// The word for the verification template in [`TemplateIds`].
const PHONE_CODE: &str = "phone_code";

/// Ids of the SMS templates that the carrier approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateIds(BTreeMap<String, String>);

impl Default for TemplateIds {
    fn default() -> Self {
        let notices = NoticeKind::ALL.into_iter().zip(1_900_101..);
        let mut ids: BTreeMap<_, _> = notices.map(|(kind, id)| (kind.as_str().to_owned(), id.to_string())).collect();
        ids.insert(PHONE_CODE.to_owned(), "1900001".to_owned());
        Self(ids)
    }
}

impl TemplateIds {
    /// The template of a notice.
    #[must_use]
    pub fn notice(&self, kind: NoticeKind) -> &str {
        self.0.get(kind.as_str()).map_or("", String::as_str)
    }

    /// The template of phone codes.
    #[must_use]
    pub fn phone_code(&self) -> &str {
        self.0.get(PHONE_CODE).map_or("", String::as_str)
    }
}

impl FromStr for TemplateIds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut ids = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (kind, id) = part.split_once('=').ok_or_else(|| format!("{part:?} is not KIND=ID"))?;
            if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(format!("{id:?} is no template id"));
            }
            *ids.0.get_mut(kind).ok_or_else(|| format!("{kind:?} is no kind of notice"))? = id.to_owned();
        }
        Ok(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_ids_are_given_by_kind_and_the_others_stay() {
        let ids: TemplateIds = "filed=42, phone_code=7".parse().unwrap();
        assert_eq!((ids.notice(NoticeKind::Filed), ids.phone_code()), ("42", "7"));
        assert_eq!(ids.notice(NoticeKind::Submitted), "1900101");
        assert!("nothing=1".parse::<TemplateIds>().is_err());
        assert!("filed".parse::<TemplateIds>().is_err());
        assert!("filed=".parse::<TemplateIds>().is_err());
    }

    #[test]
    fn the_ladder_ends() {
        let args = ["x", "--notify-retry-seconds", "60,300"];
        #[derive(clap::Parser)]
        struct Only {
            #[command(flatten)]
            sending: SendingArgs,
        }
        let ladder = <Only as clap::Parser>::parse_from(args).sending.ladder();
        assert_eq!(ladder.after(1), Some(TimeDelta::seconds(60)));
        assert_eq!(ladder.after(2), Some(TimeDelta::seconds(300)));
        assert_eq!((ladder.after(3), ladder.after(0)), (None, None));
    }
}
