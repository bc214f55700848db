//! Messages: every one reads what it writes, every topic is listed, and none of them carries personal data.

use std::collections::BTreeSet;

use domain::access::StaffId;
use domain::authorization_code::Why;
use domain::id::{AccountId, CurtainId, MaterialId, OrderId, VerificationId};
use domain::message::{
    AccountEvent, AccountNews, AuthorityNews, AuthorityStep, MaterialNews, MaterialState, Message, OrderNews,
    PhotoNews, PhotoStep, ReviewNews, ReviewStep, VerificationNews, VerificationOutcome,
};
use domain::notice::{NoticeKind, notices};
use domain::order::{Event, Eyes, Lapse, PrincipalRole, Reminder, Section, StateName, Way};
use domain::rules::kinds::OrderKind;
use uuid::Uuid;

use crate::machine::{both, call, numbers, photo, plan, readiness, reasons, start};

fn order() -> OrderId {
    Uuid::from_u128(1).into()
}

fn events() -> Vec<Event> {
    let chen = StaffId::new("reviewer-chen");
    let ready = readiness();
    let principals = ready.principals().clone();
    let submitted = Event::Submitted { round: 1, revision: "2026".to_owned(), services: 1, principals, assist: true };
    vec![
        Event::Opened,
        Event::Saved { section: Section::Consent },
        Event::Verified { verification: VerificationId::from(Uuid::from_u128(2)) },
        Event::VerificationDropped,
        submitted,
        Event::Consented { principals: both() },
        Event::Declined { reasons: reasons() },
        Event::Reminded { of: Reminder::Idle, until: start() },
        Event::Reminded { of: Reminder::Purge, until: start() },
        Event::Reminded { of: Reminder::Line, until: start() },
        Event::Purged,
        Event::Withdrawn,
        Event::Abandoned,
        Event::Expired,
        Event::CallRecorded { call: call() },
        Event::Assisted { section: Section::Subject, by: chen.clone() },
        Event::Passed { by: vec![chen] },
        Event::Returned { reasons: reasons() },
        Event::PhotoRecorded { photo: photo(1) },
        Event::PhotoAccepted { photo: photo(1) },
        Event::PhotoRefused { photo: photo(1), reasons: reasons() },
        Event::HandoverBegun,
        Event::Received { sms: both(), until: start() },
        Event::SmsVerified { principal: PrincipalRole::Service },
        Event::SmsResent { until: start() },
        Event::SmsLapsed { why: Lapse::WrongTries },
        Event::Granted { numbers: numbers() },
        Event::Refused { reasons: reasons() },
    ]
}

fn news(event: Event) -> Message {
    Message::Order(OrderNews {
        order: order(),
        account: AccountId::from(Uuid::from_u128(3)),
        plan: plan(Way::Electronic, Eyes::Two),
        round: 2,
        state: StateName::AtAuthority,
        version: 9,
        at: start(),
        event,
    })
}

fn answers() -> Vec<Message> {
    let review = |step| Message::Review(ReviewNews { order: order(), round: 1, step });
    let authority = |step| Message::Authority(AuthorityNews { order: order(), round: 1, step });
    vec![
        review(ReviewStep::Called { call: call() }),
        review(ReviewStep::Passed { by: vec![StaffId::new("reviewer-chen")] }),
        review(ReviewStep::Returned { reasons: reasons() }),
        authority(AuthorityStep::Ready),
        authority(AuthorityStep::Received { sms: both(), until: start() }),
        authority(AuthorityStep::SmsVerified { principal: PrincipalRole::Subject }),
        authority(AuthorityStep::SmsResent { until: start() }),
        authority(AuthorityStep::SmsLapsed { why: Lapse::Deadline }),
        authority(AuthorityStep::Granted { numbers: numbers() }),
        authority(AuthorityStep::Refused { reasons: reasons() }),
    ]
}

fn pictures() -> Vec<Message> {
    let material = |state| {
        let material = MaterialId::from(Uuid::from_u128(4));
        Message::Material(MaterialNews {
            order: order(),
            material,
            kind: "app_icon".to_owned(),
            service: Some(0),
            state,
        })
    };
    let verification = |outcome| {
        let verification = VerificationId::from(Uuid::from_u128(5));
        Message::Verification(VerificationNews { order: order(), verification, person: "f1".to_owned(), outcome })
    };
    let curtain = CurtainId::from(Uuid::from_u128(6));
    let step = |step| Message::Photo(PhotoNews { order: order(), step });
    vec![
        material(MaterialState::Accepted),
        material(MaterialState::Removed),
        verification(VerificationOutcome::Passed),
        verification(VerificationOutcome::Failed),
        step(PhotoStep::CurtainRequested { curtain, dispatch_at: start() }),
        step(PhotoStep::CurtainDispatched { curtain }),
        step(PhotoStep::Uploaded { photo: photo(1) }),
        step(PhotoStep::Accepted { photo: photo(1) }),
        step(PhotoStep::Refused { photo: photo(1), reasons: reasons() }),
    ]
}

fn accounts() -> Vec<Message> {
    let resource = "ins-example-ln".to_owned();
    let told =
        |event| Message::Account(AccountNews { account: AccountId::from(Uuid::from_u128(3)), at: start(), event });
    vec![
        told(AccountEvent::CodeGranted { resource: resource.clone() }),
        told(AccountEvent::CodeApproved { resource: resource.clone() }),
        told(AccountEvent::CodeUsed { resource: resource.clone() }),
        told(AccountEvent::CodeEnded { resource, why: Why::ServerEnds }),
        told(AccountEvent::FilingCancelled { numbers: vec!["辽ICP备2026000001号".to_owned()] }),
        told(AccountEvent::AccessLost { numbers: vec!["辽ICP备2026000001号-1".to_owned()] }),
        told(AccountEvent::FilingChanged { numbers: vec!["辽ICP备2026000001号-2".to_owned()] }),
    ]
}

fn all() -> Vec<Message> {
    [events().into_iter().map(news).collect(), answers(), pictures(), accounts()].concat()
}

#[test]
fn every_message_reads_what_it_writes() {
    for message in all() {
        let value = serde_json::to_value(&message).unwrap();
        assert_eq!(serde_json::from_value::<Message>(value.clone()).unwrap(), message, "{value}");
        let text = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&text).unwrap(), message, "{text}");
    }
}

#[test]
fn the_topics_are_exactly_those_listed() {
    let known: BTreeSet<String> = Message::TOPICS.iter().map(|topic| (*topic).to_owned()).collect();
    let used: BTreeSet<String> = all().iter().map(Message::topic).collect();
    assert_eq!(known, used);
    assert_eq!(known.len(), Message::TOPICS.len());
    let of_account = |message: &Message| matches!(message, Message::Account(_));
    let about = |message: &Message| if of_account(message) { Uuid::from_u128(3) } else { order().uuid() };
    assert!(all().iter().all(|message| message.about() == about(message)));
}

#[test]
fn every_occasion_of_a_notice_arises_from_some_message() {
    let curtain = |event| {
        let Message::Order(mut news) = news(event) else { unreachable!() };
        news.state = StateName::PhotoPending;
        Message::Order(news)
    };
    let of_kind = |kind| {
        move |event| {
            let Message::Order(mut news) = news(event) else { unreachable!() };
            news.plan.kind = kind;
            Message::Order(news)
        }
    };
    let messages = all().into_iter().chain(events().into_iter().map(curtain));
    let messages = messages.chain(events().into_iter().map(of_kind(OrderKind::ChangeService)));
    let messages = messages.chain(events().into_iter().map(of_kind(OrderKind::CancelService)));
    let asks = |event| {
        let Message::Order(mut news) = news(event) else { unreachable!() };
        news.state = StateName::AwaitingConsent;
        news.plan.target.other = Some(AccountId::from(Uuid::from_u128(4)));
        Message::Order(news)
    };
    let messages = messages.chain(events().into_iter().map(asks));
    let told: BTreeSet<NoticeKind> = messages.flat_map(|message| notices(&message)).map(|notice| notice.kind).collect();
    assert_eq!(told, NoticeKind::ALL.into());
}

#[test]
fn a_submission_on_the_wire_looks_like_this() {
    let submitted = events().into_iter().find(|event| event.name() == "submitted").unwrap();
    let value = serde_json::to_value(news(submitted)).unwrap();
    let expected = serde_json::json!({
        "message": "order",
        "order": "00000000-0000-0000-0000-000000000001",
        "account": "00000000-0000-0000-0000-000000000003",
        "plan": {
            "kind": "first", "province": "210000", "way": "electronic", "eyes": "two", "target": {},
            "steps": {
                "sections": ["subject", "services", "consent"], "consent": false, "verification": true,
                "review": "people", "delivery": "upload",
            },
        },
        "round": 2,
        "state": "at_authority",
        "version": 9,
        "at": "2026-03-02T04:00:00Z",
        "event": {
            "event": "submitted", "round": 1, "revision": "2026", "services": 1,
            "principals": ["subject", "service"], "assist": true,
        },
    });
    assert_eq!(value, expected);
}
