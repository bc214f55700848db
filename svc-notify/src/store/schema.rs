//! The tables of this service, as diesel sees them.

diesel::table! {
    filing (order_id) {
        order_id -> Uuid,
        account -> Uuid,
        province -> Text,
        state -> Text,
        version -> BigInt,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    notice (id) {
        id -> Uuid,
        message_id -> Uuid,
        order_id -> Nullable<Uuid>,
        kind -> Text,
        principal -> Text,
        channel -> Text,
        facts -> Jsonb,
        state -> Text,
        attempts -> Integer,
        outcome -> Nullable<Text>,
        repeated -> Bool,
        next_at -> Timestamptz,
        queued_at -> Timestamptz,
        settled_at -> Nullable<Timestamptz>,
        account -> Nullable<Uuid>,
    }
}

diesel::table! {
    attempt (notice_id, number) {
        notice_id -> Uuid,
        number -> Integer,
        began_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        outcome -> Text,
        code -> Nullable<Text>,
        vendor_id -> Nullable<Text>,
        repeated -> Bool,
    }
}

diesel::joinable!(attempt -> notice (notice_id));
diesel::allow_tables_to_appear_in_same_query!(filing, notice, attempt);
