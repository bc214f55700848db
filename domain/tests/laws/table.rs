//! The table of the design, written down a second time: which command works in which state, and where it leads.

use std::collections::BTreeMap;

use domain::order::{Command, Order, Refusal, StateName, Way, decide, fold, works_in};

use crate::machine::{COMMANDS, command, facts, order, states};

/// What works, by the name of the state (`to_authority` waiting and begun) and of the command, and the state that follows.
const TABLE: [(&str, &str, &str); 47] = [
    ("draft", "save", "draft"),
    ("draft", "record_verification", "draft"),
    ("draft", "submit", "reviewing"),
    ("draft", "abandon", "abandoned"),
    ("draft", "expire", "expired"),
    ("draft", "remind_idle", "draft"),
    ("draft", "remind_line", "draft"),
    ("expired", "remind_purge", "expired"),
    ("expired", "purge", "expired"),
    ("abandoned", "remind_purge", "abandoned"),
    ("abandoned", "purge", "abandoned"),
    ("returned", "remind_idle", "returned"),
    ("returned", "remind_line", "returned"),
    ("returned", "save", "returned"),
    ("returned", "record_verification", "returned"),
    ("returned", "submit", "reviewing"),
    ("returned", "abandon", "abandoned"),
    ("returned", "expire", "expired"),
    ("awaiting_consent", "consent", "reviewing"),
    ("awaiting_consent", "decline", "returned"),
    ("awaiting_consent", "withdraw", "draft"),
    ("reviewing", "record_call", "reviewing"),
    ("reviewing", "assist_edit", "reviewing"),
    ("reviewing", "pass", "to_authority"),
    ("reviewing", "return", "returned"),
    ("reviewing", "withdraw", "draft"),
    ("photo_pending", "remind_idle", "photo_pending"),
    ("photo_pending", "record_photo", "photo_reviewing"),
    ("photo_pending", "abandon", "abandoned"),
    ("photo_pending", "expire", "expired"),
    ("photo_reviewing", "accept_photo", "to_authority"),
    ("photo_reviewing", "refuse_photo", "photo_pending"),
    ("to_authority waiting", "begin_handover", "to_authority"),
    ("to_authority waiting", "withdraw", "draft"),
    ("to_authority begun", "record_receipt", "awaiting_sms"),
    ("to_authority begun", "refuse", "returned"),
    ("awaiting_sms", "record_sms", "awaiting_sms"),
    ("awaiting_sms", "resend_sms", "awaiting_sms"),
    ("awaiting_sms", "lapse_sms", "returned"),
    ("awaiting_sms", "grant", "filed"),
    ("awaiting_sms", "refuse", "returned"),
    ("at_authority", "grant", "filed"),
    ("at_authority", "refuse", "returned"),
    // The same states in the curtain way, where they differ.
    ("curtain draft", "save", "draft"),
    ("curtain draft", "submit", "reviewing"),
    ("curtain reviewing", "pass", "photo_pending"),
    ("curtain reviewing", "return", "returned"),
];

fn label(order: &Order) -> String {
    use domain::order::{Handover, State};
    let name = order.state.name();
    let State::ToAuthority { handover } = &order.state else { return name.to_string() };
    match handover {
        Handover::Waiting => format!("{name} waiting"),
        Handover::Begun => format!("{name} begun"),
    }
}

fn expected(prefix: &str) -> BTreeMap<(String, &'static str), &'static str> {
    let own = |(state, command, next): &(&'static str, &'static str, &'static str)| {
        state.strip_prefix(prefix).map(|state| ((state.to_owned(), *command), *next))
    };
    TABLE.iter().filter_map(own).collect()
}

fn outcome(order: &Order, command: &Command) -> Option<StateName> {
    let events = decide(order, command, &facts(45)).ok()?;
    assert!(!events.is_empty(), "{command:?} works without an event");
    Some(fold(order.clone(), &events).state.name())
}

#[test]
fn every_state_answers_every_command_as_the_table_says() {
    let table = expected("");
    for state in states() {
        let order = order(state, Way::Electronic);
        for kind in 0..COMMANDS {
            let command = command(kind, 1, &order);
            let wanted = table.get(&(label(&order), command.name())).copied();
            let got = outcome(&order, &command);
            assert_eq!(got.map(StateName::as_str), wanted, "{} {}", label(&order), command.name());
        }
    }
}

#[test]
fn the_curtain_way_differs_in_verification_and_after_the_review() {
    let table = expected("curtain ");
    for state in states() {
        let order = order(state, Way::Curtain);
        for ((_, name), next) in table.iter().filter(|((state, _), _)| *state == label(&order)) {
            let command = (0..COMMANDS).map(|kind| command(kind, 1, &order)).find(|one| one.name() == *name).unwrap();
            assert_eq!(outcome(&order, &command).map(StateName::as_str), Some(*next), "{name}");
        }
        if order.state.name().is_editable() {
            let face = command(1, 0, &order);
            assert_eq!(decide(&order, &face, &facts(0)), Err(Refusal::OtherWay));
        }
    }
}

#[test]
fn what_clients_are_told_to_be_possible_is_what_the_table_says() {
    for state in states() {
        let order = order(state, Way::Electronic);
        for kind in 0..COMMANDS {
            let command = command(kind, 1, &order);
            let told = works_in(&command).contains(&order.state.name());
            let label = order.state.name().as_str();
            let known =
                TABLE.iter().any(|(state, name, _)| state.split(' ').next() == Some(label) && *name == command.name());
            assert_eq!(told, known, "{label} {}", command.name());
        }
    }
}

#[test]
fn the_last_sms_and_an_empty_receipt_lead_to_the_authority() {
    use domain::order::{Handover, PrincipalRole, State};
    let one = State::AwaitingSms { pending: [PrincipalRole::Subject].into(), until: crate::machine::start() };
    let waiting = order(one, Way::Electronic);
    assert_eq!(outcome(&waiting, &command(15, 1, &waiting)), Some(StateName::AtAuthority));
    let begun = order(State::ToAuthority { handover: Handover::Begun }, Way::Electronic);
    assert_eq!(outcome(&begun, &command(14, 0, &begun)), Some(StateName::AtAuthority));
}

#[test]
fn each_refusal_names_its_reason() {
    use domain::access::StaffId;
    use domain::order::{Handover, PrincipalRole, Section, State};
    let now = facts(0);
    let refusal = |order: &Order, command: &Command| decide(order, command, &now).unwrap_err();
    let reviewing = order(State::Reviewing { assist: false, calls: Vec::new() }, Way::Electronic);
    let chen = StaffId::new("reviewer-chen");
    let twice = Command::Pass { round: 1, by: vec![chen.clone(), chen.clone()] };
    assert_eq!(refusal(&reviewing, &twice), Refusal::SecondPersonNeeded);
    let assist = Command::AssistEdit { section: Section::Subject, by: chen };
    assert_eq!(refusal(&reviewing, &assist), Refusal::NoConsent);
    let silent = Command::Return { round: 1, reasons: Vec::new() };
    assert_eq!(refusal(&reviewing, &silent), Refusal::NoReasons);
    let late = Command::Return { round: 0, reasons: crate::machine::reasons() };
    assert_eq!(refusal(&reviewing, &late), Refusal::LateRound { answered: 0, current: 1 });
    let begun = order(State::ToAuthority { handover: Handover::Begun }, Way::Electronic);
    assert_eq!(refusal(&begun, &Command::Withdraw), Refusal::AlreadySent);
    assert_eq!(refusal(&begun, &Command::BeginHandover { round: 1 }), Refusal::AlreadySent);
    let draft = Order { verified: false, ..order(State::Draft, Way::Electronic) };
    assert_eq!(refusal(&draft, &Command::Submit(crate::machine::readiness())), Refusal::NotVerified);
    assert_eq!(refusal(&draft, &Command::Expire), Refusal::TooEarly);
    let photo = order(State::PhotoReviewing { photo: crate::machine::photo(1) }, Way::Curtain);
    assert_eq!(refusal(&photo, &Command::AcceptPhoto { photo: crate::machine::photo(2) }), Refusal::OtherPhoto);
    let pending = State::AwaitingSms { pending: [PrincipalRole::Subject].into(), until: crate::machine::start() };
    let sms = Command::RecordSms { round: 1, principal: PrincipalRole::Service };
    assert_eq!(refusal(&order(pending, Way::Electronic), &sms), Refusal::NotAsked);
    assert_eq!(
        refusal(&order(State::Abandoned, Way::Electronic), &Command::Withdraw),
        Refusal::Finished(StateName::Abandoned)
    );
}
