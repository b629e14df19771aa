//! One round: batches until the queue is empty, a failure, or the end of the process. While one batch is on its way the
//! next one is read.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use protocol::session::{Failure, Recovery};
use protocol::wire::{Answer, EntityRef, Position};
use sqlite::ReadRow;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use web::time;

use crate::batches::{Stored, waiting};
use crate::chain::{FORK, OTHER_EPOCH, chain, stop};
use crate::client::hub::{Client, HubError};
use crate::error::QueueError;
use crate::link::link_error;
use crate::link::link_error::Direction;
use crate::link::now_ms;
use crate::push::abandon::failed;
use crate::push::adopt::{Adopted, answered};
use crate::push::auto_retry::{refused_with_others, with_its_unit};
use crate::push::compose::{Composed, Plan, compose};
use crate::push::reply::Settled;
use crate::push::store::store;
use crate::settings::hub_link::{Address, cloud};
use crate::settings::key_origin::taken;
use crate::state::Replica;

/// A wait within a round; longer ones end it.
const SHORT_WAIT_MS: u64 = 600;
/// A batch that is made while rows keep changing is made small, inside one transaction.
const SMALL: usize = 50;
/// The hub standing elsewhere so often in a row is no progress.
const MAX_MOVES: u32 = 5;

/// What a round did.
#[derive(Debug, Default)]
pub struct Round {
    /// Items acknowledged.
    pub synced: usize,
    /// Items refused.
    pub refused: usize,
    /// Items that the hub has changed too: its version is to be read before they go again.
    pub conflicts: usize,
    /// Batches answered.
    pub batches: usize,
    /// Bytes sent.
    pub bytes: usize,
    /// Types of what was sent.
    pub types: BTreeSet<String>,
    /// Why it ended early.
    pub error: Option<String>,
}

impl Round {
    fn add(&mut self, settled: Settled) {
        self.synced += settled.synced;
        self.refused += settled.refused;
        self.conflicts += settled.conflicts;
        self.types.extend(settled.types);
    }
}

/// What happens after a batch was sent, or could not be.
enum Next {
    Go,
    End,
}

/// Drives one round.
pub struct Push<'a> {
    /// The outlet.
    pub app: &'a Replica,
    /// To the hub.
    pub client: &'a Client,
    /// Where it is.
    pub address: &'a Address,
    /// Ends the round early.
    pub stop: &'a CancellationToken,
    round: Round,
    moves: u32,
}

impl<'a> Push<'a> {
    /// A round to this hub.
    pub fn new(app: &'a Replica, client: &'a Client, address: &'a Address, stop: &'a CancellationToken) -> Self {
        Self { app, client, address, stop, round: Round::default(), moves: 0 }
    }

    /// Sends what waits: `first` on its own, then everything.
    pub async fn run(mut self, first: Vec<EntityRef>) -> Round {
        match self.drain(first).await {
            Ok(()) => {}
            Err(QueueError::Fault(fault)) => {
                tracing::warn!(%fault, "a sync round was interrupted; it goes on by itself");
                self.round.error = Some(fault.to_string());
            }
            Err(error) => {
                tracing::error!(%error, "the sync queue cannot be read; run 'gerai doctor'");
                self.round.error = Some(error.to_string());
            }
        }
        self.round
    }

    async fn drain(&mut self, mut first: Vec<EntityRef>) -> Result<(), QueueError> {
        if !self.app.db.read(|tx| Ok::<_, QueueError>(refused_with_others(tx)?)).await?.is_empty() {
            self.app.db.write_background(|tx| Ok::<_, QueueError>(with_its_unit(tx)?)).await?;
        }
        let mut stored = self.app.db.read(|tx| Ok::<_, QueueError>(waiting(tx)?)).await?;
        let mut ahead: Option<Composed> = None;
        while !self.stop.is_cancelled() && self.is_wanted().await? {
            let making = Instant::now();
            let (batch, more) = match stored.take() {
                Some(batch) => (batch, false),
                None => match self.make(&mut ahead, &mut first).await? {
                    Some(made) => made,
                    None => return Ok(()),
                },
            };
            let mut wrote = making.elapsed();
            let started = Instant::now();
            let (sent, read) = tokio::join!(self.send(&batch), self.read_ahead(&batch, more && first.is_empty()));
            self.round.bytes += batch.body.len();
            let next = match sent {
                Ok(answer) => {
                    let answered = Instant::now();
                    let stood = self.settle(answer).await?;
                    wrote += answered.elapsed();
                    ahead = read.filter(|_| matches!(&stood, Some(Adopted::Settled(settled)) if settled.refused == 0));
                    if matches!(&stood, Some(Adopted::Settled(_))) {
                        link_error::over(&self.app.db, &self.app.link, Direction::Push).await?;
                        taken(&self.app.db, self.address).await?;
                    }
                    self.answered(&batch, stood, started.elapsed())
                }
                Err(error) => {
                    let next = self.failed(&batch, error).await?;
                    stored = self.app.db.read(|tx| Ok::<_, QueueError>(waiting(tx)?)).await?;
                    next
                }
            };
            if matches!(next, Next::End) {
                return Ok(());
            }
            if more {
                self.rest(wrote).await;
            }
        }
        Ok(())
    }

    /// Leaves the writer to the tills, if there is anybody at them.
    async fn rest(&self, wrote: Duration) {
        let rest = self.app.link.session(|session| session.rest(wrote, now_ms()));
        if rest.is_zero() {
            return;
        }
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(rest) => {}
        }
    }

    /// Sync is on and goes to this hub: a long drain heeds other settings between two batches.
    async fn is_wanted(&self) -> Result<bool, QueueError> {
        let env = self.app.env.clone();
        let now = self.app.db.read(move |tx| Ok::<_, QueueError>(cloud(tx, &env)?)).await?;
        Ok(now.enabled && now.address().is_ok_and(|address| address == *self.address))
    }

    async fn send(&self, batch: &Stored) -> Result<Answer, HubError> {
        let pending = self
            .app
            .db
            .read(|tx| {
                Ok::<i64, QueueError>(
                    tx.query_row("select pending from sync_context where id = 1", [], |row| row.read(0))?,
                )
            })
            .await
            .unwrap_or_default();
        self.client.send(self.address, &batch.batch_id, &batch.body, pending).await
    }

    /// The batch after `batch`, as it will be if that one is accepted as it stands.
    async fn read_ahead(&self, batch: &Stored, more: bool) -> Option<Composed> {
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

    /// Stores the next batch; says too whether the queue holds more than fits in it.
    async fn make(
        &self,
        ahead: &mut Option<Composed>,
        first: &mut Vec<EntityRef>,
    ) -> Result<Option<(Stored, bool)>, QueueError> {
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
            match self.make_from_now(only, limit).await? {
                Made::Batch(stored, full) => return Ok(Some((stored, full))),
                Made::NothingToSend => {}
                Made::Empty if individual => {}
                Made::Empty => return Ok(None),
            }
        }
    }

    async fn make_from_now(&self, only: Option<EntityRef>, limit: usize) -> Result<Made, QueueError> {
        let again = only.clone();
        let read = self.app.db.read(move |tx| compose(tx, &plan(tx, limit, only)?)).await?;
        let Some(composed) = read else { return Ok(Made::Empty) };
        let full = composed.full;
        match self.app.db.write_background(move |tx| store(tx, &composed, time::now())).await {
            Ok(Some(stored)) => Ok(Made::Batch(stored, full)),
            Ok(None) => Ok(Made::NothingToSend),
            Err(QueueError::Stale) => self.make_inside(again, limit.min(SMALL)).await,
            Err(error) => Err(error),
        }
    }

    /// Rows kept changing while they were read: reads and stores in one transaction, a small batch.
    async fn make_inside(&self, only: Option<EntityRef>, limit: usize) -> Result<Made, QueueError> {
        self.app
            .db
            .write_background(move |tx| {
                let Some(composed) = compose(tx, &plan(tx, limit, only)?)? else { return Ok(Made::Empty) };
                Ok(match store(tx, &composed, time::now())? {
                    Some(stored) => Made::Batch(stored, composed.full),
                    None => Made::NothingToSend,
                })
            })
            .await
    }

    /// Acts on an answer; none when the hub knows this outlet in another life.
    async fn settle(&self, answer: Answer) -> Result<Option<Adopted>, QueueError> {
        self.app.link.works();
        self.app.db.write_background(move |tx| answered(tx, &answer, time::now())).await
    }

    fn answered(&mut self, batch: &Stored, stood: Option<Adopted>, took: Duration) -> Next {
        self.round.batches += 1;
        match stood {
            Some(Adopted::Settled(settled)) => {
                let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                self.app.link.session(|session| session.accepted(batch.item_count, took_ms));
                self.round.add(settled);
                self.round.error = None;
                self.moves = 0;
                Next::Go
            }
            Some(Adopted::Moved { lost }) => {
                tracing::warn!(lost, "the hub stands elsewhere in this outlet's chain; what it lacks is sent again");
                self.moves += 1;
                if self.moves > MAX_MOVES {
                    self.round.error = Some("The hub keeps standing elsewhere in this outlet's chain.".to_owned());
                    return Next::End;
                }
                Next::Go
            }
            Some(Adopted::Fork) => {
                tracing::error!(FORK);
                self.round.error = Some(FORK.to_owned());
                Next::End
            }
            None => {
                tracing::error!(OTHER_EPOCH);
                self.round.error = Some(OTHER_EPOCH.to_owned());
                Next::End
            }
        }
    }

    async fn failed(&mut self, batch: &Stored, error: HubError) -> Result<Next, QueueError> {
        let message = error.to_string();
        let (refused, code) = (error.is_refusal(), error.code().to_owned());
        self.round.error = Some(message.clone());
        let failure = match error {
            HubError::Denied { .. } => {
                tracing::error!(message, "the hub refuses this outlet; it is tried again by itself");
                Failure::Refused
            }
            HubError::OtherEpoch { .. } => {
                tracing::error!(message, "the hub knows this outlet in another life; run 'gerai enroll'");
                other_epoch(self.app, self.address, message.clone()).await?;
                Failure::Refused
            }
            HubError::Unreachable { retry_after_ms, .. } => Failure::Unreachable { retry_after_ms },
            HubError::Failed { .. } | HubError::TooLarge { .. } | HubError::NoCursor { .. } => {
                match self.client.ping(self.address).await {
                    Ok(()) => Failure::Batch { units: batch.units()? },
                    Err(HubError::Unreachable { retry_after_ms, .. }) => Failure::Unreachable { retry_after_ms },
                    Err(_) => Failure::Unreachable { retry_after_ms: None },
                }
            }
        };
        let (now, random) = (now_ms(), rand::random());
        let remedy = self.app.link.session(|session| session.failed(failure, now, random));
        link_error::store(&self.app.db, &self.app.link, Direction::Push, refused, &code, &message).await?;
        if matches!(failure, Failure::Batch { .. }) {
            self.apply(batch.clone(), remedy, message).await?;
        }
        let wait_ms = self.app.link.session(|session| session.ready_at_ms()).saturating_sub(now_ms());
        if refused || wait_ms > SHORT_WAIT_MS {
            return Ok(Next::End);
        }
        tokio::select! {
            () = self.stop.cancelled() => Ok(Next::End),
            () = tokio::time::sleep(Duration::from_millis(wait_ms)) => Ok(Next::Go),
        }
    }

    async fn apply(&self, batch: Stored, remedy: Recovery, words: String) -> Result<(), QueueError> {
        tracing::warn!(
            batch_no = batch.batch_no,
            items = batch.item_count,
            ?remedy,
            words,
            "a batch fails although the hub answers"
        );
        self.app.db.write_background(move |tx| failed(tx, &batch, remedy, &words, time::now())).await
    }
}

/// The next batch after where this database stands.
fn plan(tx: &sqlite::Transaction<'_>, limit: usize, only: Option<EntityRef>) -> Result<Plan, QueueError> {
    let chain = chain(tx)?;
    Ok(Plan { epoch: chain.epoch, after: chain.position, limit, only, batch_id: Uuid::now_v7().to_string() })
}

enum Made {
    /// Stored; and whether the queue holds more than fits in it.
    Batch(Stored, bool),
    /// What waited was edited back to what the hub has.
    NothingToSend,
    /// Nothing waits.
    Empty,
}

/// Stops until the outlet is enrolled again or the hub knows this life after all, unless that has happened since the hub was asked: then the answer is about
/// the life before.
pub(crate) async fn other_epoch(app: &Replica, asked: &Address, message: String) -> Result<(), QueueError> {
    let (env, asked) = (app.env.clone(), asked.clone());
    app.db
        .write_background(move |tx| {
            if cloud(tx, &env)?.address().is_ok_and(|now| now == asked) {
                stop(tx, "epoch", &message)?;
            }
            Ok(())
        })
        .await
}
