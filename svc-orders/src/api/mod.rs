//! Speaks HTTP: extract, call a command, map, answer. It decides nothing and knows no table.

mod act;
mod check;
mod draft;
mod extract;
mod list;
mod member;
mod operations;
mod order;
mod peer;
mod preview;
mod reference;
mod rules;
mod stream;
mod view;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers every handler of this service.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(check::type_check);
    config.service(order::open).service(order::read).service(order::history);
    config.service(draft::read).service(draft::checklist);
    config.service(draft::save_subject).service(draft::save_services).service(draft::save_consent);
    config.service(draft::assist_subject).service(draft::assist_services);
    config.service(act::submit).service(act::withdraw).service(act::abandon);
    config.service(list::list).service(operations::list).service(operations::search);
    config.service(member::list).service(member::grant).service(member::change).service(member::revoke);
    config.service(preview::check).service(preview::check_name).service(preview::check_domain);
    config.service(rules::list).service(rules::diff).service(rules::one).service(reference::reference);
    config.service(stream::stream);
    config.service(peer::brief).service(peer::dossier).service(peer::contact).service(peer::person);
}
