//! The tables of this service, as diesel sees them.

diesel::table! {
    filing (order_id) {
        order_id -> Uuid,
        account -> Uuid,
        province -> Text,
        way -> Text,
        state -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    material (id) {
        id -> Uuid,
        order_id -> Uuid,
        account -> Uuid,
        kind -> Text,
        service -> Nullable<SmallInt>,
        object -> Text,
        quality -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    curtain (id) {
        id -> Uuid,
        order_id -> Uuid,
        account -> Uuid,
        state -> Text,
        body -> Jsonb,
        courier -> Nullable<Text>,
        waybill -> Nullable<Text>,
        dispatch_at -> Timestamptz,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    photo (id) {
        id -> Uuid,
        order_id -> Uuid,
        account -> Uuid,
        province -> Text,
        state -> Text,
        body -> Jsonb,
        object -> Text,
        quality -> Jsonb,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    verification (id) {
        id -> Uuid,
        order_id -> Uuid,
        outcome -> Text,
        person -> Text,
        result -> Text,
        created_at -> Timestamptz,
    }
}
