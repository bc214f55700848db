//! Materials that were uploaded for another order: taken over as copies, so that neither order can take the other's away.

use std::sync::{Mutex, PoisonError};

use chassis::{
    clock::mint,
    failure::Failure,
    http::{Once, Reply},
    idempotency, store as objects,
};
use domain::{
    access::{Action, Actor},
    id::{AccountId, MaterialId, OrderId},
    photo::takes_materials,
};
use object_store::path::Path;
use serde::Deserialize;
use serde_json::json;

use super::{App, material::known_kind};
use crate::{
    api::MaterialView,
    store::material::{self, Material},
};

/// Materials taken over in one request at most: more than an order of ten services holds.
const MOST: usize = 60;

/// What is to be taken over into which order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Copies {
    order: OrderId,
    materials: Vec<Taken>,
}

/// One of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Taken {
    material: MaterialId,
    /// The service that it is for now, counted from 0; the same as before when absent.
    #[serde(default)]
    service: Option<u16>,
}

impl App {
    /// Takes materials over, all or none.
    pub(crate) async fn copy_materials(&self, me: &Actor, copies: &Once<Copies>) -> Result<Reply, Failure> {
        if let Some(reply) = self.answered(&copies.key).await? {
            return Ok(reply);
        }
        let wanted = &copies.body;
        if wanted.materials.is_empty() || wanted.materials.len() > MOST {
            let message = format!("请选择1至{MOST}份材料 / Choose 1 to {MOST} materials");
            return Err(unfit("/materials".to_owned(), "material.count", &message));
        }
        let filing = self.filing_in(me, wanted.order, takes_materials).await?;
        let mut rows = Vec::with_capacity(wanted.materials.len());
        for (place, taken) in wanted.materials.iter().enumerate() {
            let known = self.reusable(me, filing.account, (place, taken.material)).await?;
            let service = taken.service.or(known.service);
            known_kind(&self.rules.now(), (&known.kind, service), &format!("/materials/{place}"))?;
            rows.push((
                known.object.clone(),
                Material {
                    id: mint(),
                    order: wanted.order,
                    service,
                    object: format!("material/{}", mint::<uuid::Uuid>()),
                    created_at: self.clock.now(),
                    ..known
                },
            ));
        }
        let outcome = self.copy_and_write(me, copies, &rows).await;
        match &outcome {
            Ok((_, replaced)) => {
                for before in replaced {
                    self.discard(&before.object).await;
                }
            }
            Err(_) => {
                for (_, row) in &rows {
                    self.discard(&row.object).await;
                }
            }
        }
        outcome.map(|(reply, _)| reply)
    }

    /// A material of the account that the actor may see.
    async fn reusable(
        &self,
        me: &Actor,
        account: AccountId,
        (place, id): (usize, MaterialId),
    ) -> Result<Material, Failure> {
        let unknown = || {
            let message = "没有这份材料，或它已被删除 / There is no such material, or it was deleted";
            unfit(format!("/materials/{place}/material"), "material.unknown", message)
        };
        let known = self.db.read("material.find", async |tx| material::find(tx, id).await).await?;
        let known = known.filter(|known| known.account == account).ok_or_else(unknown)?;
        match self.filing(me, known.order, Action::Read).await {
            Ok(_) => Ok(known),
            Err(failure) if failure.status() == 404 => Err(unknown()),
            Err(failure) => Err(failure),
        }
    }

    /// Objects first, then the rows that name them, as with uploads. A twin of this request that was faster leaves objects
    /// behind that nothing names; the sweep finds them.
    async fn copy_and_write(
        &self,
        me: &Actor,
        copies: &Once<Copies>,
        rows: &[(String, Material)],
    ) -> Result<(Reply, Vec<Material>), Failure> {
        for (from, row) in rows {
            objects::copy(&*self.objects, &Path::from(from.as_str()), &Path::from(row.object.as_str())).await?;
        }
        let (now, replaced) = (self.clock.now(), Mutex::new(Vec::new()));
        let reply = self
            .db
            .transact("material.copy", async |tx| {
                idempotency::once(tx, &copies.key, now, async |tx| {
                    let mut before = Vec::new();
                    for (_, row) in rows {
                        before.extend(self.place_material(tx, me, row).await?);
                    }
                    *replaced.lock().unwrap_or_else(PoisonError::into_inner) = before;
                    let items: Vec<_> = rows.iter().map(|(_, row)| MaterialView::from(row)).collect();
                    let location = format!("/v1/materials?order={}", copies.body.order);
                    Ok(Reply::created(location, &json!({ "items": items })))
                })
                .await
            })
            .await?;
        Ok((reply, replaced.into_inner().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn unfit(pointer: String, rule: &str, message: &str) -> Failure {
    Failure::rejected("These materials cannot be taken over.", Vec::new()).at(pointer, rule, message)
}
