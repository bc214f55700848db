//! What is done with pictures, curtains and faces. Bytes go to the object store before a row names them, and leave it after
//! the row is gone. It knows no HTTP and no queue.

mod curtain;
mod library;
mod material;
mod photo;
mod verification;

use std::{collections::BTreeSet, sync::Arc};

use chassis::{
    audit,
    bus::Envelope,
    clock::Clock,
    db::{Db, Tx},
    failure::Failure,
    http::Reply,
    idempotency::{self, IdemKey},
    launch::Spec,
    outbox,
    peer::Peer,
    rulebook::Rulebook,
    store::{self as objects, Objects},
};
use domain::{
    access::{Action, Actor, Relation, Role, allows},
    id::{AccountId, OrderId},
    member::{Right, Verdict, verdict},
    message::Message,
    order::{Plan, Reason, StateName},
    photo::PhotoRefusal,
    reason::Catalogue,
};
use object_store::path::Path;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded::byte_serialize;

pub(crate) use library::Copies;
pub(crate) use material::NewMaterial;

use crate::{
    Photo,
    face::FaceVendor,
    picture::Studio,
    store::filing::{self, Filing},
};

/// Everything that the commands of this service need.
#[derive(Clone)]
pub struct App {
    /// The service's database.
    pub db: Db,
    /// Where pictures lie.
    pub objects: Objects,
    /// svc-orders.
    pub orders: Peer,
    /// The rules in force, which say what materials there are.
    pub rules: Rulebook,
    /// Compares faces.
    pub(crate) face: Arc<dyn FaceVendor>,
    /// Decodes pictures.
    pub studio: Studio,
    /// Face checks of one order within a day.
    pub tries: u32,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// What svc-orders says of an order.
#[derive(Deserialize)]
struct Brief {
    id: OrderId,
    account: AccountId,
    plan: Plan,
    state: StateName,
    version: i64,
    /// What the sub-account that was asked for may do.
    #[serde(default)]
    rights: BTreeSet<Right>,
}

impl App {
    /// The order, if the actor may do this with it; 404 otherwise.
    pub(crate) async fn filing(&self, me: &Actor, order: OrderId, action: Action) -> Result<Filing, Failure> {
        if me.role == Role::SubAccount {
            return self.filing_for_sub_account(me, order, action).await;
        }
        let known = self.db.read("filing.find", async |tx| filing::find(tx, order).await).await?;
        let filing = match known {
            Some(filing) => filing,
            // News may be a moment late; the order's home knows already.
            None => self.ask(order, "").await?.0,
        };
        permit(me, &filing, action)?;
        Ok(filing)
    }

    /// The same for a sub-account, whose rights only the order's home knows: they end by the clock, and nobody tells of it.
    async fn filing_for_sub_account(&self, me: &Actor, order: OrderId, action: Action) -> Result<Filing, Failure> {
        let whom: String = byte_serialize(me.id.as_bytes()).collect();
        let (filing, rights) = self.ask(order, &format!("?for={whom}")).await?;
        permit(me, &filing, action)?;
        match verdict(&rights, action) {
            Verdict::Granted => Ok(filing),
            Verdict::Forbidden => Err(Failure::forbidden("The owner of the account did not let you do this.")),
            Verdict::Absent => Err(absent(me, &filing, action)),
        }
    }

    /// The order, where it stands in a state that `fits`; asked of its home before anybody hears that it does not.
    pub(crate) async fn filing_in(
        &self,
        me: &Actor,
        order: OrderId,
        fits: fn(StateName) -> Result<(), PhotoRefusal>,
    ) -> Result<Filing, Failure> {
        self.filing_for(me, (order, Action::Edit), fits).await
    }

    async fn filing_for(
        &self,
        me: &Actor,
        (order, action): (OrderId, Action),
        fits: fn(StateName) -> Result<(), PhotoRefusal>,
    ) -> Result<Filing, Failure> {
        let filing = self.filing(me, order, action).await?;
        if fits(filing.state).is_ok() {
            return Ok(filing);
        }
        let (filing, _) = self.ask(order, "").await?;
        fits(filing.state).map_err(|refusal| refused(&refusal))?;
        Ok(filing)
    }

    /// The answer that was given under this key before, so that a repetition neither decodes nor asks anybody, and is not
    /// refused because the order has gone on since.
    async fn answered(&self, key: &IdemKey) -> Result<Option<Reply>, Failure> {
        self.db.read("idempotency.known", async |tx| idempotency::known(tx, key).await).await
    }

    async fn ask(&self, order: OrderId, query: &str) -> Result<(Filing, BTreeSet<Right>), Failure> {
        let brief: Brief = self.orders.get(&format!("/v1/peer/orders/{order}/brief{query}")).await?;
        let filing = Filing::of(brief.id, brief.account, &brief.plan, brief.state, brief.version);
        self.db.transact("filing.project", async |tx| filing::project(tx, &filing).await).await?;
        Ok((filing, brief.rights))
    }

    /// Deletes an object that no row names any more. What fails here is found by the sweep.
    pub(crate) async fn discard(&self, object: &str) {
        if let Err(failure) = objects::delete(&*self.objects, &Path::from(object)).await {
            tracing::warn!(?failure, "an object stays behind for the sweep");
        }
    }
}

/// Whether the actor may do this with an order; 404 when not, so that nothing is learned.
pub(crate) fn permit(me: &Actor, filing: &Filing, action: Action) -> Result<(), Failure> {
    let own = me.account == Some(filing.account);
    let relation = if own { Relation::Own } else { Relation::Foreign };
    let reviews = matches!(me.role, Role::Reviewer | Role::Lead);
    if allows(me.role, action, relation) && (!reviews || me.covers(filing.province)) {
        return Ok(());
    }
    Err(absent(me, filing, action))
}

fn absent(me: &Actor, filing: &Filing, action: Action) -> Failure {
    Failure::not_found("There is no such thing.").because(format!("{} may not {action:?} {}", me.id, filing.order))
}

/// Tells the others, and the audit.
async fn tell(
    tx: &mut Tx,
    app: &App,
    (actor, role): (&str, &str),
    message: &Message,
    detail: Value,
) -> Result<(), Failure> {
    let now = app.clock.now();
    let topic = message.topic();
    let entry = audit::Entry { aggregate: message.about(), actor, role, action: &topic, detail };
    audit::record(tx, now, &entry).await?;
    outbox::put(tx, &[Envelope::of(Photo::NAME, message, 0, now)]).await
}

/// The actor as the audit names them.
pub(crate) fn named(me: &Actor) -> (&str, &'static str) {
    let role = match me.role {
        Role::Customer => "customer",
        Role::SubAccount => "sub-account",
        Role::Reviewer => "reviewer",
        Role::Lead => "lead",
        Role::PhotoPoint => "photo-point",
        Role::Operations => "operations",
        Role::Service => "service",
    };
    (&me.id, role)
}

/// A refusal as an answer: 409 with a rule that clients can match, in both languages.
pub(crate) fn refused(refusal: &PhotoRefusal) -> Failure {
    let (rule, zh) = match refusal {
        PhotoRefusal::NotWanted(_) => ("photo.not_wanted", "订单当前不需要办理拍照"),
        PhotoRefusal::NotEditable(_) => ("material.not_editable", "订单当前状态下不能修改材料"),
        PhotoRefusal::Decided => ("photo.decided", "这张照片已经审核过了"),
        PhotoRefusal::Dispatched => ("curtain.dispatched", "幕布已经寄出"),
        PhotoRefusal::TooEarly(_) => ("curtain.too_early", "还没有到快递取件时间"),
        PhotoRefusal::NoReasons => ("photo.no_reasons", "请至少填写一条原因"),
    };
    Failure::conflict("This does not work now.").at("", rule, &format!("{zh} / {refusal}"))
}

/// Reasons whose codes the catalogue knows, at least one; 422 with the place of the first that it does not.
pub(crate) fn checked(reasons: &[Reason]) -> Result<(), Failure> {
    if reasons.is_empty() {
        return Err(Failure::rejected("A refusal needs a reason.", Vec::new()).at(
            "/reasons",
            "photo.no_reasons",
            "请至少填写一条原因 / Give at least one reason",
        ));
    }
    let wrong = |failure: Failure, (at, _): (usize, &Reason)| {
        failure.at(
            format!("/reasons/{at}/code"),
            "reason.known",
            "原因目录中没有这一条 / The catalogue has no such reason",
        )
    };
    let unknown: Vec<_> =
        reasons.iter().enumerate().filter(|(_, reason)| Catalogue::national().get(&reason.code).is_none()).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(unknown.into_iter().fold(Failure::rejected("A reason is unknown.", Vec::new()), wrong))
}
