//! What must open and what must stay closed.

use clap::ValueEnum;

use super::*;

const ROW: Uuid = Uuid::from_u128(1);
const OTHER_ROW: Uuid = Uuid::from_u128(2);

fn place(row: Uuid) -> Place<'static> {
    Place { table: "dossier", column: "principal", row }
}

fn key(seed: u8) -> String {
    let bytes: Vec<u8> = (0..32).map(|n: u8| n.wrapping_mul(7) ^ seed).collect();
    STANDARD.encode(bytes)
}

fn keyring(keys: &str, suite: Suite) -> Keyring {
    Keyring::open(&SealArgs { keys: keys.into(), index_key: key(99).into(), suite }).unwrap()
}

#[test]
fn what_was_sealed_opens_in_its_place_with_every_suite() {
    for suite in Suite::value_variants() {
        let keyring = keyring(&format!("a={}", key(1)), *suite);
        let (data_key, wrapped) = keyring.mint(ROW).unwrap();
        let sealed = data_key.seal(place(ROW), "张三".as_bytes()).unwrap();
        let again = keyring.unwrap(ROW, &wrapped).unwrap();
        assert_eq!(again.open(place(ROW), &sealed).unwrap().as_slice(), "张三".as_bytes());
        assert_ne!(data_key.seal(place(ROW), "张三".as_bytes()).unwrap(), sealed, "a nonce must not repeat");
    }
}

#[test]
fn a_value_copied_to_another_row_or_column_does_not_open() {
    let keyring = keyring(&format!("a={}", key(1)), Suite::default());
    let (data_key, wrapped) = keyring.mint(ROW).unwrap();
    let sealed = data_key.seal(place(ROW), b"secret").unwrap();
    let elsewhere =
        [place(OTHER_ROW), Place { column: "mobile", ..place(ROW) }, Place { table: "ledger", ..place(ROW) }];
    for wrong in elsewhere {
        assert_eq!(data_key.open(wrong, &sealed).unwrap_err(), SealError::Closed);
    }
    assert_eq!(keyring.unwrap(OTHER_ROW, &wrapped).unwrap_err(), SealError::Closed);
}

#[test]
fn the_key_of_another_order_does_not_open() {
    let keyring = keyring(&format!("a={}", key(1)), Suite::default());
    let (mine, _) = keyring.mint(ROW).unwrap();
    let (other, _) = keyring.mint(ROW).unwrap();
    let sealed = mine.seal(place(ROW), b"secret").unwrap();
    assert_eq!(other.open(place(ROW), &sealed).unwrap_err(), SealError::Closed);
}

#[test]
fn no_changed_byte_goes_unnoticed() {
    for suite in Suite::value_variants() {
        let (data_key, _) = keyring(&format!("a={}", key(1)), *suite).mint(ROW).unwrap();
        let sealed = data_key.seal(place(ROW), b"secret").unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(data_key.open(place(ROW), &changed).is_err(), "{suite:?}: byte {at} may change");
            assert!(data_key.open(place(ROW), &sealed[..at]).is_err(), "{suite:?}: may be cut at {at}");
        }
    }
}

#[test]
fn rotation_rewraps_the_data_key_and_leaves_the_values_alone() {
    let before = keyring(&format!("old={}", key(1)), Suite::Aes256Gcm);
    let (data_key, wrapped) = before.mint(ROW).unwrap();
    let sealed = data_key.seal(place(ROW), b"secret").unwrap();

    let both = keyring(&format!("new={},old={}", key(2), key(1)), Suite::Sm4Gcm);
    let rewrapped = both.rewrap(ROW, &wrapped).unwrap().expect("it was under the old key");
    assert_eq!(both.rewrap(ROW, &rewrapped).unwrap(), None);

    let after = keyring(&format!("new={}", key(2)), Suite::Sm4Gcm);
    assert_eq!(after.unwrap(ROW, &rewrapped).unwrap().open(place(ROW), &sealed).unwrap().as_slice(), b"secret");
    assert_eq!(after.unwrap(ROW, &wrapped).unwrap_err(), SealError::UnknownKey("old".into()));
}

#[test]
fn the_blind_index_tells_equal_from_different_by_kind_and_key() {
    let keyring_a = keyring(&format!("a={}", key(1)), Suite::default());
    assert_eq!(keyring_a.blind_index("mobile", "19900000001"), keyring_a.blind_index("mobile", "19900000001"));
    assert_ne!(keyring_a.blind_index("mobile", "19900000001"), keyring_a.blind_index("mobile", "19900000002"));
    assert_ne!(keyring_a.blind_index("mobile", "19900000001"), keyring_a.blind_index("landline", "19900000001"));
    let args = SealArgs { keys: format!("a={}", key(1)).into(), index_key: key(98).into(), suite: Suite::default() };
    let other = Keyring::open(&args).unwrap();
    assert_ne!(keyring_a.blind_index("mobile", "19900000001"), other.blind_index("mobile", "19900000001"));
}

#[test]
fn bad_keys_are_refused_without_being_repeated() {
    let short = STANDARD.encode([1, 2, 3]);
    let placeholder = STANDARD.encode([0; 32]);
    let twice = format!("a={},a={}", key(1), key(2));
    for bad in ["", "nokey", "a=%%%", &format!("a={short}"), &format!("a={placeholder}"), &twice] {
        let why = Keyring::parse_keys(&bad.into()).unwrap_err();
        assert!(!why.contains(&short) && !why.contains(&placeholder) && !why.contains("%%%"), "{why}");
    }
}

#[test]
fn keys_are_not_in_the_debug_output() {
    let keyring = keyring(&format!("a={}", key(1)), Suite::default());
    let (data_key, _) = keyring.mint(ROW).unwrap();
    assert_eq!(format!("{data_key:?}"), "DataKey(***)");
    assert_eq!(format!("{keyring:?}"), r#"Keyring { ids: ["a"], suite: Aes256Gcm, .. }"#);
}
