//! The tables of this crate, as diesel sees them. A test compares them with the database.
#![expect(missing_docs, reason = "columns are told by the migration, and the macro makes hundreds of items")]

diesel::table! {
    /// Messages that have not been sent yet.
    outbox (seq) {
        seq -> BigInt,
        message_id -> Uuid,
        topic -> Text,
        envelope -> Jsonb,
        created_at -> Timestamptz,
        attempts -> Integer,
        next_at -> Timestamptz,
    }
}

diesel::table! {
    /// Messages that have been dealt with.
    inbox (consumer, message_id) {
        consumer -> Text,
        message_id -> Uuid,
        handled_at -> Timestamptz,
    }
}

diesel::table! {
    /// Requests that took effect, with their answers.
    idempotency_key (principal, key) {
        principal -> Text,
        key -> Text,
        fingerprint -> Binary,
        reply -> Nullable<Jsonb>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    /// Who did what; append-only, each row bound to the one before it.
    audit (aggregate, seq) {
        aggregate -> Uuid,
        seq -> BigInt,
        at -> Timestamptz,
        actor -> Text,
        role -> Text,
        action -> Text,
        detail -> Text,
        hash -> Binary,
    }
}

diesel::table! {
    /// Messages that were given up.
    dead_letter (id) {
        id -> Uuid,
        consumer -> Text,
        message_id -> Uuid,
        topic -> Text,
        envelope -> Jsonb,
        why -> Text,
        at -> Timestamptz,
    }
}
