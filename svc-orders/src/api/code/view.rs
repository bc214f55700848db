//! What the two sides see of an authorization code. The digits are shown one by one, and in no list.

use chrono::{DateTime, Utc};
use domain::{
    authorization_code::{Event, Hold, State, StateName, Why},
    id::{AccountId, AuthorizationCodeId},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    command::Effects,
    store::code::{News, Side, StoredCode, Told},
};

/// A code, without its digits.
#[derive(Serialize)]
pub(super) struct CodeView {
    id: AuthorizationCodeId,
    side: &'static str,
    owner: AccountId,
    resource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    receiver: Option<AccountId>,
    state: StateName,
    state_zh: &'static str,
    /// The service of an order that it carries or carried.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<Hold>,
    /// The filed service.
    #[serde(skip_serializing_if = "Option::is_none")]
    filing: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<Why>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why_zh: Option<&'static str>,
    version: i64,
    changed_at: DateTime<Utc>,
}

/// How an account stands to a code, if it may see it at all.
pub(super) fn side(code: &StoredCode, account: AccountId) -> Option<Side> {
    if code.code.state == State::Deleted {
        return None;
    }
    if code.code.owner == account {
        return Some(Side::Owner);
    }
    (code.code.receiver == Some(account)).then_some(Side::Receiver)
}

impl CodeView {
    pub(super) fn of(code: &StoredCode, side: Side) -> Self {
        let state = &code.code.state;
        let why = if let State::Invalid { why, .. } = state { Some(*why) } else { None };
        Self {
            id: code.id,
            side: match side {
                Side::Owner => "owner",
                Side::Receiver => "receiver",
            },
            owner: code.code.owner,
            resource: code.resource.clone(),
            receiver: code.code.receiver,
            state: state.name(),
            state_zh: state.name().zh(),
            hold: state.hold(),
            filing: state.filing().map(ToString::to_string),
            why,
            why_zh: why.map(why_zh),
            version: code.version,
            changed_at: code.changed_at,
        }
    }
}

fn why_zh(why: Why) -> &'static str {
    match why {
        Why::ServerGone => "资源已释放",
        Why::ServerEnds => "剩余时长不足",
        Why::Revoked => "已收回",
    }
}

/// What taking a code back affects, in numbers and in words.
pub(super) fn effects(code: &StoredCode, effects: &Effects) -> Value {
    let (state, refused) = match &effects.after {
        Ok(after) => (Some(after.state.name()), None),
        Err(refusal) => (None, Some(refusal)),
    };
    let order = effects.order.as_ref().map(|order| {
        let state = order.order.state.name();
        let service = code.code.state.hold().map(|hold| hold.service);
        json!({ "id": order.id, "account": order.account, "state": state, "state_zh": state.zh(), "service": service })
    });
    let (message, message_en) = words(code);
    json!({
        "revocable": refused.is_none(), "becomes": state, "rule": refused.map(|refusal| refusal.rule()),
        "account": code.code.receiver, "order": order, "filing": code.code.state.filing().map(ToString::to_string),
        "message": refused.map_or(message, |refusal| refusal.zh()), "message_en": message_en,
    })
}

fn words(code: &StoredCode) -> (&'static str, &'static str) {
    match code.code.state {
        State::Unused if code.code.receiver.is_some() => {
            ("被授权账号将不能再使用该授权码", "The account can use the code no more")
        }
        State::Unused => ("该授权码没有授权给任何账号", "The code is granted to nobody"),
        State::InUse(_) => (
            "使用该授权码的订单将无法提交，须更换云资源或授权码",
            "The order that uses it cannot be handed in until its service names another resource or code",
        ),
        State::Used(..) => (
            "已备案的服务将失去接入依据，须变更接入或取消接入",
            "The filed service loses what it runs on: its access must be changed or cancelled",
        ),
        State::Invalid { .. } | State::Deleted => ("授权码已失效", "The code is not valid any more"),
    }
}

/// Something that an owner is to hear.
#[derive(Serialize)]
pub(super) struct NewsView {
    id: uuid::Uuid,
    code: AuthorizationCodeId,
    resource: String,
    #[serde(flatten)]
    event: Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountId>,
    message: &'static str,
    message_en: &'static str,
    at: DateTime<Utc>,
}

impl From<News> for NewsView {
    fn from(news: News) -> Self {
        let News { id, code, resource, event, account, at } = news;
        let (message, message_en) = match &event {
            Event::Granted { .. } => ("白名单账号获得了授权码", "An account that you allowed got a code"),
            Event::Held(_) => ("授权码正被订单使用", "An order uses a code"),
            Event::Completed { .. } => ("使用授权码的服务已备案", "A service was filed with a code"),
            Event::Invalidated { .. } => ("授权码已失效", "A code became invalid"),
            Event::Created => ("授权码已生成", "A code was made"),
            Event::Released(_) => ("订单不再使用授权码", "An order uses a code no more"),
            Event::Withdrawn => ("授权码已收回", "A code was taken back"),
            Event::Deleted => ("授权码已删除", "A code was removed"),
        };
        Self { id, code, resource, event, account, message, message_en, at }
    }
}

/// A line of a code's story for one of its sides. The receiver sees what happened since the code was granted to it.
#[derive(Serialize)]
pub(super) struct StepView {
    version: i64,
    #[serde(flatten)]
    event: Event,
    state: String,
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    role: String,
    /// Whether its owner is to hear of it.
    tells_owner: bool,
    at: DateTime<Utc>,
}

/// The part of a story that an account sees.
pub(super) fn story(told: Vec<Told>, code: &StoredCode, (me, side): (AccountId, Side)) -> Vec<StepView> {
    let from = match side {
        Side::Owner => 0,
        Side::Receiver => told
            .iter()
            .filter(|line| matches!(line.event, Event::Granted { .. }))
            .map(|line| line.version)
            .max()
            .unwrap_or(i64::MAX),
    };
    let line = |told: Told| StepView {
        version: told.version,
        state: told.state,
        by: match told.account {
            None => "system",
            Some(account) if account == code.code.owner => "owner",
            Some(_) => "receiver",
        },
        // Who works in the other account is that account's business.
        actor: (told.account.is_none() || told.account == Some(me)).then_some(told.actor),
        role: told.role,
        tells_owner: told.event.concerns_owner(),
        event: told.event,
        at: told.at,
    };
    told.into_iter().filter(|told| told.version >= from).map(line).collect()
}
