//! Statements whose text is always the same, kept prepared by the connection. It knows no table.

use diesel::{
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    result::QueryResult,
};

/// A statement that diesel would prepare anew each time, because in general its text may vary: an `UPDATE`, or an `INSERT`
/// of several rows. Wrapped in this it is prepared once a connection and found again by its text.
///
/// Only for statements of one text: each text is kept as long as the connection.
#[derive(Debug, Clone, Copy)]
pub struct Cached<T>(pub T);

impl<T: QueryFragment<Pg>> QueryFragment<Pg> for Cached<T> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<T> QueryId for Cached<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
