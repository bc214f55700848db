//! Sends notices that are due: claim, ask for the contact, note the attempt, send, note the outcome. It knows no template.
//!
//! The attempt is noted before the call and its outcome after it. A process that dies in between leaves an attempt that was
//! begun and never ended: of unknown fate. Mail of unknown fate is sent again under the same Message-ID, by which a mailbox
//! drops a repetition; an SMS has nothing of the kind, so that it waits longer. Either way the repetition is marked.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use chassis::{
    clock::Clock,
    db::{Db, Tx},
    failure::Failure,
    fault,
    peer::Peer,
    telemetry::metric,
};
use chrono::TimeDelta;
use domain::{
    contact::{Email, Mobile},
    id::NoticeId,
    notice::Channel,
};
use tokio::{sync::Notify, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::field::display;

use super::contact;
use crate::{
    config::{Ladder, NotifyConfig, TemplateIds},
    mail::Mailer,
    outcome::Outcome,
    render::{self, Letter, Occasion, Renderer},
    sms::{Sms, SmsGateway},
    store::{
        attempt,
        notice::{self, Due},
    },
};

/// Counter, labels `channel`, `outcome`: attempts to send a notice or a phone code.
pub(crate) const SENDS: &str = "notify_sends";
/// Counter, label `channel`: notices that were given up.
const GIVEN_UP: &str = "notify_given_up";
/// Gauge, seconds: how long the oldest unsettled notice has waited.
const OLDEST: &str = "notify_oldest_queued_seconds";
/// After which a notice is free again when its sender does not come back: longer than all its deadlines together.
const HELD: TimeDelta = TimeDelta::minutes(5);
/// Pause when svc-orders does not give out a contact; that is no attempt.
const PEER_PAUSE: TimeDelta = TimeDelta::seconds(30);

/// How notices leave the house.
pub(crate) struct Office {
    renderer: Renderer,
    mailer: Mailer,
    gateway: Arc<dyn SmsGateway>,
    template_ids: TemplateIds,
    orders: Peer,
    ladder: Ladder,
}

/// Sends what is due. Several may work side by side, in one process or in many.
pub(crate) struct Sender {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) office: Office,
    pub(crate) wake: Arc<Notify>,
    pub(crate) every: Duration,
}

/// What the queue holds for a sender.
enum Next {
    Nothing,
    /// A notice whose attempt was left behind; its fate is noted as unknown.
    LeftBehind,
    Due(Box<Due>),
}

/// A notice with its address, ready to leave.
enum Ready {
    Mail(Email, Letter),
    Sms(Mobile),
    NoContact,
}

impl Sender {
    /// Sends until `stop`; what is being sent is finished.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) -> anyhow::Result<()> {
        loop {
            while !stop.is_cancelled() && self.step().await {}
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.wake.notified() => {}
                () = sleep(self.every) => {}
            }
        }
    }

    /// One notice; whether there may be more. What fails is logged here, and tried again when the notice is due again.
    async fn step(&self) -> bool {
        let sent = self.send_next().await;
        if let Err(failure) = self.measure().await {
            tracing::debug!(?failure, "the queue could not be measured");
        }
        sent.unwrap_or_else(|failure| {
            tracing::warn!(?failure, "sending notices goes on later");
            false
        })
    }

    async fn send_next(&self) -> Result<bool, Failure> {
        let due = match self.claim().await? {
            Next::Nothing => return Ok(false),
            Next::LeftBehind => return Ok(true),
            Next::Due(due) => due,
        };
        // Somebody has waited for this one; another sender may take the next meanwhile.
        self.wake.notify_one();
        let (kind, channel) = (due.kind.as_str(), due.channel.as_str());
        match self.send(&due).await {
            Ok(outcome) => {
                let (outcome, code) = (outcome.as_str(), outcome.code());
                let order = due.order.map(display);
                tracing::info!(notice.id = %due.id, order.id = order, kind, channel, outcome, code, "a notice was tried");
            }
            Err(failure) => {
                let order = due.order.map(display);
                tracing::warn!(?failure, notice.id = %due.id, order.id = order, kind, channel, "a notice waits");
            }
        }
        Ok(true)
    }

    async fn claim(&self) -> Result<Next, Failure> {
        let now = self.clock.now();
        let take = async |tx: &mut Tx| {
            let Some(row) = notice::claim(tx, now, now + HELD).await? else { return Ok(Next::Nothing) };
            let due = match Due::try_from(row) {
                Ok(due) => due,
                // Of another version, perhaps. It must not stand in the way of those behind it.
                Err(failure) => {
                    tracing::error!(?failure, "a notice cannot be read");
                    return Ok(Next::LeftBehind);
                }
            };
            if !attempt::is_open(tx, due.id, due.attempts).await? {
                return Ok(Next::Due(Box::new(due)));
            }
            self.note(tx, due.attempts, &due, &Outcome::unknown("left_behind")).await?;
            Ok(Next::LeftBehind)
        };
        self.db.transact("notice.claim", take).await
    }

    async fn send(&self, due: &Due) -> Result<Outcome, Failure> {
        let ready = match self.office.prepare(due).await {
            Ok(ready) => ready,
            Err(failure) => {
                let next_at = self.clock.now() + PEER_PAUSE;
                self.db.transact("notice.put_back", async |tx| notice::put_back(tx, due, next_at).await).await?;
                return Err(failure);
            }
        };
        let number = due.attempts.saturating_add(1);
        self.begin(due, number).await?;
        let outcome = self.hand_over(due, ready).await;
        fault::point("notify.after_send_before_record").await?;
        metric::count(SENDS, 1, &[("channel", due.channel.as_str()), ("outcome", outcome.as_str())]);
        self.db.transact("notice.note", async |tx| self.note(tx, number, due, &outcome).await).await?;
        Ok(outcome)
    }

    async fn begin(&self, due: &Due, number: i32) -> Result<(), Failure> {
        let now = self.clock.now();
        let begin = async |tx: &mut Tx| {
            if !notice::begin(tx, due.id, number).await? {
                return Err(Failure::conflict("Somebody else sends this notice."));
            }
            attempt::begin(tx, (due.id, number), due.repeated, now).await
        };
        self.db.transact("notice.begin", begin).await
    }

    async fn hand_over(&self, due: &Due, ready: Ready) -> Outcome {
        match ready {
            Ready::NoContact => Outcome::NoContact,
            Ready::Mail(to, letter) => self.office.mailer.send(&to, letter, (due.id, self.clock.now())).await,
            Ready::Sms(to) => {
                let (params, reference) = (render::sms_params(due.order, &due.facts), due.id.to_string());
                let template = self.office.template_ids.notice(due.kind);
                self.office.gateway.send(Sms { to: &to, template, params: &params, reference: &reference }).await
            }
        }
    }

    /// Notes how an attempt ended, and what follows from it.
    async fn note(&self, tx: &mut Tx, number: i32, due: &Due, outcome: &Outcome) -> Result<(), Failure> {
        let (now, key): (_, (NoticeId, i32)) = (self.clock.now(), (due.id, number));
        if !attempt::end(tx, key, outcome, now).await? {
            // Somebody thought that this attempt was lost, and has noted that.
            return Ok(());
        }
        if let Outcome::Sent { .. } = outcome {
            return notice::settle(tx, due.id, ("sent", outcome.as_str()), now).await;
        }
        let lost = matches!(outcome, Outcome::Unknown { .. });
        if let Some(pause) = self.office.pause(due.channel, lost, number) {
            return notice::wait(tx, key, (outcome.as_str(), due.repeated || lost), now + pause).await;
        }
        let channel = due.channel.as_str();
        metric::count(GIVEN_UP, 1, &[("channel", channel)]);
        let order = due.order.map(display);
        tracing::error!(notice.id = %due.id, order.id = order, channel, outcome = outcome.as_str(), "given up");
        notice::settle(tx, due.id, ("failed", outcome.as_str()), now).await
    }

    async fn measure(&self) -> Result<(), Failure> {
        let oldest = self.db.read("notice.oldest", async |tx| notice::oldest_open(tx).await).await?;
        let now = self.clock.now();
        let waited = (now - oldest.unwrap_or(now)).to_std().unwrap_or_default();
        metric::gauge(OLDEST, waited.as_secs_f64(), &[]);
        Ok(())
    }
}

impl Office {
    /// The office that the settings describe.
    pub(crate) fn new(config: &NotifyConfig, gateway: Arc<dyn SmsGateway>, orders: Peer) -> anyhow::Result<Self> {
        let console = config.sending.console_url.clone().context("CONSOLE_URL is required")?;
        Ok(Self {
            renderer: Renderer::new(console)?,
            mailer: Mailer::new(&config.mail)?,
            gateway,
            template_ids: config.sms.templates.clone(),
            orders,
            ladder: config.sending.ladder(),
        })
    }

    /// Asks for the address and puts the notice into words.
    async fn prepare(&self, due: &Due) -> Result<Ready, Failure> {
        let contact = contact::ask(&self.orders, due).await?;
        match due.channel {
            Channel::Mail => {
                let Some(to) = contact.email() else { return Ok(Ready::NoContact) };
                let occasion = Occasion { order: due.order, kind: due.kind, to: due.to, facts: &due.facts };
                let letter = self.renderer.letter(occasion, contact.name()).map_err(Failure::internal)?;
                Ok(Ready::Mail(to, letter))
            }
            Channel::Sms => Ok(contact.mobile().map_or(Ready::NoContact, Ready::Sms)),
        }
    }

    /// The pause before the next attempt; none when there is none.
    fn pause(&self, channel: Channel, lost: bool, attempts: i32) -> Option<TimeDelta> {
        let pause = self.ladder.after(attempts)?;
        Some(match channel {
            Channel::Sms if lost => pause.max(self.ladder.unknown_wait),
            Channel::Sms | Channel::Mail => pause,
        })
    }
}
