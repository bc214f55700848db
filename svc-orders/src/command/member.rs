//! Rights in an account: given, changed and taken back by its owner, and asked for whenever a sub-account does something.

use std::collections::BTreeSet;

use chassis::{audit, clock::mint, db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use domain::{
    access::{Actor, Role},
    id::{AccountId, MemberId, OrderId},
    member::{Grant, Reach, Right, reach, rights},
};
use serde::Deserialize;
use serde_json::json;

use super::{App, Version, role};
use crate::store::{self, member::Member, order::Stored};

/// What an owner says of rights; `person` only when they are new.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Given {
    pub(crate) rights: BTreeSet<Right>,
    /// Limits them to the subject of this order.
    #[serde(default)]
    pub(crate) subject_of: Option<OrderId>,
    /// From now on when absent.
    #[serde(default)]
    pub(crate) from: Option<DateTime<Utc>>,
    /// Until they are revoked when absent.
    #[serde(default)]
    pub(crate) until: Option<DateTime<Utc>>,
}

/// New rights of a person.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMember {
    /// The subject of the person's token.
    pub(crate) person: String,
    pub(crate) rights: BTreeSet<Right>,
    #[serde(default)]
    pub(crate) subject_of: Option<OrderId>,
    #[serde(default)]
    pub(crate) from: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(crate) until: Option<DateTime<Utc>>,
}

impl App {
    /// The rights of whoever asks in the own account; nobody but a sub-account needs any.
    pub(crate) async fn grants(&self, tx: &mut Tx, me: &Actor) -> Result<Vec<Grant>, Failure> {
        match (me.role, me.account) {
            (Role::SubAccount, Some(account)) => store::member::of_person(tx, account, &me.id, self.clock.now()).await,
            (
                Role::Customer
                | Role::SubAccount
                | Role::Reviewer
                | Role::Lead
                | Role::PhotoPoint
                | Role::Operations
                | Role::Service,
                _,
            ) => Ok(Vec::new()),
        }
    }

    /// What a person may do now with an order of the account that it belongs to.
    pub(crate) async fn rights_over(
        &self,
        tx: &mut Tx,
        order: &Stored,
        person: &str,
    ) -> Result<BTreeSet<Right>, Failure> {
        let now = self.clock.now();
        let grants = store::member::of_person(tx, order.account, person, now).await?;
        Ok(rights(&grants, order.subject_index.as_deref(), now))
    }

    /// How far somebody's right reaches in the own account: an owner's reaches everything.
    pub(crate) async fn reach(&self, tx: &mut Tx, me: &Actor, wanted: Right) -> Result<Reach, Failure> {
        if me.role != Role::SubAccount {
            return Ok(Reach::Everything);
        }
        Ok(reach(&self.grants(tx, me).await?, wanted, self.clock.now()))
    }

    /// 403 unless somebody may do this in the own account with a subject, or with what names none yet.
    pub(crate) async fn must_have(
        &self,
        tx: &mut Tx,
        me: &Actor,
        (wanted, subject): (Right, Option<&[u8]>),
    ) -> Result<(), Failure> {
        if me.role != Role::SubAccount {
            return Ok(());
        }
        let has = rights(&self.grants(tx, me).await?, subject, self.clock.now());
        if has.contains(&wanted) { Ok(()) } else { Err(not_granted(me, wanted.as_str())) }
    }

    /// Gives a person rights.
    pub(crate) async fn give(
        &self,
        tx: &mut Tx,
        me: &Actor,
        account: AccountId,
        new: NewMember,
    ) -> Result<Member, Failure> {
        let NewMember { person, rights, subject_of, from, until } = new;
        if person.is_empty() || person.len() > 200 || !person.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong("/person", "member.person", "请填写子账号的标识 / Give the id of the sub-account"));
        }
        let grant = self.grant(tx, account, &Given { rights, subject_of, from, until }).await?;
        let (id, created_at) = (mint(), self.clock.now());
        let member = Member { id, account, person, grant, subject_of, version: 1, created_at };
        store::member::insert(tx, &member).await?;
        self.remember(tx, me, &member, "member.granted").await?;
        Ok(member)
    }

    /// Puts other rights in place of those that were given.
    pub(crate) async fn regive(
        &self,
        tx: &mut Tx,
        me: &Actor,
        (before, want): (Member, Version),
        given: &Given,
    ) -> Result<Member, Failure> {
        want.accepts(before.version)?;
        let from = Some(given.from.unwrap_or(before.grant.from));
        let grant = self.grant(tx, before.account, &Given { from, ..given.clone() }).await?;
        let version = before.version + 1;
        let after = Member { grant, subject_of: given.subject_of, version, ..before };
        store::member::update(tx, &after).await?;
        self.remember(tx, me, &after, "member.changed").await?;
        Ok(after)
    }

    /// Takes rights back: they do not work from this moment on.
    pub(crate) async fn revoke(
        &self,
        tx: &mut Tx,
        me: &Actor,
        (before, want): (Member, Version),
    ) -> Result<(), Failure> {
        want.accepts(before.version)?;
        store::member::delete(tx, before.id).await?;
        self.remember(tx, me, &before, "member.revoked").await
    }

    async fn grant(&self, tx: &mut Tx, account: AccountId, given: &Given) -> Result<Grant, Failure> {
        let from = given.from.unwrap_or_else(|| self.clock.now());
        if given.rights.is_empty() {
            return Err(wrong("/rights", "member.rights", "请至少选择一项权限 / Choose at least one right"));
        }
        if given.until.is_some_and(|until| until <= from) {
            return Err(wrong(
                "/until",
                "member.until",
                "结束时间应晚于开始时间 / The end must be after the beginning",
            ));
        }
        let subject = match given.subject_of {
            None => None,
            Some(order) => Some(subject_of(tx, account, order).await?),
        };
        Ok(Grant { rights: given.rights.clone(), subject, from, until: given.until })
    }

    /// Adds to the audit what an owner did: all of an account stands in one chain.
    async fn remember(&self, tx: &mut Tx, me: &Actor, member: &Member, action: &str) -> Result<(), Failure> {
        let grant = &member.grant;
        let detail = json!({
            "member": member.id, "person": member.person, "rights": grant.rights, "subject_of": member.subject_of,
            "from": grant.from, "until": grant.until,
        });
        let entry =
            audit::Entry { aggregate: member.account.uuid(), actor: &me.id, role: role(me.role), action, detail };
        audit::record(tx, self.clock.now(), &entry).await
    }
}

/// The subject of one of the account's orders. It is named by an order and not by its number: who gives rights need not know the
/// number, and none stands in one more request.
async fn subject_of(tx: &mut Tx, account: AccountId, order: OrderId) -> Result<Vec<u8>, Failure> {
    let unknown = || wrong("/subject_of", "member.subject_of", "本账号没有这个订单 / This account has no such order");
    let found = match store::order::read(tx, order).await {
        Ok(found) if found.account == account => found,
        Ok(_) => return Err(unknown()),
        Err(failure) if failure.status() == 404 => return Err(unknown()),
        Err(failure) => return Err(failure),
    };
    found.subject_index.ok_or_else(|| {
        wrong("/subject_of", "member.subject_missing", "该订单尚未填写主体证件号码 / The order names no subject yet")
    })
}

/// Whose rights these are not hears that there are none.
pub(crate) async fn locked(tx: &mut Tx, account: AccountId, id: MemberId) -> Result<Member, Failure> {
    store::member::lock(tx, account, id).await?.ok_or_else(absent)
}

/// Word for word what somebody hears who asks for the rights of others.
pub(crate) fn absent() -> Failure {
    Failure::not_found("There are no such rights.")
}

/// A sub-account's 403, the same for everything that may be seen and not done.
pub(crate) fn not_granted(me: &Actor, what: &str) -> Failure {
    Failure::forbidden("The owner of the account did not let you do this.")
        .because(format!("{} has no right to {what}", me.id))
}

fn wrong(pointer: &str, rule: &str, message: &str) -> Failure {
    Failure::rejected("These rights cannot be given.", Vec::new()).at(pointer, rule, message)
}
