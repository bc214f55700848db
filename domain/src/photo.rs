//! Curtains, curtain photos and materials: their small stories and limits. It knows no bytes and no store.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::order::{Reason, StateName};

/// Largest picture a customer may upload: 2 MB (facts: `image_rules`, curtain photo and the 2018 upload page).
pub const MAX_BYTES: usize = 2 * 1024 * 1024;

/// Widest and highest picture that is decoded, in pixels.
pub const MAX_EDGE: u32 = 12_000;

/// Most memory one decoding may take, in bytes.
pub const MAX_DECODED: u64 = 256 * 1024 * 1024;

/// A request for a curtain (幕布): one free request an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum CurtainState {
    /// Waiting for the courier.
    Requested {
        /// When the courier leaves: 16:00 on a working day (facts: limits `curtain_dispatch`).
        dispatch_at: DateTime<Utc>,
    },
    /// On its way.
    Dispatched {
        /// When it left.
        at: DateTime<Utc>,
    },
}

impl CurtainState {
    /// All names.
    pub const NAMES: [&str; 2] = ["requested", "dispatched"];

    /// The name in API and database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Requested { .. } => "requested",
            Self::Dispatched { .. } => "dispatched",
        }
    }
}

/// A curtain photo under review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum PhotoState {
    /// Waiting for a reviewer.
    Waiting,
    /// Good.
    Accepted,
    /// Not good.
    Refused {
        /// Why.
        reasons: Vec<Reason>,
    },
}

impl PhotoState {
    /// All names.
    pub const NAMES: [&str; 3] = ["waiting", "accepted", "refused"];

    /// The name in API and database.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Refused { .. } => "refused",
        }
    }
}

/// Why something about a photo or curtain does not work now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhotoRefusal {
    /// The order does not ask for a photo now.
    #[error("the order is {0}; a curtain photo is not wanted now")]
    NotWanted(StateName),
    /// Materials change only while the customer writes.
    #[error("the order is {0}; its materials cannot be changed now")]
    NotEditable(StateName),
    /// Somebody decided already.
    #[error("this photo was decided already")]
    Decided,
    /// The curtain is on its way.
    #[error("this curtain was dispatched already")]
    Dispatched,
    /// The courier has not come yet.
    #[error("the courier leaves at {0}")]
    TooEarly(DateTime<Utc>),
    /// A refusal without a reason helps nobody.
    #[error("at least one reason is needed")]
    NoReasons,
}

/// Whether a curtain may be asked for, and a curtain photo uploaded, while the order stands there.
///
/// # Errors
/// [`PhotoRefusal::NotWanted`] in every other state.
pub fn wants_photo(state: StateName) -> Result<(), PhotoRefusal> {
    if state == StateName::PhotoPending { Ok(()) } else { Err(PhotoRefusal::NotWanted(state)) }
}

/// Whether materials may be changed while the order stands there.
///
/// # Errors
/// [`PhotoRefusal::NotEditable`] in every other state.
pub fn takes_materials(state: StateName) -> Result<(), PhotoRefusal> {
    if state.is_editable() { Ok(()) } else { Err(PhotoRefusal::NotEditable(state)) }
}

/// The photo after a reviewer's verdict; no reasons means it is good.
///
/// # Errors
/// [`PhotoRefusal::Decided`] when somebody was faster.
pub fn judge(photo: &PhotoState, reasons: Vec<Reason>) -> Result<PhotoState, PhotoRefusal> {
    match photo {
        PhotoState::Waiting if reasons.is_empty() => Ok(PhotoState::Accepted),
        PhotoState::Waiting => Ok(PhotoState::Refused { reasons }),
        PhotoState::Accepted | PhotoState::Refused { .. } => Err(PhotoRefusal::Decided),
    }
}

/// Who hands a curtain over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispatch {
    /// The job, at the courier's hour.
    Scheduled,
    /// Somebody of operations, at any time.
    ByHand,
}

/// The curtain after the courier took it.
///
/// # Errors
/// [`PhotoRefusal::TooEarly`] for the job before the courier's hour, [`PhotoRefusal::Dispatched`] the second time.
pub fn dispatch(curtain: CurtainState, how: Dispatch, now: DateTime<Utc>) -> Result<CurtainState, PhotoRefusal> {
    match (curtain, how) {
        (CurtainState::Dispatched { .. }, _) => Err(PhotoRefusal::Dispatched),
        (CurtainState::Requested { dispatch_at }, Dispatch::Scheduled) if now < dispatch_at => {
            Err(PhotoRefusal::TooEarly(dispatch_at))
        }
        (CurtainState::Requested { .. }, Dispatch::Scheduled | Dispatch::ByHand) => {
            Ok(CurtainState::Dispatched { at: now })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_000_000 + hour * 3600, 0).unwrap()
    }

    #[test]
    fn the_job_waits_for_the_courier_and_a_person_need_not() {
        let curtain = CurtainState::Requested { dispatch_at: at(8) };
        assert_eq!(dispatch(curtain, Dispatch::Scheduled, at(7)), Err(PhotoRefusal::TooEarly(at(8))));
        assert_eq!(dispatch(curtain, Dispatch::Scheduled, at(8)), Ok(CurtainState::Dispatched { at: at(8) }));
        assert_eq!(dispatch(curtain, Dispatch::ByHand, at(1)), Ok(CurtainState::Dispatched { at: at(1) }));
    }

    #[test]
    fn a_curtain_leaves_once() {
        let gone = CurtainState::Dispatched { at: at(8) };
        for how in [Dispatch::Scheduled, Dispatch::ByHand] {
            assert_eq!(dispatch(gone, how, at(9)), Err(PhotoRefusal::Dispatched));
        }
    }

    #[test]
    fn a_photo_is_judged_once() {
        let reason = Reason { pointer: String::new(), code: "photo_too_dark".to_owned(), note: None };
        assert_eq!(judge(&PhotoState::Waiting, Vec::new()), Ok(PhotoState::Accepted));
        let refused = judge(&PhotoState::Waiting, vec![reason]).unwrap();
        assert_eq!(refused.name(), "refused");
        for decided in [refused, PhotoState::Accepted] {
            assert_eq!(judge(&decided, Vec::new()), Err(PhotoRefusal::Decided));
        }
    }

    #[test]
    fn materials_change_while_the_customer_writes_and_photos_when_they_are_wanted() {
        for state in StateName::ALL {
            assert_eq!(takes_materials(state).is_ok(), state.is_editable(), "{state}");
            assert_eq!(wants_photo(state).is_ok(), state == StateName::PhotoPending, "{state}");
        }
    }
}
