//! What the other services tell, as commands. Late and repeated news are refused by the order itself.

use chassis::{db::Tx, failure::Failure};
use domain::{
    id::OrderId,
    message::{
        AuthorityNews, AuthorityStep, MaterialState, Message, PhotoNews, PhotoStep, ReviewNews, ReviewStep,
        VerificationNews, VerificationOutcome,
    },
    order::Command,
};

use super::{App, Version, system};
use crate::store;

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
            Message::Order(_) | Message::Account(_) => Ok(()),
        }
    }

    async fn obey(&self, tx: &mut Tx, from: &str, order: OrderId, told: Told) -> Result<(), Failure> {
        match told {
            Told::Do(command) => self.execute(tx, &system(from), (order, Version::Any), command).await.map(drop),
            Told::Nothing => Ok(()),
        }
    }

    async fn authority(&self, tx: &mut Tx, news: AuthorityNews) -> Result<(), Failure> {
        let order = news.order;
        self.execute(tx, &system("authority"), (order, Version::Any), authority(news)).await.map(drop)
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
