//! The tables of this service, as diesel sees them. A test compares them with the database.

diesel::table! {
    filing_order (id) {
        id -> Uuid,
        account -> Uuid,
        kind -> Text,
        province -> Text,
        nature -> Integer,
        way -> Text,
        state -> Text,
        body -> Jsonb,
        version -> BigInt,
        subject_index -> Nullable<Binary>,
        person_index -> Nullable<Binary>,
        data_key -> Binary,
        account_lane -> Nullable<SmallInt>,
        subject_lane -> Nullable<SmallInt>,
        other_account -> Nullable<Uuid>,
        in_line_since -> Nullable<Timestamptz>,
        idle_since -> Timestamptz,
        reminded -> SmallInt,
        purged_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        touched_at -> Timestamptz,
    }
}

diesel::table! {
    order_event (order_id, version) {
        order_id -> Uuid,
        version -> BigInt,
        name -> Text,
        event -> Jsonb,
        state -> Text,
        actor -> Text,
        role -> Text,
        at -> Timestamptz,
    }
}

diesel::table! {
    draft_section (order_id, section) {
        order_id -> Uuid,
        section -> Text,
        sealed -> Binary,
    }
}

diesel::table! {
    material (id) {
        id -> Uuid,
        order_id -> Uuid,
        kind -> Text,
        service -> Nullable<SmallInt>,
    }
}

diesel::table! {
    ledger_subject (id) {
        id -> Uuid,
        number -> Text,
        account -> Uuid,
        subject_index -> Binary,
        province -> Text,
        nature -> Integer,
        state -> Text,
        data_key -> Binary,
        sealed -> Binary,
        version -> BigInt,
        filed_at -> Timestamptz,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    ledger_service (id) {
        id -> Uuid,
        number -> Text,
        subject -> Uuid,
        kind -> Text,
        state -> Text,
        sealed -> Binary,
        version -> BigInt,
        filed_at -> Timestamptz,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    ledger_domain (service, domain) {
        service -> Uuid,
        domain -> Text,
    }
}

diesel::table! {
    ledger_version (number, version) {
        number -> Text,
        version -> BigInt,
        change -> Text,
        order_id -> Nullable<Uuid>,
        row_id -> Uuid,
        sealed -> Binary,
        at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(ledger_subject, ledger_service, ledger_domain, ledger_version);

diesel::table! {
    authorization_code (id) {
        id -> Uuid,
        owner -> Uuid,
        resource -> Text,
        slot -> SmallInt,
        digits_index -> Binary,
        sealed -> Binary,
        data_key -> Binary,
        receiver -> Nullable<Uuid>,
        state -> Text,
        order_id -> Nullable<Uuid>,
        service -> Nullable<SmallInt>,
        service_number -> Nullable<Text>,
        why -> Nullable<Text>,
        used_at -> Nullable<Timestamptz>,
        version -> BigInt,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    code_event (code_id, version) {
        code_id -> Uuid,
        version -> BigInt,
        id -> Uuid,
        name -> Text,
        event -> Jsonb,
        state -> Text,
        tells -> Nullable<Uuid>,
        account -> Nullable<Uuid>,
        actor -> Text,
        role -> Text,
        at -> Timestamptz,
    }
}

diesel::table! {
    allowed_account (owner, account) {
        owner -> Uuid,
        account -> Uuid,
        since -> Timestamptz,
    }
}

diesel::table! {
    service_access (order_id, service) {
        order_id -> Uuid,
        service -> SmallInt,
        owner -> Nullable<Uuid>,
        resource -> Nullable<Text>,
        code_id -> Nullable<Uuid>,
        addresses -> Jsonb,
        mode -> Nullable<Integer>,
        location -> Nullable<Integer>,
        findings -> Jsonb,
        service_number -> Nullable<Text>,
        cancelled_at -> Nullable<Timestamptz>,
        looked_at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(authorization_code, code_event);

diesel::table! {
    member (id) {
        id -> Uuid,
        account -> Uuid,
        person -> Text,
        rights -> Jsonb,
        subject_index -> Nullable<Binary>,
        subject_of -> Nullable<Uuid>,
        starts_at -> Timestamptz,
        ends_at -> Nullable<Timestamptz>,
        version -> BigInt,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    order_domain (order_id, domain) {
        order_id -> Uuid,
        domain -> Text,
        account -> Uuid,
    }
}

diesel::table! {
    order_phone (order_id, phone) {
        order_id -> Uuid,
        phone -> Binary,
    }
}

diesel::table! {
    order_number (order_id, number) {
        order_id -> Uuid,
        number -> Text,
    }
}

diesel::joinable!(order_domain -> filing_order (order_id));
diesel::joinable!(order_phone -> filing_order (order_id));
diesel::joinable!(order_number -> filing_order (order_id));
diesel::allow_tables_to_appear_in_same_query!(
    filing_order,
    order_event,
    draft_section,
    material,
    member,
    order_domain,
    order_phone,
    order_number,
);
