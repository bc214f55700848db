//! Curtain photos: taken in while the order wants one, judged by reviewers.

use bytes::Bytes;
use chassis::{
    clock::mint,
    failure::Failure,
    http::Reply,
    idempotency::{self, IdemKey},
    store as objects,
};
use domain::{
    access::{Action, Actor},
    id::{OrderId, PhotoId},
    message::{Message, PhotoNews, PhotoStep},
    order::{Reason, StateName},
    photo::{PhotoRefusal, PhotoState, judge, wants_photo},
};
use object_store::path::Path;
use serde_json::json;

use super::{App, named, refused, tell};
use crate::{
    api::PhotoView,
    store::photo::{self, Photo},
};

impl App {
    /// Takes a curtain photo in.
    pub(crate) async fn take_photo(
        &self,
        me: &Actor,
        order: OrderId,
        file: Bytes,
        key: &IdemKey,
    ) -> Result<Reply, Failure> {
        if let Some(reply) = self.answered(key).await? {
            return Ok(reply);
        }
        let filing = self.filing_in(me, order, wants_photo).await?;
        let picture = self.studio.develop(file).await?;
        let row = Photo {
            id: mint(),
            order,
            account: filing.account,
            province: filing.province,
            state: PhotoState::Waiting,
            object: format!("photo/{}", mint::<uuid::Uuid>()),
            quality: picture.quality,
            created_at: self.clock.now(),
        };
        objects::put_once(&*self.objects, &Path::from(row.object.as_str()), picture.jpeg.into()).await?;
        let written = self.write_photo(me, &row, key).await;
        let kept = written.as_ref().is_ok_and(|reply| reply.body.get("id") == Some(&json!(row.id)));
        if !kept {
            self.discard(&row.object).await;
        }
        written
    }

    async fn write_photo(&self, me: &Actor, row: &Photo, key: &IdemKey) -> Result<Reply, Failure> {
        let now = self.clock.now();
        self.db
            .transact("photo.take", async |tx| {
                idempotency::once(tx, key, now, async |tx| {
                    photo::insert(tx, row).await?;
                    let step = PhotoStep::Uploaded { photo: row.id };
                    let detail = json!({ "photo": row.id, "sha256": row.quality.sha256 });
                    tell(tx, self, named(me), &news(row.order, step), detail).await?;
                    Ok(Reply::created(format!("/v1/photos/{}", row.id), &PhotoView::from(row)))
                })
                .await
            })
            .await
    }

    /// A reviewer's verdict; no reasons means that it is good.
    pub(crate) async fn judge_photo(
        &self,
        me: &Actor,
        id: PhotoId,
        reasons: Vec<Reason>,
        key: &IdemKey,
    ) -> Result<Reply, Failure> {
        let known = self.db.read("photo.find", async |tx| photo::find(tx, id).await).await?;
        let known = known.ok_or_else(|| Failure::not_found("There is no such photo."))?;
        // Whoever may not even see it learns nothing of it, an answer kept before included.
        self.filing(me, known.order, Action::Review).await?;
        if let Some(reply) = self.answered(key).await? {
            return Ok(reply);
        }
        // A verdict that orders does not wait for yet would be lost there.
        self.filing_for(me, (known.order, Action::Review), in_review).await?;
        let now = self.clock.now();
        self.db
            .transact("photo.judge", async |tx| {
                idempotency::once(tx, key, now, async |tx| {
                    let before = photo::lock(tx, id).await?;
                    let state = judge(&before.state, reasons.clone()).map_err(|refusal| refused(&refusal))?;
                    photo::judge(tx, id, &state).await?;
                    let step = match &state {
                        PhotoState::Refused { reasons } => PhotoStep::Refused { photo: id, reasons: reasons.clone() },
                        PhotoState::Accepted | PhotoState::Waiting => PhotoStep::Accepted { photo: id },
                    };
                    tell(tx, self, named(me), &news(before.order, step), json!({ "photo": id })).await?;
                    Ok(Reply::ok(&PhotoView::from(&Photo { state, ..before })))
                })
                .await
            })
            .await
    }
}

/// Whether svc-orders has heard of the photo.
fn in_review(state: StateName) -> Result<(), PhotoRefusal> {
    if state == StateName::PhotoReviewing { Ok(()) } else { Err(PhotoRefusal::NotWanted(state)) }
}

fn news(order: OrderId, step: PhotoStep) -> Message {
    Message::Photo(PhotoNews { order, step })
}
