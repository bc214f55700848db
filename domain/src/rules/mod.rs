//! The rules: kinds in code, rows in dated packs, one evaluator. They judge drafts and know no order's state.

pub mod kinds;
