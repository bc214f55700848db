//! A connection out of the pool, which goes back only when its work has come to an end. It runs no query.

use diesel_async::{AsyncPgConnection, pooled_connection::deadpool::Object};

/// A borrowed connection. When its work is dropped half way, it is closed instead of given back: in the pool it would hold
/// the locks of the broken transaction until somebody happens to take it out.
pub(super) struct Lease {
    /// Absent only within `drop`.
    object: Option<Object<AsyncPgConnection>>,
    ended: bool,
}

impl Lease {
    pub(super) fn of(object: Object<AsyncPgConnection>) -> Self {
        Self { object: Some(object), ended: false }
    }

    pub(super) fn connection(&mut self) -> &mut AsyncPgConnection {
        #[expect(clippy::expect_used, reason = "only `drop` takes it out")]
        self.object.as_deref_mut().expect("a lease holds its connection until it is dropped")
    }

    /// Says that the work has come to its end, well or not.
    pub(super) fn give_back(mut self) {
        self.ended = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(object) = self.object.take()
            && !self.ended
        {
            drop(Object::take(object));
        }
    }
}
