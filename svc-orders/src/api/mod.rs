//! Speaks HTTP: extract, call a command, map, answer. It decides nothing and knows no table.

mod act;
mod check;
mod code;
mod draft;
mod extract;
mod filings;
mod import;
mod ledger;
mod line;
mod list;
mod member;
mod operations;
mod order;
mod peer;
mod preview;
mod reference;
mod resource;
mod rules;
mod stream;
mod view;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers every handler of this service.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(check::type_check);
    config.service(import::check).service(import::create).service(import::template);
    config.service(order::open).service(order::clone).service(order::read).service(order::history);
    config.service(draft::read).service(draft::checklist);
    config.service(draft::save_subject).service(draft::save_services).service(draft::save_consent);
    config.service(draft::copy_services);
    config.service(draft::assist_subject).service(draft::assist_services);
    config.service(act::submit).service(act::withdraw).service(act::abandon);
    config.service(line::join).service(line::leave).service(line::asked).service(line::accept).service(line::decline);
    config.service(ledger::table).service(ledger::list).service(ledger::read).service(ledger::history);
    config.service(resource::list).service(code::create).service(code::list).service(code::read);
    config.service(code::history).service(code::effects);
    config.service(code::grant).service(code::revoke).service(code::remove);
    config.service(code::list_allowed).service(code::allow).service(code::disallow);
    config.service(code::request).service(code::news);
    config.service(list::list).service(operations::list).service(operations::search);
    config.service(member::list).service(member::grant).service(member::change).service(member::revoke);
    config.service(preview::check).service(preview::check_name).service(preview::check_domain);
    config.service(rules::list).service(rules::diff).service(rules::one).service(reference::reference);
    config.service(stream::stream);
    config.service(peer::brief).service(peer::dossier).service(peer::contact).service(peer::person);
    config.service(peer::owner);
    config.service(filings::synchronise);
}
