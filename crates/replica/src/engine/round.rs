//! One round: batches until the queue is empty, a failure, or shutdown. While one batch is in flight, the next one is
//! read.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use protocol::session::{Failure, Recovery};
use protocol::wire::{Answer, EntityRef, Position};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use web::messages::{Reason, ReasonCode};
use web::time;

use crate::batches::{StoredBatch, in_flight};
use crate::chain::{chain, stop};
use crate::client::hub::{Client, HubError};
use crate::error::QueueError;
use crate::history::Delays;
use crate::link::link_error;
use crate::link::link_error::Direction;
use crate::link::now_ms;
use crate::push;
use crate::push::abandon::recover;
use crate::push::adopt::{Adopted, apply_answer};
use crate::push::auto_retry::{rejected_with_unit, requeue_rejected_with_unit};
use crate::push::compose::{Composed, Plan, compose};
use crate::push::reply::ReplyCounts;
use crate::push::store::store;
use crate::settings::hub_link::{Address, hub_link};
use crate::settings::key_origin::bind_key;
use crate::state::Replica;

/// A longer wait ends the round.
const SHORT_WAIT_MS: u64 = 600;
/// Items in a batch that is composed within one transaction because rows keep changing.
const SMALL_BATCH: usize = 50;
/// Consecutive position changes of the hub after which the round ends.
const MAX_POSITION_CHANGES: u32 = 5;

/// Result of a round.
#[derive(Debug, Default)]
pub struct Round {
    /// Acknowledged items.
    pub synced: usize,
    /// Rejected items.
    pub rejected: usize,
    /// Items that the hub has changed too: its version has to be read before they are sent again.
    pub conflicts: usize,
    /// Answered batches.
    pub batches: usize,
    /// Bytes sent.
    pub bytes: usize,
    /// Types of the entities sent.
    pub types: BTreeSet<String>,
    /// Times from the changes until the hub acknowledged them.
    pub delays: Delays,
    /// Why it ended early.
    pub error: Option<Reason>,
}

impl Round {
    fn add(&mut self, counts: ReplyCounts) {
        self.synced += counts.synced;
        self.rejected += counts.rejected;
        self.conflicts += counts.conflicts;
        self.types.extend(counts.types);
        self.delays.merge(&counts.delays);
    }
}

/// The next step after an attempt to send.
enum Next {
    Continue,
    End,
}

/// Runs one round.
pub struct Push<'a> {
    /// The outlet.
    pub app: &'a Replica,
    /// Client of the hub.
    pub client: &'a Client,
    /// Address of the hub.
    pub address: &'a Address,
    /// Ends the round early.
    pub stop: &'a CancellationToken,
    round: Round,
    position_changes: u32,
}

impl<'a> Push<'a> {
    /// A round to this hub.
    pub fn new(app: &'a Replica, client: &'a Client, address: &'a Address, stop: &'a CancellationToken) -> Self {
        Self { app, client, address, stop, round: Round::default(), position_changes: 0 }
    }

    /// Sends what is pending: `first` as individual pushes, then everything.
    pub async fn run(mut self, first: Vec<EntityRef>) -> Round {
        match self.drain(first).await {
            Ok(()) => {}
            Err(error) => {
                match &error {
                    QueueError::Fault(fault) => {
                        tracing::warn!(%fault, "a sync round was interrupted; it continues later")
                    }
                    error => tracing::error!(%error, "the sync queue cannot be read; run 'gerai doctor'"),
                }
                self.round.error = Some(error.reason());
            }
        }
        self.round
    }

    async fn drain(&mut self, mut first: Vec<EntityRef>) -> Result<(), QueueError> {
        if !self.app.db.read(|tx| Ok::<_, QueueError>(rejected_with_unit(tx)?)).await?.is_empty() {
            self.app.db.write_background(|tx| Ok::<_, QueueError>(requeue_rejected_with_unit(tx)?)).await?;
        }
        let mut stored = self.app.db.read(|tx| Ok::<_, QueueError>(in_flight(tx)?)).await?;
        let mut ahead: Option<Composed> = None;
        while !self.stop.is_cancelled() && self.is_still_wanted().await? {
            let compose_started = Instant::now();
            let (batch, more) = match stored.take() {
                Some(batch) => (batch, false),
                None => match self.next_batch(&mut ahead, &mut first).await? {
                    Some(next) => next,
                    None => return Ok(()),
                },
            };
            let mut write_time = compose_started.elapsed();
            let started = Instant::now();
            let (sent, read) = tokio::join!(self.send(&batch), self.read_ahead(&batch, more && first.is_empty()));
            self.round.bytes += batch.body.len();
            let next = match sent {
                Ok(answer) => {
                    let received = Instant::now();
                    let adopted = self.apply_answer(answer).await?;
                    write_time += received.elapsed();
                    ahead = read
                        .filter(|_| matches!(&adopted, Some(Adopted::Acknowledged(counts)) if counts.rejected == 0));
                    if matches!(&adopted, Some(Adopted::Acknowledged(_))) {
                        link_error::clear(&self.app.db, &self.app.link, Direction::Push).await?;
                        bind_key(&self.app.db, self.address).await?;
                    }
                    self.after_answer(&batch, adopted, started.elapsed())
                }
                Err(error) => {
                    let next = self.after_failure(&batch, error).await?;
                    stored = self.app.db.read(|tx| Ok::<_, QueueError>(in_flight(tx)?)).await?;
                    next
                }
            };
            if matches!(next, Next::End) {
                return Ok(());
            }
            if more {
                self.rest(write_time).await;
            }
        }
        Ok(())
    }

    /// Leaves the writer to the tills while they are active.
    async fn rest(&self, write_time: Duration) {
        let rest = self.app.link.session(|session| session.rest(write_time, now_ms()));
        if rest.is_zero() {
            return;
        }
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(rest) => {}
        }
    }

    /// Whether sync is on and goes to this hub: a long round obeys changed settings between two batches.
    async fn is_still_wanted(&self) -> Result<bool, QueueError> {
        let env = self.app.env.clone();
        let current = self.app.db.read(move |tx| Ok::<_, QueueError>(hub_link(tx, &env)?)).await?;
        Ok(current.enabled && current.address().is_ok_and(|address| address == *self.address))
    }

    async fn send(&self, batch: &StoredBatch) -> Result<Answer, HubError> {
        let items = i64::try_from(batch.item_count).unwrap_or(i64::MAX);
        // The hub ignores a negative number.
        let pending = self.app.db.read(move |tx| push::pending_after(tx, items)).await.unwrap_or(-1);
        self.client.send(self.address, &batch.batch_id, &batch.body, pending).await
    }

    /// The batch after `batch`, provided that all of `batch` is accepted.
    async fn read_ahead(&self, batch: &StoredBatch, more: bool) -> Option<Composed> {
        if !more {
            return None;
        }
        let after = Position { batch_no: batch.batch_no, batch_id: Some(batch.batch_id.clone()) };
        let limit = self.app.link.session(|session| session.limit(now_ms()));
        let read = self.app.db.read(move |tx| {
            let epoch = chain(tx)?.epoch;
            compose(tx, &Plan { epoch, after, limit, only: None, batch_id: Uuid::now_v7().to_string() })
        });
        read.await.ok().flatten()
    }

    /// Stores the next batch; also returns whether the queue has more than fits.
    async fn next_batch(
        &self,
        ahead: &mut Option<Composed>,
        first: &mut Vec<EntityRef>,
    ) -> Result<Option<(StoredBatch, bool)>, QueueError> {
        if let Some(composed) = ahead.take() {
            let full = composed.full;
            match self.app.db.write_background(move |tx| store(tx, &composed, time::now())).await {
                Ok(Some(stored)) => return Ok(Some((stored, full))),
                Ok(None) | Err(QueueError::Stale) => {}
                Err(error) => return Err(error),
            }
        }
        loop {
            let only = first.pop();
            let individual = only.is_some();
            let limit = self.app.link.session(|session| session.limit(now_ms()));
            match self.compose_and_store(only, limit).await? {
                NextBatch::Batch(stored, full) => return Ok(Some((stored, full))),
                NextBatch::NothingToSend => {}
                NextBatch::Empty if individual => {}
                NextBatch::Empty => return Ok(None),
            }
        }
    }

    async fn compose_and_store(&self, only: Option<EntityRef>, limit: usize) -> Result<NextBatch, QueueError> {
        let same_entity = only.clone();
        let read = self.app.db.read(move |tx| compose(tx, &plan(tx, limit, only)?)).await?;
        let Some(composed) = read else { return Ok(NextBatch::Empty) };
        let full = composed.full;
        match self.app.db.write_background(move |tx| store(tx, &composed, time::now())).await {
            Ok(Some(stored)) => Ok(NextBatch::Batch(stored, full)),
            Ok(None) => Ok(NextBatch::NothingToSend),
            Err(QueueError::Stale) => self.compose_in_transaction(same_entity, limit.min(SMALL_BATCH)).await,
            Err(error) => Err(error),
        }
    }

    /// Reads and stores a small batch in one transaction, because rows changed while they were read.
    async fn compose_in_transaction(&self, only: Option<EntityRef>, limit: usize) -> Result<NextBatch, QueueError> {
        self.app
            .db
            .write_background(move |tx| {
                let Some(composed) = compose(tx, &plan(tx, limit, only)?)? else { return Ok(NextBatch::Empty) };
                Ok(match store(tx, &composed, time::now())? {
                    Some(stored) => NextBatch::Batch(stored, composed.full),
                    None => NextBatch::NothingToSend,
                })
            })
            .await
    }

    /// Applies an answer; `None` if the hub has another epoch of this outlet.
    async fn apply_answer(&self, answer: Answer) -> Result<Option<Adopted>, QueueError> {
        self.app.link.note_active();
        self.app.db.write_background(move |tx| apply_answer(tx, &answer, time::now())).await
    }

    fn after_answer(&mut self, batch: &StoredBatch, adopted: Option<Adopted>, took: Duration) -> Next {
        self.round.batches += 1;
        match adopted {
            Some(Adopted::Acknowledged(counts)) => {
                let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                self.app.link.session(|session| session.accepted(batch.item_count, took_ms));
                self.round.add(counts);
                self.round.error = None;
                self.position_changes = 0;
                Next::Continue
            }
            Some(Adopted::Requeued { lost }) => {
                tracing::warn!(
                    lost,
                    "the hub's last accepted batch differs from ours; items that it lacks are sent again"
                );
                self.position_changes += 1;
                if self.position_changes > MAX_POSITION_CHANGES {
                    self.round.error = Some(ReasonCode::PositionUnstable.into());
                    return Next::End;
                }
                Next::Continue
            }
            Some(Adopted::Fork) => self.stopped(ReasonCode::Fork),
            None => self.stopped(ReasonCode::EpochMismatch),
        }
    }

    fn stopped(&mut self, code: ReasonCode) -> Next {
        let reason = Reason::from(code);
        tracing::error!(%reason, "pushing stops");
        self.round.error = Some(reason);
        Next::End
    }

    async fn after_failure(&mut self, batch: &StoredBatch, error: HubError) -> Result<Next, QueueError> {
        let (refused, reason) = (error.is_refusal(), error.reason().clone());
        self.round.error = Some(reason.clone());
        let failure = match error {
            HubError::Denied { .. } => {
                tracing::error!(%reason, "the hub refuses this outlet; retrying later");
                Failure::Refused
            }
            HubError::OtherEpoch { .. } => {
                tracing::error!(%reason, "the hub has another epoch of this outlet; run 'gerai enroll'");
                other_epoch(self.app, self.address, reason.clone()).await?;
                Failure::Refused
            }
            HubError::Unreachable { retry_after_ms, .. } => Failure::Unreachable { retry_after_ms },
            HubError::Failed { .. } | HubError::TooLarge { .. } | HubError::InvalidCursor { .. } => {
                match self.client.ping(self.address).await {
                    Ok(()) => Failure::Batch { units: batch.units()? },
                    Err(HubError::Unreachable { retry_after_ms, .. }) => Failure::Unreachable { retry_after_ms },
                    Err(_) => Failure::Unreachable { retry_after_ms: None },
                }
            }
        };
        let (now, random) = (now_ms(), rand::random());
        let recovery = self.app.link.session(|session| session.failed(failure, now, random));
        link_error::store(&self.app.db, &self.app.link, Direction::Push, refused, &reason).await?;
        if matches!(failure, Failure::Batch { .. }) {
            self.recover(batch.clone(), recovery, reason).await?;
        }
        let wait_ms = self.app.link.session(|session| session.ready_at_ms()).saturating_sub(now_ms());
        if refused || wait_ms > SHORT_WAIT_MS {
            return Ok(Next::End);
        }
        tokio::select! {
            () = self.stop.cancelled() => Ok(Next::End),
            () = tokio::time::sleep(Duration::from_millis(wait_ms)) => Ok(Next::Continue),
        }
    }

    async fn recover(&self, batch: StoredBatch, recovery: Recovery, reason: Reason) -> Result<(), QueueError> {
        tracing::warn!(
            batch_no = batch.batch_no,
            items = batch.item_count,
            ?recovery,
            %reason,
            "a batch fails although the hub answers"
        );
        self.app.db.write_background(move |tx| recover(tx, &batch, recovery, &reason, time::now())).await
    }
}

/// A batch after the current position.
fn plan(tx: &sqlite::Transaction<'_>, limit: usize, only: Option<EntityRef>) -> Result<Plan, QueueError> {
    let chain = chain(tx)?;
    Ok(Plan { epoch: chain.epoch, after: chain.position, limit, only, batch_id: Uuid::now_v7().to_string() })
}

enum NextBatch {
    /// A stored batch, and whether the queue has more than fits.
    Batch(StoredBatch, bool),
    /// The pending rows match the hub's version again.
    NothingToSend,
    /// Nothing is pending.
    Empty,
}

/// Stops until the outlet enrolls or the hub knows this epoch after all. Does nothing if the outlet has enrolled since
/// the request, since the answer is about the previous epoch then.
pub(crate) async fn other_epoch(app: &Replica, requested_address: &Address, reason: Reason) -> Result<(), QueueError> {
    let (env, requested_address) = (app.env.clone(), requested_address.clone());
    app.db
        .write_background(move |tx| {
            if hub_link(tx, &env)?.address().is_ok_and(|current| current == requested_address) {
                stop(tx, &reason)?;
            }
            Ok(())
        })
        .await
}
