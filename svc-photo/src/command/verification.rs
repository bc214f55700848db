//! Face checks: the person is asked of svc-orders for the one question and forgotten with its answer; the live picture is
//! kept nowhere.

use std::time::Duration;

use bytes::Bytes;
use chassis::{
    clock::mint,
    failure::Failure,
    http::Reply,
    idempotency::{self, IdemKey},
};
use chrono::TimeDelta;
use domain::{
    access::Actor,
    id::{OrderId, VerificationId},
    message::{Message, VerificationNews, VerificationOutcome},
    order::Way,
    photo::takes_materials,
};
use serde::Deserialize;
use serde_json::json;

use super::{App, named, tell};
use crate::{
    face::Face,
    store::verification::{self, NewVerification},
};

/// How long a try counts.
const DAY: TimeDelta = TimeDelta::hours(24);
/// What a client is told to wait after too many tries.
const LATER: Duration = Duration::from_secs(3600);

/// Whom svc-orders wants recognised.
#[derive(Deserialize)]
struct Person {
    name: String,
    number: String,
    /// The fingerprint by which orders knows the person again.
    person: String,
    /// Whether the separate consent to the face check was given.
    consent: bool,
}

impl App {
    /// Compares a live picture with the person to be verified.
    pub(crate) async fn verify(
        &self,
        me: &Actor,
        order: OrderId,
        file: Bytes,
        key: &IdemKey,
    ) -> Result<Reply, Failure> {
        if let Some(reply) = self.answered(key).await? {
            return Ok(reply);
        }
        let filing = self.filing_in(me, order, takes_materials).await?;
        if filing.way != Way::Electronic {
            return Err(Failure::conflict("This order is not verified electronically.").at(
                "",
                "verification.other_way",
                "该订单不采用电子化核验 / This order is verified by a curtain photo",
            ));
        }
        self.may_try(order).await?;
        let picture = self.studio.develop(file).await?;
        let person: Person = self.person(order).await?;
        let face = Face { name: &person.name, number: &person.number, jpeg: &picture.jpeg };
        let verdict = self.face.compare(face).await?;
        let (outcome, word) = if verdict.recognised {
            (VerificationOutcome::Passed, "passed")
        } else {
            (VerificationOutcome::Failed, "failed")
        };
        let (id, now): (VerificationId, _) = (mint(), self.clock.now());
        let news = VerificationNews { order, verification: id, person: person.person.clone(), outcome };
        let message = Message::Verification(news);
        let row =
            NewVerification { id, order, outcome: word, person: &person.person, result: &verdict.result, at: now };
        self.db
            .transact("verification.record", async |tx| {
                idempotency::once(tx, key, now, async |tx| {
                    verification::insert(tx, &row).await?;
                    tell(tx, self, named(me), &message, json!({ "verification": id, "outcome": word })).await?;
                    let body = json!({ "id": id, "order": order, "outcome": word, "created_at": now });
                    Ok(Reply::created(format!("/v1/verifications?order={order}"), &body))
                })
                .await
            })
            .await
    }

    async fn person(&self, order: OrderId) -> Result<Person, Failure> {
        let person: Person = self.orders.get(&format!("/v1/peer/orders/{order}/person")).await?;
        if person.consent {
            return Ok(person);
        }
        Err(Failure::rejected("The separate consent to the face check is missing.", Vec::new()).at(
            "/consent/face",
            "verification.consent",
            "请先单独同意人脸核验，或选择幕布拍照方式 / Consent to the face check first, or choose the curtain way",
        ))
    }

    async fn may_try(&self, order: OrderId) -> Result<(), Failure> {
        let since = self.clock.now() - DAY;
        let tried =
            self.db.read("verification.count", async |tx| verification::count_since(tx, order, since).await).await?;
        if tried >= i64::from(self.tries) {
            return Err(Failure::too_many(LATER));
        }
        Ok(())
    }
}
