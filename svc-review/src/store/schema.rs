//! The tables as diesel sees them; a test compares them with the database.

diesel::table! {
    filing (order_id) {
        order_id -> Uuid,
        account -> Uuid,
        province -> Text,
        round -> Integer,
        state -> Text,
        version -> BigInt,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    task (id) {
        id -> Uuid,
        order_id -> Uuid,
        round -> Integer,
        account -> Uuid,
        province -> Text,
        kind -> Text,
        way -> Text,
        priority -> SmallInt,
        state -> Text,
        claimed_by -> Nullable<Text>,
        lease_until -> Nullable<Timestamptz>,
        first_by -> Nullable<Text>,
        review -> Jsonb,
        version -> BigInt,
        opened_at -> Timestamptz,
        decided_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    task_event (task_id, seq) {
        task_id -> Uuid,
        seq -> BigInt,
        at -> Timestamptz,
        actor -> Text,
        event -> Jsonb,
    }
}

diesel::table! {
    exchange (record) {
        record -> BigInt,
        id -> Uuid,
        order_id -> Uuid,
        round -> Integer,
        account -> Uuid,
        province -> Text,
        plan -> Jsonb,
        state -> Text,
        stage -> Jsonb,
        attempts -> Integer,
        next_at -> Timestamptz,
        trouble -> Nullable<Text>,
        delivery -> Text,
        opened_at -> Timestamptz,
        sent_at -> Nullable<Timestamptz>,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    upload (id) {
        id -> Uuid,
        record -> BigInt,
        sequence -> BigInt,
        state -> Text,
        held_until -> Timestamptz,
        written_at -> Timestamptz,
        settled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    step (record, seq) {
        record -> BigInt,
        seq -> BigInt,
        what -> Jsonb,
        made_at -> Timestamptz,
        told_at -> Nullable<Timestamptz>,
        told -> Integer,
        confirmed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    download (file) {
        file -> Text,
        answers -> Integer,
        read_at -> Timestamptz,
    }
}

diesel::table! {
    mark (record, operation, id) {
        record -> BigInt,
        operation -> SmallInt,
        id -> BigInt,
        number -> Nullable<Text>,
        passed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    filed_subject (number) {
        number -> Text,
        id -> BigInt,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    filed_site (number) {
        number -> Text,
        subject -> Text,
        id -> BigInt,
        access -> Nullable<BigInt>,
        domains -> Jsonb,
        updated_at -> Timestamptz,
    }
}

diesel::joinable!(mark -> exchange (record));
diesel::allow_tables_to_appear_in_same_query!(mark, exchange);
diesel::allow_tables_to_appear_in_same_query!(step, exchange);
