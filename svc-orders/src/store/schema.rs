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
    filing (service_number, domain) {
        service_number -> Text,
        domain -> Text,
        subject_number -> Text,
        account -> Uuid,
        subject_index -> Binary,
        order_id -> Uuid,
        filed_at -> Timestamptz,
    }
}

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
    filing,
    member,
    order_domain,
    order_phone,
    order_number,
);
