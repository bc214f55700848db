//! The authorization code's machine: each row of its table, and what no sequence of commands can bring about.

use domain::authorization_code::{
    Approval, Code, Command, Event, Hold, Refusal, State, StateName, Why, decide, evolve,
};
use domain::filing_number::ServiceNumber;
use domain::id::{AccountId, OrderId};
use proptest::prelude::*;
use uuid::Uuid;

fn account(n: u128) -> AccountId {
    Uuid::from_u128(n).into()
}

fn hold(order: u128, service: u16) -> Hold {
    Hold { order: OrderId::from(Uuid::from_u128(order)), service }
}

fn number(n: u16) -> ServiceNumber {
    format!("辽ICP备2026000123号-{n}").parse().unwrap()
}

const OWNER: u128 = 1;
const FRIEND: u128 = 2;
const STRANGER: u128 = 3;

fn fresh() -> Code {
    Code { owner: account(OWNER), receiver: None, state: State::Unused }
}

fn grant(to: u128) -> Command {
    Command::Grant { to: account(to), by: Approval::Phone }
}

fn take(order: u128, service: u16, by: u128) -> Command {
    Command::Use { hold: hold(order, service), account: account(by), changes: Vec::new() }
}

fn complete(order: u128) -> Command {
    Command::Complete { order: hold(order, 0).order, filing: Some(number(1)) }
}

fn release(order: u128) -> Command {
    Command::Release { order: hold(order, 0).order }
}

/// A code after these commands, each of which must do something.
fn after(commands: &[Command]) -> Code {
    commands.iter().fold(fresh(), |code, command| {
        let event = decide(&code, command).unwrap().unwrap();
        evolve(code, &event)
    })
}

fn refused(commands: &[Command], command: &Command) -> Option<Refusal> {
    decide(&after(commands), command).err()
}

#[test]
fn a_code_goes_its_way() {
    let code = after(&[grant(FRIEND), take(10, 0, FRIEND), complete(10)]);
    assert_eq!(code.state, State::Used(hold(10, 0), Some(number(1))));
    // It serves changes of that filing, and nothing else.
    let change = |numbers| Command::Use { hold: hold(11, 0), account: account(FRIEND), changes: numbers };
    assert_eq!(decide(&code, &change(vec![number(1)])), Ok(None));
    assert_eq!(decide(&code, &change(vec![number(2)])), Err(Refusal::UsedUp));
    assert_eq!(decide(&code, &take(11, 0, FRIEND)), Err(Refusal::UsedUp));
    // A given-up order sets it free.
    let code = after(&[grant(FRIEND), take(10, 0, FRIEND), release(10)]);
    assert_eq!((code.state, code.receiver), (State::Unused, Some(account(FRIEND))));
}

#[test]
fn what_a_code_refuses_has_a_name() {
    let held = [grant(FRIEND), take(10, 0, FRIEND)];
    let used = [grant(FRIEND), take(10, 0, FRIEND), complete(10)];
    let invalid = [Command::Invalidate(Why::ServerGone)];
    let cases: [(&[Command], Command, Refusal); 14] = [
        (&[], grant(OWNER), Refusal::OwnAccount),
        (&held[..1], grant(STRANGER), Refusal::Granted),
        (&held, grant(STRANGER), Refusal::Granted),
        (&[], take(10, 0, FRIEND), Refusal::NotGranted),
        (&held[..1], take(10, 0, STRANGER), Refusal::NotGranted),
        (&held, take(11, 0, FRIEND), Refusal::Taken),
        (&held, take(10, 1, FRIEND), Refusal::Taken),
        (&invalid, grant(FRIEND), Refusal::Invalid),
        (&[], Command::Revoke, Refusal::NothingToRevoke),
        (&invalid, Command::Revoke, Refusal::Invalid),
        (&held, Command::Delete, Refusal::InUse),
        (&used, Command::Delete, Refusal::UsedUp),
        (&[Command::Delete], grant(FRIEND), Refusal::Deleted),
        (&[Command::Delete], Command::Delete, Refusal::Deleted),
    ];
    for (before, command, refusal) in cases {
        assert_eq!(refused(before, &command), Some(refusal), "{before:?} {command:?}");
        assert!(refusal.rule().starts_with("code.") && !refusal.zh().is_empty());
    }
    // A code that was used up and became invalid stays: a filing hangs on it.
    let revoked = after(&[grant(FRIEND), take(10, 0, FRIEND), complete(10), Command::Revoke]);
    assert_eq!(decide(&revoked, &Command::Delete), Err(Refusal::UsedUp));
    assert_eq!((revoked.state.hold(), revoked.state.filing()), (Some(hold(10, 0)), Some(&number(1))));
}

#[test]
fn taking_back_depends_on_the_use() {
    let unused = after(&[grant(FRIEND), Command::Revoke]);
    assert_eq!((unused.state, unused.receiver), (State::Unused, None));
    let held = after(&[grant(FRIEND), take(10, 0, FRIEND), Command::Revoke]);
    assert_eq!(held.state, State::Invalid { why: Why::Revoked, of: Some(hold(10, 0)), filing: None, used: false });
    assert_eq!(decide(&held, &take(10, 0, FRIEND)), Err(Refusal::Invalid));
}

#[test]
fn the_owner_hears_what_others_did() {
    let told = |event: Event| event.concerns_owner();
    assert!(told(Event::Granted { to: account(FRIEND), by: Approval::Allowed }));
    assert!(!told(Event::Granted { to: account(FRIEND), by: Approval::Phone }));
    assert!(told(Event::Held(hold(10, 0))) && told(Event::Invalidated { why: Why::ServerEnds }));
    assert!(!told(Event::Released(hold(10, 0))) && !told(Event::Deleted));
}

fn commands() -> impl Strategy<Value = Command> {
    let (accounts, orders, services) = (OWNER..=STRANGER, 10_u128..13, 0_u16..2);
    prop_oneof![
        accounts.clone().prop_map(grant),
        (orders.clone(), services, accounts).prop_map(|(order, service, by)| take(order, service, by)),
        orders.clone().prop_map(release),
        orders.prop_map(complete),
        prop_oneof![Just(Why::ServerGone), Just(Why::ServerEnds)].prop_map(Command::Invalidate),
        Just(Command::Revoke),
        Just(Command::Delete),
    ]
}

proptest! {
    #[test]
    fn no_walk_breaks_the_promises(walk in prop::collection::vec(commands(), 0..40)) {
        let mut code = fresh();
        let mut ever_used = false;
        for command in walk {
            let before = code.clone();
            match decide(&before, &command) {
                Ok(Some(event)) => code = evolve(code, &event),
                // Nothing, and nothing again.
                Ok(None) | Err(_) => continue,
            }
            prop_assert_ne!(&before, &code, "an event that changes nothing: {:?}", command);
            // The owner never changes, and never is the receiver.
            prop_assert_eq!(code.owner, before.owner);
            prop_assert_ne!(code.receiver, Some(code.owner));
            // One service at a time: a hold is only replaced by way of a release.
            if let (State::InUse(was), State::InUse(is)) = (&before.state, &code.state) {
                prop_assert_eq!(was, is);
            }
            // Nothing comes back from the dead, and a used code never becomes free again.
            ever_used |= code.state.name() == StateName::Used;
            if ever_used {
                prop_assert!(matches!(code.state.name(), StateName::Used | StateName::Invalid));
            }
            if before.state.name() == StateName::Invalid {
                prop_assert_eq!(code.state.name(), StateName::Deleted);
            }
            // Who uses it was granted it.
            if code.state.name() == StateName::InUse {
                prop_assert!(code.receiver.is_some());
            }
        }
    }

    #[test]
    fn a_command_that_did_its_work_does_it_once(walk in prop::collection::vec(commands(), 0..20), last in commands()) {
        let code = walk.iter().fold(fresh(), |code, command| match decide(&code, command) {
            Ok(Some(event)) => evolve(code, &event),
            Ok(None) | Err(_) => code,
        });
        if let Ok(Some(event)) = decide(&code, &last) {
            let again = decide(&evolve(code, &event), &last);
            prop_assert!(!matches!(again, Ok(Some(_))) || last == Command::Revoke, "{last:?} twice: {again:?}");
        }
    }
}
