//! What a reviewer does with a review: claim, release, call, pass, send back.

use actix_web::{post, web};
use chassis::{
    failure::Failure,
    http::{Once, Reply, Reviewer},
};
use chrono::{DateTime, Utc};
use domain::{
    id::TaskId,
    order::{CallOutcome, PrincipalRole, Reason},
    reason::Catalogue,
    review::ReviewCommand,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Bench, view::TaskView};
use crate::{command::task as command, store::task::Task};

/// More than a form has fields.
const MOST_REASONS: usize = 100;
/// Longest pointer.
const LONGEST_POINTER: usize = 200;

/// A call to a principal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CallBody {
    /// `subject` or `service`
    #[schema(value_type = String)]
    principal: PrincipalRole,
    /// `reached` or `unreachable`
    #[schema(value_type = String)]
    outcome: CallOutcome,
}

/// Why a submission goes back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReturnBody {
    /// At least one
    #[schema(value_type = Vec<ReasonBody>)]
    pub(super) reasons: Vec<Reason>,
}

/// One reason on one field.
#[derive(Serialize, ToSchema)]
pub(super) struct ReasonBody {
    /// JSON pointer into the draft; empty for the order as a whole
    pointer: String,
    /// A code of `GET /v1/review/reasons`
    code: String,
    /// In the reviewer's words, at most 500 characters, without personal data
    note: Option<String>,
}

fn answer(task: &Task, now: DateTime<Utc>) -> Reply {
    Reply::ok(&TaskView::of(task, now)).etag(task.version)
}

/// Takes the next review of the queue; 204 when there is none.
#[utoipa::path(
    tag = "review",
    params(("Idempotency-Key" = String, Header)),
    responses((status = 200, body = TaskView), (status = 204, description = "Nothing waits"))
)]
#[post("/v1/review/claims")]
pub(super) async fn claim_next(me: Reviewer, once: Once<()>, bench: web::Data<Bench>) -> Result<Reply, Failure> {
    let (lease, now) = (bench.lease, bench.clock.now());
    bench
        .once("task.claim_next", &once.key, now, async |tx| {
            let task = command::claim_next(tx, &me, lease, now).await?;
            Ok(task.map_or_else(Reply::no_content, |task| answer(&task, now)))
        })
        .await
}

/// Takes this review, or keeps it longer. A lead may take it from a colleague.
#[utoipa::path(
    tag = "review",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = TaskView))
)]
#[post("/v1/review/tasks/{id}/claim")]
pub(super) async fn claim(
    me: Reviewer,
    id: web::Path<TaskId>,
    once: Once<()>,
    bench: web::Data<Bench>,
) -> Result<Reply, Failure> {
    let (lease, now) = (bench.lease, bench.clock.now());
    bench
        .once("task.claim", &once.key, now, async |tx| {
            Ok(answer(&command::claim(tx, &me, *id, lease, now).await?, now))
        })
        .await
}

/// Puts this review back into the queue.
#[utoipa::path(
    tag = "review",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = TaskView))
)]
#[post("/v1/review/tasks/{id}/release")]
pub(super) async fn release(
    me: Reviewer,
    id: web::Path<TaskId>,
    once: Once<()>,
    bench: web::Data<Bench>,
) -> Result<Reply, Failure> {
    let now = bench.clock.now();
    bench
        .once("task.release", &once.key, now, async |tx| Ok(answer(&command::release(tx, &me, *id, now).await?, now)))
        .await
}

/// Records a call. Who did not answer is called again an hour later; a second silence sends the order back.
#[utoipa::path(
    tag = "review",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    request_body = CallBody,
    responses((status = 200, body = TaskView))
)]
#[post("/v1/review/tasks/{id}/calls")]
pub(super) async fn call(
    me: Reviewer,
    id: web::Path<TaskId>,
    once: Once<CallBody>,
    bench: web::Data<Bench>,
) -> Result<Reply, Failure> {
    let CallBody { principal, outcome } = once.body;
    let call = ReviewCommand::Call { by: me.staff(), principal, outcome };
    let now = bench.clock.now();
    bench
        .once("task.call", &once.key, now, async |tx| Ok(answer(&command::act(tx, &me, *id, &call, now).await?, now)))
        .await
}

/// Passes the submission. Where four eyes are asked for, the first pass puts it back for a second person.
#[utoipa::path(
    tag = "review",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = 200, body = TaskView))
)]
#[post("/v1/review/tasks/{id}/pass")]
pub(super) async fn pass(
    me: Reviewer,
    id: web::Path<TaskId>,
    once: Once<()>,
    bench: web::Data<Bench>,
) -> Result<Reply, Failure> {
    let pass = ReviewCommand::Pass { by: me.staff() };
    let now = bench.clock.now();
    bench
        .once("task.pass", &once.key, now, async |tx| Ok(answer(&command::act(tx, &me, *id, &pass, now).await?, now)))
        .await
}

/// Sends the submission back with reasons on fields.
#[utoipa::path(
    tag = "review",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    request_body = ReturnBody,
    responses((status = 200, body = TaskView))
)]
#[post("/v1/review/tasks/{id}/return")]
pub(super) async fn send_back(
    me: Reviewer,
    id: web::Path<TaskId>,
    once: Once<ReturnBody>,
    bench: web::Data<Bench>,
) -> Result<Reply, Failure> {
    check(&once.body.reasons)?;
    let back = ReviewCommand::Return { by: me.staff(), reasons: once.body.reasons.clone() };
    let now = bench.clock.now();
    bench
        .once("task.return", &once.key, now, async |tx| Ok(answer(&command::act(tx, &me, *id, &back, now).await?, now)))
        .await
}

/// Codes must be in the catalogue, and pointers must be JSON pointers; every misfit is named.
pub(super) fn check(reasons: &[Reason]) -> Result<(), Failure> {
    let mut failure = Failure::rejected("The reasons do not fit; see the errors.", Vec::new());
    if reasons.is_empty() || reasons.len() > MOST_REASONS {
        failure = failure.at("/reasons", "review.reasons", "请给出 1 至 100 条原因 / Give 1 to 100 reasons.");
    }
    for (index, reason) in reasons.iter().enumerate() {
        if Catalogue::national().get(&reason.code).is_none() {
            let message = "原因代码不存在 / There is no such reason code.";
            failure = failure.at(format!("/reasons/{index}/code"), "review.code", message);
        }
        if !is_pointer(&reason.pointer) {
            let message = "不是有效的字段指针 / This is no JSON pointer.";
            failure = failure.at(format!("/reasons/{index}/pointer"), "review.pointer", message);
        }
    }
    if failure.errors().is_empty() { Ok(()) } else { Err(failure) }
}

/// RFC 6901: empty, or begins with `/`; `~` only as `~0` and `~1`.
fn is_pointer(text: &str) -> bool {
    let escapes = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    (text.is_empty() || text.starts_with('/')) && escapes && text.len() <= LONGEST_POINTER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_one_of_rfc_6901() {
        for good in ["", "/", "/services/0/name", "/a~1b~0"] {
            assert!(is_pointer(good), "{good}");
        }
        for bad in ["services", "#/services", "/a~", "/a~2"] {
            assert!(!is_pointer(bad), "{bad}");
        }
    }

    #[test]
    fn every_misfit_is_named() {
        let reason = |pointer: &str, code: &str| Reason { pointer: pointer.into(), code: code.into(), note: None };
        let failure = check(&[reason("x", "nonsense"), reason("/subject", "address_bad")]).unwrap_err();
        let pointers: Vec<_> = failure.errors().iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/reasons/0/code", "/reasons/0/pointer"]);
        assert!(check(&[]).is_err());
        assert!(check(&[reason("/subject/address", "address_bad")]).is_ok());
    }
}
