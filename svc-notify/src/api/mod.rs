//! Speaks HTTP: extract, call, map, answer. It decides nothing and knows no table.

mod notice;
mod phone_code;
mod view;

use chassis::{db::Db, peer::Peer};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::code::PhoneCodes;

/// What the handlers stand on.
pub(crate) struct Desk {
    pub(crate) db: Db,
    pub(crate) orders: Peer,
    pub(crate) codes: PhoneCodes,
}

/// Registers every handler of this service.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(notice::list).service(notice::read);
    config.service(phone_code::send).service(phone_code::verify).service(phone_code::show_proof);
}
