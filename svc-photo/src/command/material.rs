//! Materials: taken in while the customer writes, one of a kind.

use bytes::Bytes;
use chassis::{
    clock::mint,
    db::Tx,
    failure::Failure,
    http::Reply,
    idempotency::{self, IdemKey},
    store as objects,
};
use domain::{
    access::Actor,
    id::{MaterialId, OrderId},
    message::{MaterialNews, MaterialState, Message},
    photo::takes_materials,
    rules::RulePack,
};
use object_store::path::Path;
use serde_json::json;

use super::{App, named, tell};
use crate::{
    api::MaterialView,
    store::material::{self, Material},
};

/// An upload.
pub(crate) struct NewMaterial {
    pub(crate) order: OrderId,
    pub(crate) kind: String,
    pub(crate) service: Option<u16>,
    pub(crate) file: Bytes,
    pub(crate) key: IdemKey,
}

impl App {
    /// Takes a material in, in place of the one of its kind.
    pub(crate) async fn take_material(&self, me: &Actor, new: NewMaterial) -> Result<Reply, Failure> {
        if let Some(reply) = self.answered(&new.key).await? {
            return Ok(reply);
        }
        known_kind(&self.rules.now(), (&new.kind, new.service), "")?;
        let filing = self.filing_in(me, new.order, takes_materials).await?;
        let picture = self.studio.develop(new.file.clone()).await?;
        let id: MaterialId = mint();
        let row = Material {
            id,
            order: new.order,
            account: filing.account,
            kind: new.kind,
            service: new.service,
            object: format!("material/{}", mint::<uuid::Uuid>()),
            quality: picture.quality,
            created_at: self.clock.now(),
        };
        objects::put_once(&*self.objects, &Path::from(row.object.as_str()), picture.jpeg.into()).await?;
        let written = self.write_material(me, &row, &new.key).await;
        match &written {
            Ok((reply, replaced)) => {
                // A repeated request was answered from memory: what it brought belongs to nobody.
                if reply.body.get("id") != Some(&json!(id)) {
                    self.discard(&row.object).await;
                }
                if let Some(replaced) = replaced {
                    self.discard(&replaced.object).await;
                }
            }
            Err(_) => self.discard(&row.object).await,
        }
        written.map(|(reply, _)| reply)
    }

    async fn write_material(
        &self,
        me: &Actor,
        row: &Material,
        key: &IdemKey,
    ) -> Result<(Reply, Option<Material>), Failure> {
        let now = self.clock.now();
        let replaced = std::sync::Mutex::new(None);
        let reply = self
            .db
            .transact("material.take", async |tx| {
                idempotency::once(tx, key, now, async |tx| {
                    let before = self.place_material(tx, me, row).await?;
                    *replaced.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = before;
                    Ok(Reply::created(format!("/v1/materials/{}", row.id), &MaterialView::from(row)))
                })
                .await
            })
            .await?;
        Ok((reply, replaced.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)))
    }

    /// Puts a material in its place, tells of it, and answers the one that stood there.
    pub(super) async fn place_material(
        &self,
        tx: &mut Tx,
        me: &Actor,
        row: &Material,
    ) -> Result<Option<Material>, Failure> {
        let before = material::put(tx, row).await?;
        if let Some(before) = &before {
            tell(tx, self, named(me), &news(before, MaterialState::Removed), json!({})).await?;
        }
        let detail = json!({ "material": row.id, "kind": row.kind, "sha256": row.quality.sha256 });
        tell(tx, self, named(me), &news(row, MaterialState::Accepted), detail).await?;
        Ok(before)
    }

    /// Removes a material.
    pub(crate) async fn drop_material(&self, me: &Actor, id: MaterialId) -> Result<Reply, Failure> {
        let gone = || Failure::not_found("There is no such material.");
        let known = self.db.read("material.find", async |tx| material::find(tx, id).await).await?;
        let known = known.ok_or_else(gone)?;
        self.filing_in(me, known.order, takes_materials).await?;
        self.db
            .transact("material.drop", async |tx| {
                if !material::remove(tx, id).await? {
                    return Err(gone());
                }
                let detail = json!({ "material": id, "kind": known.kind });
                tell(tx, self, named(me), &news(&known, MaterialState::Removed), detail).await
            })
            .await?;
        self.discard(&known.object).await;
        Ok(Reply::no_content())
    }
}

fn news(material: &Material, state: MaterialState) -> Message {
    Message::Material(MaterialNews {
        order: material.order,
        material: material.id,
        kind: material.kind.clone(),
        service: material.service,
        state,
    })
}

/// The kind must be in the table, and belong to a service only where the table says that one may. `at` is where both are
/// written.
pub(super) fn known_kind(pack: &RulePack, (kind, service): (&str, Option<u16>), at: &str) -> Result<(), Failure> {
    let wrong = |field: &str, rule: &str, message: &str| {
        let pointer = format!("{at}/{field}");
        Err(Failure::rejected("This is no material that can be taken.", Vec::new()).at(pointer, rule, message))
    };
    match pack.material(kind) {
        None => wrong("kind", "material.kind", "没有这种材料 / There is no such material"),
        Some(known) if service.is_some() && !known.per_service => wrong(
            "service",
            "material.service",
            "该材料属于主体，不属于某个服务 / This material belongs to the subject",
        ),
        Some(_) => Ok(()),
    }
}
