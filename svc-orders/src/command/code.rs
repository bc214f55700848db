//! Authorization codes: the only writer of them. Their owner makes, grants, takes back and removes them; orders hold them, and
//! time ends them. It knows no HTTP.

use chassis::{
    audit,
    bus::Envelope,
    clock::mint,
    db::Tx,
    failure::{Failure, FieldError},
    launch::Spec,
    outbox,
    seal::Place,
};
use domain::{
    access::Actor,
    authorization_code::{Approval, Code, Command, Digits, Event, Refusal, State, Why, decide, evolve},
    id::{AccountId, AuthorizationCodeId},
    message::{AccountNews, Message},
    resource::{Resource, Wanted},
    violation::Violation,
};
use serde_json::json;

use super::{App, Version, access, doer, proof::proof_wanted, sentence, system};
use crate::{
    Orders,
    store::{
        self,
        code::{New, StoredCode},
        order::{Doer, Stored},
    },
};

/// How many accounts are compared with the inventory at a time.
const BATCH: i64 = 100;

/// What taking a code back affects.
pub(crate) struct Effects {
    /// Where the code would stand, or why it cannot be taken back.
    pub(crate) after: Result<Code, Refusal>,
    /// The order that uses it.
    pub(crate) order: Option<Stored>,
}

impl App {
    /// Makes codes for a resource of an account, all or none.
    pub(crate) async fn create_codes(
        &self,
        tx: &mut Tx,
        me: &Actor,
        (owner, resource): (AccountId, &Resource),
        count: u16,
    ) -> Result<Vec<StoredCode>, Failure> {
        store::code::lock_resource(tx, owner, &resource.id).await?;
        let taken = store::code::slots(tx, owner, &resource.id).await?;
        let policy = self.policy()?;
        let used = u16::try_from(taken.len()).unwrap_or(u16::MAX);
        // The last of them must fit as well.
        let before_last = used.saturating_add(count.saturating_sub(1));
        let objections = policy.objections(resource, Wanted::Code, before_last, self.clock.now());
        if !objections.is_empty() {
            let errors = objections.into_iter().map(field).collect();
            return Err(Failure::rejected("No such codes can be made for this resource.", errors));
        }
        let free = (0..i16::MAX).filter(|slot| !taken.contains(slot)).take(usize::from(count));
        let mut made = Vec::with_capacity(usize::from(count));
        for slot in free {
            made.push(self.create_code(tx, me, (owner, &resource.id), slot).await?);
        }
        Ok(made)
    }

    async fn create_code(
        &self,
        tx: &mut Tx,
        me: &Actor,
        (owner, resource): (AccountId, &str),
        slot: i16,
    ) -> Result<StoredCode, Failure> {
        let (id, now, by) = (mint::<AuthorizationCodeId>(), self.clock.now(), doer(me));
        let digits = random_digits()?;
        let (key, data_key) = self.keyring.mint(id.uuid())?;
        let code = StoredCode {
            id,
            code: Code { owner, receiver: None, state: State::Unused },
            resource: resource.to_owned(),
            sealed: key.seal(place(id), digits.reveal().as_bytes())?,
            data_key,
            used_at: None,
            version: 1,
            changed_at: now,
        };
        let new = New { code: &code, slot, digits: self.code_index(&digits) };
        store::code::insert(tx, &new, &by, me.account.unwrap_or(owner)).await?;
        self.note_code(tx, &by, &code, "code.create").await?;
        Ok(code)
    }

    /// The digits, for the two accounts that may see them.
    pub(crate) fn digits(&self, code: &StoredCode) -> Result<Digits, Failure> {
        let key = self.keyring.unwrap(code.id.uuid(), &code.data_key)?;
        let bytes = key.open(place(code.id), &code.sealed)?;
        let digits = std::str::from_utf8(&bytes).ok().and_then(|text| Digits::try_from(text).ok());
        digits.ok_or_else(|| Failure::internal("the sealed digits of a code cannot be read"))
    }

    /// Lets an account use a code: `approved` says whether its owner's phone was proven. Whom the owner trusts needs no phone.
    pub(crate) async fn grant_code(
        &self,
        tx: &mut Tx,
        me: &Actor,
        before: StoredCode,
        (to, approved): (AccountId, bool),
    ) -> Result<StoredCode, Failure> {
        let by = if store::code::allows(tx, before.code.owner, to).await? {
            Approval::Allowed
        } else if approved {
            Approval::Phone
        } else {
            return Err(proof_wanted());
        };
        let owner = before.code.owner;
        self.act_on(tx, &doer(me), before, (&Command::Grant { to, by }, Some(owner))).await.map(|(after, _)| after)
    }

    /// Makes a code of another account's resource for an account that its owner trusts: approved by itself.
    pub(crate) async fn request_code(
        &self,
        tx: &mut Tx,
        me: &Actor,
        (owner, resource): (AccountId, &Resource),
        to: AccountId,
    ) -> Result<StoredCode, Failure> {
        // The trust may have ended while the inventory was asked.
        if !store::code::allows(tx, owner, to).await? {
            return Err(Failure::not_found("There is no such resource."));
        }
        let made = self.create_codes(tx, me, (owner, resource), 1).await?;
        let code = made.into_iter().next().ok_or_else(|| Failure::internal("one code was made and is not there"))?;
        let grant = Command::Grant { to, by: Approval::Allowed };
        self.act_on(tx, &doer(me), code, (&grant, Some(to))).await.map(|(after, _)| after)
    }

    /// What taking a code back would affect. It changes nothing.
    pub(crate) async fn effects(&self, tx: &mut Tx, code: &StoredCode) -> Result<Effects, Failure> {
        let after = decide(&code.code, &Command::Revoke).map(|event| match event {
            Some(event) => evolve(code.code.clone(), &event),
            None => code.code.clone(),
        });
        let order = match code.code.state.hold() {
            Some(hold) => Some(store::order::read(tx, hold.order).await?),
            None => None,
        };
        Ok(Effects { after, order })
    }

    /// Does one thing to a code that is locked: row, story and audit; whether anything changed. `account` is whose act it is.
    pub(crate) async fn act_on(
        &self,
        tx: &mut Tx,
        by: &Doer,
        before: StoredCode,
        (command, account): (&Command, Option<AccountId>),
    ) -> Result<(StoredCode, bool), Failure> {
        let Some(event) = decide(&before.code, command).map_err(code_refused)? else { return Ok((before, false)) };
        let now = self.clock.now();
        let told = event.news(&before.code, &before.resource).into_iter();
        let told = told.map(|(account, event)| Message::Account(AccountNews { account, at: now, event }));
        let news: Vec<_> = told.map(|message| Envelope::of(Orders::NAME, &message, before.version + 1, now)).collect();
        let used_at = if matches!(event, Event::Completed { .. }) { Some(now) } else { before.used_at };
        let code = evolve(before.code, &event);
        let after = StoredCode { code, used_at, version: before.version + 1, changed_at: now, ..before };
        store::code::save(tx, &after, &event, by, account).await?;
        if let (Event::Invalidated { .. }, Some(hold)) = (&event, after.code.state.hold()) {
            let service = i16::try_from(hold.service).map_err(Failure::internal)?;
            let pointer = format!("/services/{service}/access/code");
            let found = Violation { pointer, ..access::refused(Refusal::Invalid) };
            store::access::find(tx, hold.order, service, &[found]).await?;
        }
        self.note_code(tx, by, &after, &format!("code.{}", event.name())).await?;
        outbox::put(tx, &news).await?;
        Ok((after, true))
    }

    async fn note_code(&self, tx: &mut Tx, by: &Doer, after: &StoredCode, action: &str) -> Result<(), Failure> {
        let hold = after.code.state.hold();
        let detail = json!({
            "version": after.version, "state": after.code.state.name(), "resource": after.resource,
            "receiver": after.code.receiver, "order": hold.map(|hold| hold.order),
        });
        let entry = audit::Entry { aggregate: after.id.uuid(), actor: &by.actor, role: by.role, action, detail };
        audit::record(tx, after.changed_at, &entry).await
    }

    /// Ends the codes whose server is gone or ends too soon; answers how many. An account for which the inventory does not
    /// answer is left for the next time.
    pub(crate) async fn end_codes(&self) -> Result<usize, Failure> {
        let (mut ended, mut after) = (0, None);
        loop {
            let owners = self.db.read("code.owners", async |tx| store::code::owners(tx, after, BATCH).await).await?;
            let Some(last) = owners.last().copied() else { return Ok(ended) };
            for owner in owners {
                match self.resources()?.fresh(owner).await {
                    Ok(fleet) => ended += self.end_codes_of(owner, &fleet).await?,
                    Err(failure) => tracing::warn!(?failure, "codes could not be compared with the inventory"),
                }
            }
            after = Some(last);
        }
    }

    async fn end_codes_of(&self, owner: AccountId, fleet: &[Resource]) -> Result<usize, Failure> {
        let live = self.db.read("code.live", async |tx| store::code::live(tx, owner).await).await?;
        let mut ended = 0;
        for code in live {
            let Some(why) = self.ends(&code, fleet)? else { continue };
            let by = system("svc-orders");
            let work = self.db.transact("code.end", async |tx| {
                let code = store::code::lock(tx, code.id).await?;
                self.act_on(tx, &by, code, (&Command::Invalidate(why), None)).await.map(|(_, changed)| changed)
            });
            match work.await {
                Ok(changed) => ended += usize::from(changed),
                // Its owner removed it in between.
                Err(failure) if failure.is_refusal() => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(ended)
    }

    /// Why a code ends now, if it does. A filed service stays where it is while its server is there: servers are renewed month
    /// by month.
    fn ends(&self, code: &StoredCode, fleet: &[Resource]) -> Result<Option<Why>, Failure> {
        let Some(resource) = fleet.iter().find(|resource| resource.id == code.resource) else {
            return Ok(Some(Why::ServerGone));
        };
        let lasts = resource.lasts(self.policy()?.code_days, self.clock.now());
        let filed = matches!(code.code.state, State::Used(..));
        Ok((!lasts && !filed).then_some(Why::ServerEnds))
    }
}

/// Locks a code of an account for a change meant for a version; what is not the account's does not exist.
pub(crate) async fn locked_code(
    tx: &mut Tx,
    (id, owner): (AuthorizationCodeId, AccountId),
    want: i64,
) -> Result<StoredCode, Failure> {
    let code = store::code::lock(tx, id).await?;
    if code.code.owner != owner || code.code.state == State::Deleted {
        return Err(store::code::absent());
    }
    Version::Is(want).accepts(code.version)?;
    Ok(code)
}

/// A refusal as an answer: 409 with a rule that clients can match, in both languages.
fn code_refused(refusal: Refusal) -> Failure {
    let message = format!("{} / {}", refusal.zh(), sentence(&refusal));
    Failure::conflict("The code does not allow this now.").at("", refusal.rule(), &message)
}

/// A violation as what is wrong with a request.
fn field(found: Violation) -> FieldError {
    let error = FieldError::new(found.pointer, found.rule.to_string(), [&found.zh, &found.en]);
    FieldError { fix: found.fix_zh, fix_en: found.fix_en, severity: Some(found.severity), ..error }
}

fn place(id: AuthorizationCodeId) -> Place<'static> {
    Place { table: "authorization_code", column: "sealed", row: id.uuid() }
}

/// Every code is as likely as every other: what does not divide evenly is drawn again.
fn random_digits() -> Result<Digits, Failure> {
    /// Ten digits at a time.
    const HALF: u64 = 10_000_000_000;
    const EVEN: u64 = u64::MAX - u64::MAX % HALF;
    let mut text = String::with_capacity(20);
    while text.len() < 20 {
        let drawn = getrandom::u64().map_err(Failure::internal)?;
        if drawn < EVEN {
            text.push_str(&format!("{:010}", drawn % HALF));
        }
    }
    Digits::try_from(text.as_str()).map_err(Failure::internal)
}
