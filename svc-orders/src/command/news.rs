//! What the other services tell, as commands. Late and repeated news are refused by the order itself.

use chassis::{db::Tx, failure::Failure};
use domain::{
    host::DomainName,
    id::OrderId,
    message::{
        AuthorityNews, AuthorityStep, MaterialState, Message, PhotoNews, PhotoStep, ReviewNews, ReviewStep,
        VerificationNews, VerificationOutcome,
    },
    order::{Command, Numbers},
};

use super::{App, Version, system};
use crate::store::{self, filing::Filed, order::Stored};

/// What a message asks of an order.
pub(crate) enum Told {
    /// A command for the order.
    Do(Command),
    /// Nothing: it was meant for others.
    Nothing,
}

impl App {
    /// Does what a message asks, in the transaction that notes the message.
    pub(crate) async fn hear(&self, tx: &mut Tx, message: Message) -> Result<(), Failure> {
        match message {
            Message::Review(news) => self.obey(tx, "svc-review", news.order, review(news)).await,
            Message::Authority(news) => self.authority(tx, news).await,
            Message::Photo(news) => self.obey(tx, "svc-photo", news.order, photo(news)).await,
            Message::Verification(news) => self.verification(tx, news).await,
            Message::Material(news) => match news.state {
                MaterialState::Accepted => store::material::add(tx, &news).await,
                MaterialState::Removed => store::material::remove(tx, news.material).await,
            },
            // Our own news come back to nobody; a binding that is too wide harms nobody.
            Message::Order(_) => Ok(()),
        }
    }

    async fn obey(&self, tx: &mut Tx, from: &str, order: OrderId, told: Told) -> Result<(), Failure> {
        match told {
            Told::Do(command) => self.execute(tx, &system(from), (order, Version::Any), command).await.map(drop),
            Told::Nothing => Ok(()),
        }
    }

    async fn authority(&self, tx: &mut Tx, news: AuthorityNews) -> Result<(), Failure> {
        let (order, numbers) = (news.order, granted(&news));
        let command = authority(news);
        let after = self.execute(tx, &system("authority"), (order, Version::Any), command).await?;
        match numbers {
            Some(numbers) => self.enter(tx, &after, &numbers).await,
            None => Ok(()),
        }
    }

    /// Writes the ledger: every domain of every service with the number that it got.
    async fn enter(&self, tx: &mut Tx, order: &Stored, numbers: &Numbers) -> Result<(), Failure> {
        let draft = self.draft(tx, order).await?;
        let subject = numbers.subject.to_string();
        let services: Vec<String> = numbers.services.iter().map(ToString::to_string).collect();
        let mut filed = Vec::new();
        let domains: Vec<Vec<String>> = draft.services.iter().map(|service| ascii(&service.domains)).collect();
        for (domains, service_number) in domains.iter().zip(&services) {
            for domain in domains {
                filed.push(Filed { service_number, domain, subject_number: &subject });
            }
        }
        let index = order.subject_index.as_deref().ok_or_else(|| Failure::internal("a filed order has no subject"))?;
        self.numbered(tx, order.id, numbers).await?;
        store::filing::put(tx, (order.id, order.account, index), &filed, order.touched_at).await
    }

    /// A face check counts only while the person whom it recognised is still the one to be verified.
    async fn verification(&self, tx: &mut Tx, news: VerificationNews) -> Result<(), Failure> {
        if news.outcome == VerificationOutcome::Failed {
            return Ok(());
        }
        let order = store::order::lock(tx, news.order).await?;
        let present = order.person_index.as_ref().map(hex::encode);
        if present.as_deref() != Some(news.person.as_str()) {
            return Err(Failure::conflict("Another person is to be verified now.").because("the fingerprint differs"));
        }
        let command = Command::RecordVerification { verification: news.verification };
        self.apply(tx, &system("svc-photo"), order, &command).await.map(drop)
    }
}

/// The names as the type check looks them up: people write them in capitals and in Chinese.
fn ascii(names: &[String]) -> Vec<String> {
    let parsed = names.iter().map(|name| DomainName::try_from(name.as_str()).map(|name| name.ascii().to_owned()));
    parsed.zip(names).map(|(ascii, name)| ascii.unwrap_or_else(|_as_written| name.clone())).collect()
}

fn review(news: ReviewNews) -> Told {
    let round = news.round;
    Told::Do(match news.step {
        ReviewStep::Called { call } => Command::RecordCall { round, call },
        ReviewStep::Passed { by } => Command::Pass { round, by },
        ReviewStep::Returned { reasons } => Command::Return { round, reasons },
    })
}

fn photo(news: PhotoNews) -> Told {
    match news.step {
        PhotoStep::Uploaded { photo } => Told::Do(Command::RecordPhoto { photo }),
        PhotoStep::Accepted { photo } => Told::Do(Command::AcceptPhoto { photo }),
        PhotoStep::Refused { photo, reasons } => Told::Do(Command::RefusePhoto { photo, reasons }),
        PhotoStep::CurtainRequested { .. } | PhotoStep::CurtainDispatched { .. } => Told::Nothing,
    }
}

fn granted(news: &AuthorityNews) -> Option<Numbers> {
    match &news.step {
        AuthorityStep::Granted { numbers } => Some(numbers.clone()),
        AuthorityStep::Ready
        | AuthorityStep::Received { .. }
        | AuthorityStep::SmsVerified { .. }
        | AuthorityStep::SmsResent { .. }
        | AuthorityStep::SmsLapsed { .. }
        | AuthorityStep::Refused { .. } => None,
    }
}

fn authority(news: AuthorityNews) -> Command {
    let round = news.round;
    match news.step {
        AuthorityStep::Ready => Command::BeginHandover { round },
        AuthorityStep::Received { sms, until } => Command::RecordReceipt { round, sms, until },
        AuthorityStep::SmsVerified { principal } => Command::RecordSms { round, principal },
        AuthorityStep::SmsResent { until } => Command::ResendSms { round, until },
        AuthorityStep::SmsLapsed { why } => Command::LapseSms { round, why },
        AuthorityStep::Granted { numbers } => Command::Grant { round, numbers },
        AuthorityStep::Refused { reasons } => Command::Refuse { round, reasons },
    }
}
