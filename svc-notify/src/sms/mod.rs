//! The port to an SMS gateway. It knows templates by id, and no notice.

mod tencent;

use async_trait::async_trait;
use domain::contact::Mobile;

use crate::outcome::Outcome;

pub(crate) use tencent::Tencent;

/// One message to one number.
#[derive(Clone, Copy)]
pub(crate) struct Sms<'a> {
    /// To whom.
    pub(crate) to: &'a Mobile,
    /// The approved template.
    pub(crate) template: &'a str,
    /// What is put into its slots.
    pub(crate) params: &'a [String],
    /// Our own reference, which the gateway repeats in receipts; never personal data.
    pub(crate) reference: &'a str,
}

/// The port.
#[async_trait]
pub(crate) trait SmsGateway: Send + Sync {
    /// Hands over one message, within a deadline of its own.
    async fn send(&self, sms: Sms<'_>) -> Outcome;
}
