//! Sends due webhooks, several at once: wakes when a stream grows, an attempt ends or a waiting time is over.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use store::{Fault, Tx};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use web::time;

use super::EndpointState;
use super::claim::claim;
use super::due::due;
use super::handles::Webhooks;
use super::message::message;
use super::post::{Outcome, Poster};
use super::record::record;

/// Maximum number of concurrent attempts.
const MAX_ATTEMPTS: usize = 8;
/// Maximum number of concurrent retries, so that endpoints that do not answer delay no other.
const MAX_RETRIES: usize = 4;
/// Interval of checks without a hint: another process may have set an endpoint or made a change.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);
/// Hints within this time count as one.
const MIN_BETWEEN: Duration = Duration::from_millis(100);

#[derive(Clone)]
struct Sender {
    webhooks: Webhooks,
    poster: Arc<Poster>,
    first_tries: Arc<Semaphore>,
    retries: Arc<Semaphore>,
}

/// Runs until `stop`, which aborts a running attempt; any node repeats it.
pub(crate) async fn run(state: Webhooks, stop: CancellationToken) {
    let sender = Sender::of(&state);
    // Created before the first read, so that no change between reading and waiting is missed.
    let mut grown = state.hints.listen_to_all();
    let mut tries = JoinSet::new();
    let mut busy: HashMap<String, AbortHandle> = HashMap::new();
    while !stop.is_cancelled() {
        busy.retain(|_, try_| !try_.is_finished());
        let pause = match sender.due(time::now()).await {
            Ok((outlets, pause)) => {
                for (outlet_id, failures) in outlets {
                    if let Entry::Vacant(place) = busy.entry(outlet_id) {
                        let (sender, to) = (sender.clone(), place.key().clone());
                        place.insert(tries.spawn(async move { sender.deliver(&to, failures, time::now).await }));
                    }
                }
                pause
            }
            Err(error) => {
                tracing::warn!(%error, "cannot read the webhooks; retrying");
                CHECK_INTERVAL
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            // This task owns the sending half, so there is no error.
            _ = grown.changed() => {}
            Some(_) = tries.join_next() => {}
            () = tokio::time::sleep(pause) => {}
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(MIN_BETWEEN) => {}
        }
    }
    tries.shutdown().await;
}

/// Sends all hints that are due at `now`, one after the other.
pub(crate) async fn send_due(state: &Webhooks, now: Timestamp) -> Result<(), Fault> {
    let sender = Sender::of(state);
    for (outlet_id, failures) in sender.due(now).await?.0 {
        sender.deliver(&outlet_id, failures, || now).await;
    }
    Ok(())
}

impl Sender {
    fn of(state: &Webhooks) -> Self {
        Self {
            webhooks: state.clone(),
            poster: Arc::new(Poster::new(state.allow_private)),
            first_tries: Arc::new(Semaphore::new(MAX_ATTEMPTS)),
            retries: Arc::new(Semaphore::new(MAX_RETRIES)),
        }
    }

    /// Outlets whose endpoint is due, with their failures, and the time until the next check.
    async fn due(&self, now: Timestamp) -> Result<(HashMap<String, i64>, Duration), Fault> {
        let found = self.webhooks.store.read(move |tx| due(tx, now)).await?;
        let next = found.next.and_then(|at| at.parse::<Timestamp>().ok());
        let wait = next.map_or(CHECK_INTERVAL, |at| Duration::try_from(at.duration_since(now)).unwrap_or_default());
        Ok((found.now, wait.min(CHECK_INTERVAL)))
    }

    /// One attempt, with the current heads.
    async fn deliver(&self, outlet_id: &str, failures: i64, now: impl Fn() -> Timestamp) {
        let pool = if failures == 0 { &self.first_tries } else { &self.retries };
        let Ok(turn) = pool.acquire().await else { return };
        let tried = self.try_once(outlet_id.to_owned(), now).await;
        drop(turn);
        if let Err(error) = tried {
            tracing::warn!(outlet_id, %error, "cannot record the result of a webhook; retrying");
            // The endpoint is still due: wait, so that a full disk does not make the hub post continuously.
            tokio::time::sleep(CHECK_INTERVAL).await;
        }
    }

    async fn try_once(&self, outlet_id: String, now: impl Fn() -> Timestamp) -> Result<(), Fault> {
        let at = now();
        let about = outlet_id.clone();
        let take = move |tx: &mut Tx<'_>| {
            let message = message(tx, &about, at)?;
            if message.is_some() && !claim(tx, &about, at)? {
                return Ok(None);
            }
            Ok::<_, Fault>(message)
        };
        let Some(message) = self.webhooks.store.write(take).await? else { return Ok(()) };
        let outcome = self.poster.post(&message, at).await;
        self.webhooks.counters.webhook(match &outcome {
            Outcome::Delivered => "delivered",
            Outcome::Gone => "gone",
            Outcome::Failed { .. } => "failed",
        });
        let (at, random) = (now(), rand::random());
        let state = self.webhooks.store.write(move |tx| record(tx, &message, &outcome, at, random)).await?;
        match state {
            Some(EndpointState::Failing) => {
                tracing::warn!(outlet_id, "a webhook has failed for three days; retrying once a day");
            }
            Some(EndpointState::Gone) => {
                tracing::warn!(outlet_id, "a webhook answered 410; retrying once a day")
            }
            Some(EndpointState::Active | EndpointState::Unknown) | None => {}
        }
        Ok(())
    }
}
