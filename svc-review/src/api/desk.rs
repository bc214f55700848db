//! What a lead records of an exchange that goes by hand: that it was received, who verified, and how it ended.

use actix_web::{post, web};
use chassis::{
    failure::Failure,
    http::{Once, Reply, Reviewer},
};
use chrono::{DateTime, Utc};
use domain::{
    access::Role,
    id::ExchangeId,
    order::{Lapse, Numbers, PrincipalRole, Principals, Reason},
};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::{
    Bench,
    decision::{ReturnBody, check},
    view::ExchangeView,
};
use crate::{
    authority::Verdict,
    command::desk::{self, Told},
};

/// The authority took it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceivedBody {
    /// Who must verify by SMS: `subject`, `service`; nobody when empty
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    sms: Principals,
    /// Until when; 24 hours from now when absent
    until: Option<DateTime<Utc>>,
}

/// A principal verified.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifiedBody {
    /// `subject` or `service`
    #[schema(value_type = String)]
    principal: PrincipalRole,
}

/// The codes were sent again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResentBody {
    /// The deadline now
    until: DateTime<Utc>,
}

/// The verification lapsed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LapsedBody {
    /// `deadline` or `wrong_tries`
    #[schema(value_type = String)]
    why: Lapse,
}

/// The authority filed it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantedBody {
    /// `{"subject": "辽ICP备…号", "services": ["辽ICP备…号-1"]}`; those that the order is about when absent
    #[schema(value_type = Option<Object>)]
    numbers: Option<Numbers>,
}

/// Takes over an exchange that does not get through as a file: one that was tried and says what the trouble is.
#[utoipa::path(
    tag = "review",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = ExchangeView))
)]
#[post("/v1/review/exchanges/{id}/by-hand")]
pub(super) async fn take_over(
    me: Reviewer,
    id: web::Path<ExchangeId>,
    once: Once<()>,
    bench: web::Data<Bench>,
) -> Result<Reply, Failure> {
    leads(&me)?;
    let now = bench.clock.now();
    bench
        .once("exchange.take_over", &once.key, now, async |tx| {
            Ok(Reply::ok(&ExchangeView::of(desk::take_over(tx, &me, *id, now).await?, None)))
        })
        .await
}

/// Records that the authority took it.
#[utoipa::path(
    tag = "review",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    request_body = ReceivedBody,
    responses((status = 200, body = ExchangeView))
)]
#[post("/v1/review/exchanges/{id}/received")]
pub(super) async fn received(
    me: Reviewer,
    id: web::Path<ExchangeId>,
    once: Once<ReceivedBody>,
    bench: web::Data<Bench>,
) -> Result<Reply, Failure> {
    let now = bench.clock.now();
    if once.body.until.is_some_and(|until| until <= now) {
        let message = "核验期限已过 / The deadline is over.";
        return Err(Failure::rejected("The deadline is over.", Vec::new()).at("/until", "exchange.until", message));
    }
    let asked = Verdict::Asked { principals: once.body.sms.clone(), until: once.body.until };
    recorded(&me, *id, ("exchange.received", &once), Told::Verdict(asked), &bench).await
}

/// Records that a principal verified by SMS.
#[utoipa::path(
    tag = "review",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    request_body = VerifiedBody,
    responses((status = 200, body = ExchangeView))
)]
#[post("/v1/review/exchanges/{id}/sms-verified")]
pub(super) async fn verified(
    me: Reviewer,
    id: web::Path<ExchangeId>,
    once: Once<VerifiedBody>,
    bench: web::Data<Bench>,
) -> Result<Reply, Failure> {
    let verified = Verdict::Verified { principal: once.body.principal };
    recorded(&me, *id, ("exchange.sms_verified", &once), Told::Verdict(verified), &bench).await
}

/// Records that the codes were sent again.
#[utoipa::path(
    tag = "review",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    request_body = ResentBody,
    responses((status = 200, body = ExchangeView))
)]
#[post("/v1/review/exchanges/{id}/sms-resent")]
pub(super) async fn resent(
    me: Reviewer,
    id: web::Path<ExchangeId>,
    once: Once<ResentBody>,
    bench: web::Data<Bench>,
) -> Result<Reply, Failure> {
    let resent = Verdict::Resent { until: Some(once.body.until) };
    recorded(&me, *id, ("exchange.sms_resent", &once), Told::Verdict(resent), &bench).await
}

/// Records that the SMS verification lapsed: the order goes back.
#[utoipa::path(
    tag = "review",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    request_body = LapsedBody,
    responses((status = 200, body = ExchangeView))
)]
#[post("/v1/review/exchanges/{id}/sms-lapsed")]
pub(super) async fn lapsed(
    me: Reviewer,
    id: web::Path<ExchangeId>,
    once: Once<LapsedBody>,
    bench: web::Data<Bench>,
) -> Result<Reply, Failure> {
    let lapsed = Verdict::Lapsed { why: once.body.why };
    recorded(&me, *id, ("exchange.sms_lapsed", &once), Told::Verdict(lapsed), &bench).await
}

/// Records that the authority filed it.
#[utoipa::path(
    tag = "review",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    request_body = GrantedBody,
    responses((status = 200, body = ExchangeView))
)]
#[post("/v1/review/exchanges/{id}/granted")]
pub(super) async fn granted(
    me: Reviewer,
    id: web::Path<ExchangeId>,
    once: Once<GrantedBody>,
    bench: web::Data<Bench>,
) -> Result<Reply, Failure> {
    let told = match once.body.numbers.clone() {
        Some(numbers) => Told::Verdict(Verdict::Granted { numbers: fitting(numbers)? }),
        None => Told::GrantedAsTargeted,
    };
    recorded(&me, *id, ("exchange.granted", &once), told, &bench).await
}

/// Records that the authority refused it, with reasons on fields.
#[utoipa::path(
    tag = "review",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    request_body = ReturnBody,
    responses((status = 200, body = ExchangeView))
)]
#[post("/v1/review/exchanges/{id}/refused")]
pub(super) async fn refused(
    me: Reviewer,
    id: web::Path<ExchangeId>,
    once: Once<ReturnBody>,
    bench: web::Data<Bench>,
) -> Result<Reply, Failure> {
    let reasons: Vec<Reason> = once.body.reasons.clone();
    check(&reasons)?;
    recorded(&me, *id, ("exchange.refused", &once), Told::Verdict(Verdict::Refused { reasons }), &bench).await
}

fn leads(me: &Reviewer) -> Result<(), Failure> {
    if me.role == Role::Lead {
        return Ok(());
    }
    Err(Failure::forbidden("Only leads deal with the authority by hand."))
}

async fn recorded<T: DeserializeOwned>(
    me: &Reviewer,
    id: ExchangeId,
    (name, once): (&'static str, &Once<T>),
    told: Told,
    bench: &Bench,
) -> Result<Reply, Failure> {
    leads(me)?;
    let now = bench.clock.now();
    bench
        .once(name, &once.key, now, async |tx| {
            let exchange = desk::record(tx, me, id, &told, now).await?;
            Ok(Reply::ok(&ExchangeView::of(exchange, None)))
        })
        .await
}

/// Services belong to their subject.
fn fitting(numbers: Numbers) -> Result<Numbers, Failure> {
    let mut failure = Failure::rejected("The numbers do not fit; see the errors.", Vec::new());
    for (index, service) in numbers.services.iter().enumerate() {
        if *service.subject() != numbers.subject {
            let message = "服务备案号与主体备案号不一致 / This number belongs to another subject.";
            failure = failure.at(format!("/numbers/services/{index}"), "exchange.numbers", message);
        }
    }
    if failure.errors().is_empty() { Ok(numbers) } else { Err(failure) }
}
