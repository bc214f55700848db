//! Which news become notices, to whom and by which channel. It knows no template and no address.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, OrderId};
use crate::message::{AccountEvent, Message, OrderNews, PhotoStep};
use crate::order::{Event, PrincipalRole, Reminder, StateName};
use crate::rules::kinds::OrderKind;

/// The occasion of a notice; each has one template in Chinese and English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// 已提交初审.
    Submitted,
    /// 初审退回.
    Returned,
    /// 初审通过，请办理拍照.
    PhotoWanted,
    /// 幕布已寄出.
    CurtainDispatched,
    /// 照片未通过.
    PhotoRefused,
    /// 审核通过，将提交管局.
    Passed,
    /// 请完成短信核验.
    SmsAwaited,
    /// 短信核验失效.
    SmsLapsed,
    /// 管局审核中.
    AtAuthority,
    /// 管局退回.
    Refused,
    /// 备案成功.
    Filed,
    /// 已撤回.
    Withdrawn,
    /// 已放弃.
    Abandoned,
    /// 草稿已过期.
    Expired,
    /// A change is done.
    Changed,
    /// A cancellation is done.
    Cancelled,
    /// The draft lies untouched and will expire.
    Idle,
    /// What an ended order holds will be deleted.
    PurgeSoon,
    /// A draft in line had its turn, and something is wrong with it by now.
    LeftLine,
    /// Another account asks for the consent to its order.
    ConsentAsked,
    /// An authorization code was granted to the account.
    CodeGranted,
    /// An account that is trusted got a code by itself.
    CodeApproved,
    /// A service was filed by a code of the account.
    CodeUsed,
    /// A code that was given or got is not valid any more.
    CodeEnded,
    /// The authority cancelled a filing that nobody here asked to cancel.
    FilingCancelled,
    /// The authority has us no more as the provider of a service.
    AccessLost,
    /// The authority has other data on file.
    FilingChanged,
}

impl NoticeKind {
    /// Every occasion, for templates and tests.
    pub const ALL: [Self; 27] = [
        Self::Submitted,
        Self::Returned,
        Self::PhotoWanted,
        Self::CurtainDispatched,
        Self::PhotoRefused,
        Self::Passed,
        Self::SmsAwaited,
        Self::SmsLapsed,
        Self::AtAuthority,
        Self::Refused,
        Self::Filed,
        Self::Withdrawn,
        Self::Abandoned,
        Self::Expired,
        Self::Changed,
        Self::Cancelled,
        Self::Idle,
        Self::PurgeSoon,
        Self::LeftLine,
        Self::ConsentAsked,
        Self::CodeGranted,
        Self::CodeApproved,
        Self::CodeUsed,
        Self::CodeEnded,
        Self::FilingCancelled,
        Self::AccessLost,
        Self::FilingChanged,
    ];

    /// The name in API, database and template files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::PhotoWanted => "photo_wanted",
            Self::CurtainDispatched => "curtain_dispatched",
            Self::PhotoRefused => "photo_refused",
            Self::Passed => "passed",
            Self::SmsAwaited => "sms_awaited",
            Self::SmsLapsed => "sms_lapsed",
            Self::AtAuthority => "at_authority",
            Self::Refused => "refused",
            Self::Filed => "filed",
            Self::Withdrawn => "withdrawn",
            Self::Abandoned => "abandoned",
            Self::Expired => "expired",
            Self::Changed => "changed",
            Self::Cancelled => "cancelled",
            Self::Idle => "idle",
            Self::PurgeSoon => "purge_soon",
            Self::LeftLine => "left_line",
            Self::ConsentAsked => "consent_asked",
            Self::CodeGranted => "code_granted",
            Self::CodeApproved => "code_approved",
            Self::CodeUsed => "code_used",
            Self::CodeEnded => "code_ended",
            Self::FilingCancelled => "filing_cancelled",
            Self::AccessLost => "access_lost",
            Self::FilingChanged => "filing_changed",
        }
    }

    /// What a notice is about, and so where its receiver goes on.
    #[must_use]
    pub fn about(self) -> About {
        match self {
            Self::Submitted
            | Self::Returned
            | Self::PhotoWanted
            | Self::CurtainDispatched
            | Self::PhotoRefused
            | Self::Passed
            | Self::SmsAwaited
            | Self::SmsLapsed
            | Self::AtAuthority
            | Self::Refused
            | Self::Filed
            | Self::Withdrawn
            | Self::Abandoned
            | Self::Expired
            | Self::Changed
            | Self::Cancelled
            | Self::Idle
            | Self::PurgeSoon
            | Self::LeftLine => About::OwnOrder,
            Self::ConsentAsked => About::OthersOrder,
            Self::CodeGranted | Self::CodeApproved | Self::CodeUsed | Self::CodeEnded => About::Code,
            Self::FilingCancelled | Self::AccessLost | Self::FilingChanged => About::Filing,
        }
    }

    /// Whether the customer must do something: such notices go by SMS as well as by mail.
    #[must_use]
    pub fn is_urgent(self) -> bool {
        match self {
            Self::Returned
            | Self::PhotoWanted
            | Self::CurtainDispatched
            | Self::PhotoRefused
            | Self::SmsAwaited
            | Self::SmsLapsed
            | Self::Refused
            | Self::Filed
            | Self::Cancelled
            | Self::Idle
            | Self::PurgeSoon
            | Self::LeftLine
            | Self::ConsentAsked
            | Self::CodeEnded
            | Self::FilingCancelled
            | Self::AccessLost => true,
            Self::Submitted
            | Self::Passed
            | Self::AtAuthority
            | Self::Withdrawn
            | Self::Abandoned
            | Self::Expired
            | Self::Changed
            | Self::CodeGranted
            | Self::CodeApproved
            | Self::CodeUsed
            | Self::FilingChanged => false,
        }
    }

    /// The channels of this occasion.
    #[must_use]
    pub fn channels(self) -> &'static [Channel] {
        if self.is_urgent() { &[Channel::Mail, Channel::Sms] } else { &[Channel::Mail] }
    }
}

/// What notices are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum About {
    /// An order of the receiver's account.
    OwnOrder,
    /// An order of another account that needs the receiver's consent.
    OthersOrder,
    /// An authorization code.
    Code,
    /// Something on file, without an order.
    Filing,
}

/// How a notice travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// E-mail.
    Mail,
    /// Short message.
    Sms,
}

impl Channel {
    /// The name in API and database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
        }
    }
}

/// Who gets a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiver {
    /// A principal of the order that the notice is about.
    Principal(PrincipalRole),
    /// The owner of an account, as the provider reaches them.
    Owner(AccountId),
}

/// A notice to be sent: the occasion, the order that it is about if it is about one, and the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// The occasion.
    pub kind: NoticeKind,
    /// The order.
    pub order: Option<OrderId>,
    /// Who gets it.
    pub to: Receiver,
}

impl Notice {
    fn to_subject(kind: NoticeKind, order: OrderId) -> Self {
        Self { kind, order: Some(order), to: Receiver::Principal(PrincipalRole::Subject) }
    }
}

/// The notices that a message makes necessary; most make none.
#[must_use]
pub fn notices(message: &Message) -> Vec<Notice> {
    match message {
        Message::Order(news) => of_order(news),
        Message::Account(news) => {
            vec![Notice { kind: of_account(&news.event), order: None, to: Receiver::Owner(news.account) }]
        }
        Message::Photo(news) => match &news.step {
            PhotoStep::CurtainDispatched { .. } => {
                vec![Notice::to_subject(NoticeKind::CurtainDispatched, news.order)]
            }
            PhotoStep::CurtainRequested { .. }
            | PhotoStep::Uploaded { .. }
            | PhotoStep::Accepted { .. }
            | PhotoStep::Refused { .. } => Vec::new(),
        },
        Message::Review(_) | Message::Authority(_) | Message::Material(_) | Message::Verification(_) => Vec::new(),
    }
}

fn of_account(event: &AccountEvent) -> NoticeKind {
    match event {
        AccountEvent::CodeGranted { .. } => NoticeKind::CodeGranted,
        AccountEvent::CodeApproved { .. } => NoticeKind::CodeApproved,
        AccountEvent::CodeUsed { .. } => NoticeKind::CodeUsed,
        AccountEvent::CodeEnded { .. } => NoticeKind::CodeEnded,
        AccountEvent::FilingCancelled { .. } => NoticeKind::FilingCancelled,
        AccountEvent::AccessLost { .. } => NoticeKind::AccessLost,
        AccountEvent::FilingChanged { .. } => NoticeKind::FilingChanged,
    }
}

/// What the end of a kind of order is called.
fn ended(kind: OrderKind) -> NoticeKind {
    match kind {
        OrderKind::First
        | OrderKind::AddHere
        | OrderKind::AddElsewhere
        | OrderKind::Access
        | OrderKind::Migrate
        | OrderKind::Claim => NoticeKind::Filed,
        OrderKind::ChangeFiling
        | OrderKind::ChangeSubject
        | OrderKind::ChangeService
        | OrderKind::ChangeAccess
        | OrderKind::TransferAccount => NoticeKind::Changed,
        OrderKind::CancelService | OrderKind::CancelSubject | OrderKind::CancelAccess => NoticeKind::Cancelled,
    }
}

fn of_order(news: &OrderNews) -> Vec<Notice> {
    let to_subject = |kind| vec![Notice::to_subject(kind, news.order)];
    match &news.event {
        // Whoever is asked for a consent has no other way to hear of it.
        Event::Submitted { .. } if news.state == StateName::AwaitingConsent => {
            let asked = news.plan.target.other.map(Receiver::Owner);
            let asks = |to| Notice { kind: NoticeKind::ConsentAsked, order: Some(news.order), to };
            asked.map(asks).into_iter().chain(to_subject(NoticeKind::Submitted)).collect()
        }
        // A kind of order that the authority never sees ends here.
        Event::Submitted { .. } | Event::Consented { .. } | Event::Passed { .. } if news.state == StateName::Filed => {
            to_subject(ended(news.plan.kind))
        }
        Event::Submitted { .. } => to_subject(NoticeKind::Submitted),
        Event::Returned { .. } | Event::Declined { .. } => to_subject(NoticeKind::Returned),
        Event::Passed { .. } if news.state == StateName::PhotoPending => to_subject(NoticeKind::PhotoWanted),
        Event::Passed { .. } => to_subject(NoticeKind::Passed),
        Event::PhotoAccepted { .. } => to_subject(NoticeKind::Passed),
        Event::PhotoRefused { .. } => to_subject(NoticeKind::PhotoRefused),
        Event::Received { sms, .. } if sms.is_empty() => to_subject(NoticeKind::AtAuthority),
        Event::Received { sms, .. } => {
            let notice = |to: &PrincipalRole| Notice {
                kind: NoticeKind::SmsAwaited,
                order: Some(news.order),
                to: Receiver::Principal(*to),
            };
            sms.iter().map(notice).collect()
        }
        Event::SmsVerified { .. } if news.state == StateName::AtAuthority => to_subject(NoticeKind::AtAuthority),
        Event::SmsLapsed { .. } => to_subject(NoticeKind::SmsLapsed),
        Event::Granted { .. } => to_subject(ended(news.plan.kind)),
        Event::Refused { .. } => to_subject(NoticeKind::Refused),
        Event::Withdrawn => to_subject(NoticeKind::Withdrawn),
        Event::Abandoned => to_subject(NoticeKind::Abandoned),
        Event::Expired => to_subject(NoticeKind::Expired),
        Event::Reminded { of: Reminder::Idle, .. } => to_subject(NoticeKind::Idle),
        Event::Reminded { of: Reminder::Purge, .. } => to_subject(NoticeKind::PurgeSoon),
        Event::Reminded { of: Reminder::Line, .. } => to_subject(NoticeKind::LeftLine),
        Event::Opened
        | Event::Saved { .. }
        | Event::Verified { .. }
        | Event::VerificationDropped
        | Event::CallRecorded { .. }
        | Event::Assisted { .. }
        | Event::Consented { .. }
        | Event::PhotoRecorded { .. }
        | Event::HandoverBegun
        | Event::SmsVerified { .. }
        | Event::Purged
        | Event::SmsResent { .. } => Vec::new(),
    }
}
