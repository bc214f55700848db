//! Opening: which kind of filing it is, and the empty order. The system decides the kind, never the customer.

use chassis::{clock::mint, db::Tx, failure::Failure, outbox};
use domain::{
    access::Actor,
    company::Nature,
    host::DomainName,
    id::{AccountId, OrderId},
    order::{Event, Order, Plan, PrincipalRole, Principals, Way},
    region::Province,
    rules::kinds::OrderKind,
};
use serde::Deserialize;

use super::{App, doer};
use crate::store::{self, filing::Known, order::Stored};

/// What is asked of the type check.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypeAsked {
    pub(crate) province: Province,
    pub(crate) nature: u16,
    /// The subject's certificate number.
    pub(crate) certificate: String,
    pub(crate) domain: String,
}

/// What the type check found.
pub(crate) struct TypeFound {
    pub(crate) kind: OrderKind,
    pub(crate) why: (&'static str, &'static str),
    pub(crate) sms: Principals,
}

/// A new order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrder {
    pub(crate) province: Province,
    pub(crate) nature: u16,
    /// How the principal is verified; the provider's usual way when absent.
    #[serde(default)]
    pub(crate) way: Option<Way>,
}

impl App {
    /// Which kind of filing it is, by what our ledger knows (facts §1); a conflict is a 409 that says what to do.
    pub(crate) async fn type_of(&self, account: AccountId, asked: &TypeAsked) -> Result<TypeFound, Failure> {
        nature(asked.nature)?;
        let domain = DomainName::try_from(asked.domain.as_str()).map_err(|error| {
            let message = format!("域名格式不正确 / {error}");
            Failure::rejected("This is no domain name.", Vec::new()).at("/domain", "national.domain.form", &message)
        })?;
        let subject = self.subject_index(&asked.certificate);
        let known =
            self.db.read("filing.known", async |tx| store::filing::known(tx, &subject, domain.ascii()).await).await?;
        let (kind, why) = kind_of(account, &known)?;
        let everybody = Principals::from([PrincipalRole::Subject, PrincipalRole::Service]);
        let sms = self.rules.now().sms_principals(kind, &everybody, &everybody);
        Ok(TypeFound { kind, why, sms })
    }

    /// Opens an empty order for an account.
    pub(crate) async fn open(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        account: AccountId,
        new: &NewOrder,
    ) -> Result<Stored, Failure> {
        nature(new.nature)?;
        let now = self.clock.now();
        let id: OrderId = mint();
        let plan = Plan::first(new.province, self.way(new.way)?, self.settings.eyes);
        let (_, data_key) = self.keyring.mint(id.uuid())?;
        let empty = Stored {
            id,
            account,
            nature: new.nature,
            order: Order::open(plan),
            version: 0,
            subject_index: None,
            person_index: None,
            data_key,
            lanes: None,
            created_at: now,
            touched_at: now,
        };
        let (order, news) = self.begin(empty);
        let by = doer(actor);
        store::order::insert(tx, &order, &[Event::Opened], &by).await?;
        self.note(tx, &by, &order, "open").await?;
        outbox::put(tx, &news).await?;
        Ok(order)
    }

    fn way(&self, asked: Option<Way>) -> Result<Way, Failure> {
        let usual = self.settings.ways.first().copied().ok_or_else(|| Failure::internal("no way is configured"))?;
        match asked {
            None => Ok(usual),
            Some(way) if self.settings.ways.contains(&way) => Ok(way),
            Some(_) => Err(Failure::rejected("This way of verification is not offered.", Vec::new()).at(
                "/way",
                "order.way_not_offered",
                "本平台目前不提供这种核验方式 / This way of verification is not offered here",
            )),
        }
    }
}

fn nature(code: u16) -> Result<Nature, Failure> {
    Nature::try_from(code).map_err(|_unknown| {
        Failure::rejected("There is no such nature.", Vec::new()).at(
            "/nature",
            "national.nature.known",
            "没有这种主体性质 / There is no such nature of a subject",
        )
    })
}

/// The table of facts §1, as far as our own ledger can tell.
fn kind_of(account: AccountId, known: &Known) -> Result<(OrderKind, (&'static str, &'static str)), Failure> {
    let conflict =
        |pointer, rule, message| Err(Failure::conflict("This cannot be filed as it is.").at(pointer, rule, message));
    match (known.subject, known.domain) {
        (Some(holder), _) if holder != account => conflict(
            "/certificate",
            "type.subject_elsewhere",
            "该主体的备案在另一个账号下，请用原账号操作 / This subject is filed in another account; use that one",
        ),
        (_, Some((_, false))) => conflict(
            "/domain",
            "type.domain_taken",
            "该域名已在其他主体名下备案，请原主体先注销 / Another subject has filed this domain; it must cancel first",
        ),
        (_, Some((_, true))) => conflict(
            "/domain",
            "type.filed_already",
            "该网站已在本平台备案，只能变更或注销 / This site is filed here already; it can be changed or cancelled",
        ),
        (Some(_), None) => Ok((
            OrderKind::AddHere,
            ("主体已在本平台备案，网站尚未备案", "The subject is filed here, the service is not"),
        )),
        (None, None) => {
            Ok((OrderKind::First, ("主体和网站都没有备案", "Neither the subject nor the service is filed")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(n: u128) -> AccountId {
        uuid::Uuid::from_u128(n).into()
    }

    #[test]
    fn the_ledger_decides_the_kind() {
        let me = account(1);
        let kind = |known: Known| kind_of(me, &known).map(|(kind, _)| kind).map_err(|failure| failure.status());
        assert_eq!(kind(Known::default()), Ok(OrderKind::First));
        assert_eq!(kind(Known { subject: Some(me), domain: None }), Ok(OrderKind::AddHere));
        assert_eq!(kind(Known { subject: Some(account(2)), domain: None }), Err(409));
        assert_eq!(kind(Known { subject: None, domain: Some((account(2), false)) }), Err(409));
        assert_eq!(kind(Known { subject: Some(me), domain: Some((me, true)) }), Err(409));
    }
}
