//! The authority's doors: `upDownLoad` for providers, the public page for principals, and what a sandbox adds to look inside and
//! to script it.

use actix_web::{HttpResponse, http::header::ContentType, web};
use quick_xml::escape::escape;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Authority, PROVIDER,
    case::Case,
    clerk::Behaviour,
    codec::{Package, password_hash},
    desk::{Desk, Tried},
    page, prefile, result,
    soap::{self, Call, Parameters},
    status,
};

/// Larger than a file of 50 MB in base64.
const LARGEST: usize = 80 << 20;

/// Registers the doors. They take `web::Data<Authority>`.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    let soap = web::resource("/authority/ISPWebService/upDownLoad")
        .app_data(web::PayloadConfig::new(LARGEST))
        .route(web::post().to(up_download));
    let query = web::resource("/authority/BeianStatusWebService/queryBeianStatus").route(web::post().to(query_status));
    // What is wrong with a body is said, not only that it is.
    let json = web::JsonConfig::default().error_handler(|error, _| {
        let answer = HttpResponse::BadRequest().json(json!({ "errors": [{ "at": "", "what": error.to_string() }] }));
        actix_web::error::InternalError::from_response(error, answer).into()
    });
    let filings = web::resource("/authority/filed").app_data(json.clone());
    let filings = filings.route(web::get().to(filed)).route(web::post().to(file));
    let cancelled = web::resource("/authority/cancelled").app_data(json).route(web::post().to(cancel));
    config
        .service(soap)
        .service(filings)
        .service(cancelled)
        .service(query)
        .route("/authority/synchronise", web::post().to(synchronise))
        .route("/authority", web::get().to(look))
        .route("/authority/orders", web::get().to(orders))
        .route("/authority/sms", web::get().to(sms))
        .route("/authority/verify", web::post().to(verify))
        .route("/authority/resend", web::post().to(resend))
        .route("/authority/behaviour", web::get().to(behaviour))
        .route("/authority/behaviour", web::put().to(behave));
}

async fn up_download(authority: web::Data<Authority>, body: String) -> HttpResponse {
    match soap::read(&body) {
        Ok(Call::Status(_)) | Err(_) => HttpResponse::BadRequest().body("this is no call of upDownLoad"),
        Ok(call) => answered(&authority, &call),
    }
}

async fn query_status(authority: web::Data<Authority>, body: String) -> HttpResponse {
    match soap::read(&body) {
        Ok(call @ Call::Status(_)) => answered(&authority, &call),
        Ok(_) | Err(_) => HttpResponse::BadRequest().body("this is no call of queryBeianStatus"),
    }
}

fn answered(authority: &Authority, call: &Call) -> HttpResponse {
    let (code, rest, lost) = authority.answer(call);
    if lost {
        return HttpResponse::InternalServerError().body("the answer got lost, as the sandbox was told");
    }
    HttpResponse::Ok().content_type("text/xml; charset=utf-8").body(soap::answer(call.method(), code, &rest))
}

impl Authority {
    /// The code, the rest of the answer, and whether it gets lost on its way.
    fn answer(&self, call: &Call) -> (i32, String, bool) {
        if let Some(code) = refused(call.parameters()) {
            return (code, String::new(), false);
        }
        let now = self.0.clock.now();
        self.with(|desk| {
            let (code, rest) = match call {
                Call::Upload(_) if desk.behaviour.maintenance => (901, String::new()),
                Call::Download(_) | Call::Acknowledge(_) | Call::Status(_) if desk.behaviour.maintenance => {
                    (902, String::new())
                }
                Call::Upload(parameters) => match self.unpacked(parameters) {
                    Ok((sequence, xml)) => taken(desk.upload(sequence, &xml, now)),
                    Err(code) => (code, String::new()),
                },
                Call::Download(_) => self.next_file(desk),
                Call::Acknowledge(parameters) if parameters.file.is_empty() => (21, String::new()),
                Call::Acknowledge(parameters) => {
                    desk.acknowledge(&parameters.file);
                    (0, String::new())
                }
                Call::Status(_) if desk.behaviour.refuse_queries > 0 => {
                    desk.behaviour.refuse_queries = desk.behaviour.refuse_queries.saturating_sub(1);
                    (22, String::new())
                }
                Call::Status(parameters) => {
                    match status::answer(&parameters.condition_type, &parameters.condition, &desk.registry) {
                        Ok(entries) => (0, entries),
                        Err(code) => (code, String::new()),
                    }
                }
                Call::Previous(_) => (0, info(&format!("<dataSequence>{}</dataSequence>", desk.last_sequence))),
            };
            let lost = desk.behaviour.lose_answers > 0;
            desk.behaviour.lose_answers = desk.behaviour.lose_answers.saturating_sub(1);
            (code, rest, lost)
        })
    }

    fn unpacked(&self, parameters: &Parameters) -> Result<(i64, String), i32> {
        let package = Package {
            info: &parameters.info,
            hash: &parameters.info_hash,
            hash_algorithm: &parameters.hash_algorithm,
            encrypt_algorithm: &parameters.encrypt_algorithm,
            compression: &parameters.compression,
        };
        let sequence: i64 = parameters.sequence.trim().parse().or(Err(999))?;
        Ok((sequence, self.0.codec.unpack(&package)?))
    }

    /// The first file that was not acknowledged, again and again.
    fn next_file(&self, desk: &Desk) -> (i32, String) {
        let Some(file) = desk.outgoing.front() else { return (2, String::new()) };
        let Ok((content, hash)) = self.0.codec.pack(&file.name, &file.xml) else { return (999, String::new()) };
        let name = escape(file.name.as_str());
        let rest = info(&format!(
            "<return_FileName>{name}</return_FileName><beianInfo>{content}</beianInfo><beianInfoHash>{hash}</beianInfoHash>"
        ));
        (if desk.outgoing.len() > 1 { 3 } else { 0 }, rest)
    }
}

fn info(rest: &str) -> String {
    format!(
        "<fileInfos><hashAlgorithm>0</hashAlgorithm><compressionFormat>0</compressionFormat><encryptAlgorithm>1</encryptAlgorithm>{rest}</fileInfos>"
    )
}

fn taken(outcome: Result<(), (i32, Vec<i64>)>) -> (i32, String) {
    match outcome {
        Ok(()) => (0, String::new()),
        Err((code, missing)) if missing.is_empty() => (code, String::new()),
        Err((code, missing)) => {
            let list: String = missing.iter().map(|number| format!("<dataSequence>{number}</dataSequence>")).collect();
            (code, format!("<dataSequences>{list}</dataSequences>"))
        }
    }
}

/// The code for what is wrong with the credentials.
fn refused(parameters: &Parameters) -> Option<i32> {
    if parameters.random.len() < 20 {
        return Some(16);
    }
    if parameters.user != PROVIDER.user {
        return Some(4);
    }
    if parameters.hash_algorithm != "0" {
        return Some(10);
    }
    if parameters.password_hash != password_hash(PROVIDER.password, &parameters.random) {
        return Some(5);
    }
    (parameters.isp.trim() != PROVIDER.id.to_string()).then_some(12)
}

async fn look(authority: web::Data<Authority>) -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::html()).body(authority.with(|desk| page::page(desk)))
}

fn view(case: &Case) -> Value {
    json!({
        "record": case.record,
        "operation": case.operation,
        "sequence": case.sequence,
        "state": case.state,
        "form": case.form,
        "principals": case.principals,
        "wrong_tries": case.wrong,
        "received_at": case.received_at,
        "deadline": case.deadline,
    })
}

async fn orders(authority: web::Data<Authority>) -> HttpResponse {
    let (cases, waiting) =
        authority.with(|desk| (desk.cases.iter().map(view).collect::<Vec<_>>(), desk.outgoing.len()));
    HttpResponse::Ok().json(json!({ "items": cases, "files_waiting": waiting }))
}

async fn filed(authority: web::Data<Authority>) -> HttpResponse {
    let items: Vec<_> = authority.with(|desk| desk.registry.subjects.iter().map(prefile::view).collect());
    HttpResponse::Ok().json(json!({ "items": items }))
}

/// Puts a filing on file that somebody else made.
async fn file(authority: web::Data<Authority>, filing: web::Json<prefile::Filing>) -> HttpResponse {
    let now = authority.0.clock.now();
    match authority.with(|desk| prefile::file(filing.into_inner(), &mut desk.registry, now)) {
        Ok(view) => HttpResponse::Created().json(view),
        Err(faults) => HttpResponse::UnprocessableEntity().json(json!({ "errors": faults })),
    }
}

/// Takes something off the file that no case asked for, and tells the provider.
async fn cancel(authority: web::Data<Authority>, what: web::Json<prefile::Cancelled>) -> HttpResponse {
    let done = authority.with(|desk| {
        prefile::cancel(what.number.trim(), &mut desk.registry)
            .map(|(class, id)| desk.send("ZXSJ", &result::gone(class, &[id])))
    });
    match done {
        Ok(()) => HttpResponse::Ok().json(json!({ "outcome": "sent" })),
        Err(faults) => HttpResponse::UnprocessableEntity().json(json!({ "errors": faults })),
    }
}

/// Sends every record to the provider again.
async fn synchronise(authority: web::Data<Authority>) -> HttpResponse {
    let now = authority.0.clock.now();
    authority.with(|desk| desk.synchronise(now));
    HttpResponse::Ok().json(json!({ "outcome": "sent" }))
}

#[derive(Deserialize)]
struct SmsQuery {
    mobile: Option<String>,
}

async fn sms(authority: web::Data<Authority>, query: web::Query<SmsQuery>) -> HttpResponse {
    let wanted = |mobile: &str| query.mobile.as_deref().is_none_or(|asked| asked == mobile);
    let items: Vec<_> = authority.with(|desk| desk.sms.iter().filter(|sms| wanted(&sms.mobile)).cloned().collect());
    HttpResponse::Ok().json(json!({ "items": items }))
}

/// What a principal types into the public page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    mobile: String,
    code: String,
    last6: String,
}

#[derive(Serialize)]
struct Outcome {
    outcome: Tried,
}

async fn verify(authority: web::Data<Authority>, typed: web::Json<Typed>) -> HttpResponse {
    let now = authority.0.clock.now();
    let Typed { mobile, code, last6 } = typed.into_inner();
    let outcome = authority.with(|desk| desk.verify(mobile.trim(), code.trim(), last6.trim(), now));
    HttpResponse::Ok().json(Outcome { outcome })
}

/// Who wants the code again.
#[derive(Deserialize)]
struct Again {
    mobile: String,
}

async fn resend(authority: web::Data<Authority>, again: web::Json<Again>) -> HttpResponse {
    let now = authority.0.clock.now();
    if authority.with(|desk| desk.resend(again.mobile.trim(), now)) {
        HttpResponse::Ok().json(json!({ "outcome": "sent" }))
    } else {
        HttpResponse::Ok().json(json!({ "outcome": "no_record" }))
    }
}

async fn behaviour(authority: web::Data<Authority>) -> HttpResponse {
    HttpResponse::Ok().json(authority.with(|desk| desk.behaviour.clone()))
}

async fn behave(authority: web::Data<Authority>, behaviour: web::Json<Behaviour>) -> HttpResponse {
    let behaviour = behaviour.into_inner();
    authority.behave(behaviour.clone());
    HttpResponse::Ok().json(behaviour)
}
