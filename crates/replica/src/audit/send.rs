//! Sends the audit log after sales, and now and then asks the hub whether it still has it.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::audit::stream::{self, Applied};
use crate::client::hub::{Client, HubError};
use crate::error::QueueError;
use crate::link::link_error::{self, Direction};
use crate::settings::hub_link::Address;
use crate::state::Replica;

/// Interval between questions whether the hub still has the log: it may have been restored.
const ASK_EVERY: Duration = Duration::from_secs(3_600);
/// Pause after the first failure; it doubles with each further one, at most [`MAX_DOUBLINGS`] times.
const PAUSE: Duration = Duration::from_secs(5);
const MAX_DOUBLINGS: u32 = 6;
/// Times that the hub may move the position in one run.
const MAX_MOVES: u32 = 3;

/// When the log is sent next.
#[derive(Debug)]
pub(crate) struct AuditSender {
    next_question: Instant,
    not_before: Instant,
    failures: u32,
}

impl AuditSender {
    /// Nothing is known about this hub yet.
    pub(crate) fn new(now: Instant) -> Self {
        Self { next_question: now, not_before: now, failures: 0 }
    }

    /// Sends what the hub does not have. A failure delays the next attempt and nothing else.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn send(
        &mut self,
        app: &Replica,
        client: &Client,
        address: &Address,
        stop: &CancellationToken,
    ) -> Result<(), QueueError> {
        let mut moves = 0;
        while !stop.is_cancelled() && self.not_before <= Instant::now() {
            let is_question = self.next_question <= Instant::now();
            if !is_question && !app.db.read(|tx| Ok::<_, QueueError>(stream::has_unsent(tx)?)).await? {
                return Ok(());
            }
            let outgoing = app.db.read(|tx| Ok::<_, QueueError>(stream::next(tx)?)).await?;
            let receipt = match client.send_audit(address, &outgoing.report).await {
                Ok(receipt) => receipt,
                Err(error) => return self.failed(app, &error).await,
            };
            let applied =
                app.db.write_background(move |tx| Ok::<_, QueueError>(stream::apply(tx, &outgoing, &receipt)?));
            if applied.await? == Applied::Moved {
                tracing::warn!("head office lacks events of the audit log; they are sent again");
                moves += 1;
            }
            link_error::clear(&app.db, &app.link, Direction::Audit).await?;
            self.failures = 0;
            self.next_question = Instant::now() + ASK_EVERY;
            if moves >= MAX_MOVES {
                self.not_before = Instant::now() + PAUSE;
            }
        }
        Ok(())
    }

    async fn failed(&mut self, app: &Replica, error: &HubError) -> Result<(), QueueError> {
        self.not_before = Instant::now() + PAUSE * 2_u32.pow(self.failures.min(MAX_DOUBLINGS));
        self.failures += 1;
        tracing::debug!(%error, "the audit log could not be sent to head office; trying again");
        link_error::store(&app.db, &app.link, Direction::Audit, error.is_refusal(), error.reason()).await
    }
}
