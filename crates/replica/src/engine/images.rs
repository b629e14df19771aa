//! Exchanges files of images with the hub: fetches those that products name and that are not here, and sends those that
//! the hub lacks. Sales and updates never wait for it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use web::image::Image;

use crate::client::hub::{Client, HubError};
use crate::error::QueueError;
use crate::settings::hub_link::Address;
use crate::state::Replica;
use crate::{images, push};

/// Minimum interval between two looks without files to exchange.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Interval of the question what the hub lacks, if there are no new files here: a restored hub lacks old ones.
const ASK_EVERY: Duration = Duration::from_secs(3_600);
/// Pause after the first request for a file that the hub does not have either: the outlet that has it may be about to send it.
/// The pause doubles with each further request, at most [`MAX_DOUBLINGS`] times.
const RETRY_AFTER: Duration = Duration::from_secs(2);
const MAX_DOUBLINGS: u32 = 8;
/// Pause after a failure.
const PAUSE: Duration = Duration::from_secs(60);
/// Files in one direction between two looks at the queue.
const FILES: usize = 10;

/// What is known of the hub's files.
#[derive(Debug)]
pub(crate) struct ImageExchange {
    next_look: Instant,
    next_question: Instant,
    /// The newest file here when the hub last lacked nothing.
    newest_sent: Option<i64>,
    /// Hashes that the hub did not have.
    absent: BTreeMap<String, Absent>,
}

/// A file that the hub did not have.
#[derive(Debug, Clone, Copy)]
struct Absent {
    requests: u32,
    retry_at: Instant,
}

impl Absent {
    /// After one more request in vain.
    fn again(before: Option<Self>, now: Instant) -> Self {
        let requests = before.map_or(0, |before| before.requests);
        let pause = RETRY_AFTER * 2_u32.pow(requests.min(MAX_DOUBLINGS));
        Self { requests: requests.saturating_add(1), retry_at: now + pause }
    }
}

/// What is to be exchanged.
struct View {
    missing: Vec<String>,
    newest: Option<i64>,
    /// Whether the hub has all products that name a file.
    is_pushed: bool,
}

impl ImageExchange {
    /// Nothing is known of this hub's files.
    pub(crate) fn new(now: Instant) -> Self {
        Self { next_look: now, next_question: now, newest_sent: None, absent: BTreeMap::new() }
    }

    /// Exchanges some files if that is due. A failure delays the next attempt and nothing else.
    pub(crate) async fn step(&mut self, app: &Replica, client: &Client, address: &Address) {
        let now = Instant::now();
        if self.next_look > now {
            return;
        }
        self.next_look = now + LOOK_EVERY;
        if let Err(error) = self.exchange(app, client, address, now).await {
            self.next_look = now + PAUSE;
            tracing::debug!(%error, "images could not be exchanged with head office; trying again");
        }
    }

    async fn exchange(
        &mut self,
        app: &Replica,
        client: &Client,
        address: &Address,
        now: Instant,
    ) -> Result<(), ExchangeError> {
        let view = app.db.read(|tx| {
            let (missing, newest) = (images::missing(tx)?, images::newest(tx)?);
            Ok::<_, QueueError>(View { missing, newest, is_pushed: push::pending(tx)? == 0 })
        });
        let view = view.await?;
        self.absent.retain(|hash, _| view.missing.contains(hash));
        let is_due = |hash: &String| self.absent.get(hash).is_none_or(|absent| absent.retry_at <= now);
        let missing: Vec<_> = view.missing.into_iter().filter(is_due).collect();
        for hash in missing.iter().take(FILES) {
            match client.image(address, hash).await? {
                Some(image) => {
                    app.db.write_background(move |tx| images::store(tx, &image)).await.map_err(QueueError::from)?
                }
                None => {
                    let absent = Absent::again(self.absent.get(hash).copied(), now);
                    self.absent.insert(hash.clone(), absent);
                }
            }
        }
        if missing.len() > FILES {
            self.next_look = now;
        }
        // The hub wants a file once it has the product that names it.
        if view.is_pushed && (view.newest != self.newest_sent || self.next_question <= now) {
            self.send_wanted(app, client, address, view.newest, now).await?;
        }
        Ok(())
    }

    async fn send_wanted(
        &mut self,
        app: &Replica,
        client: &Client,
        address: &Address,
        newest: Option<i64>,
        now: Instant,
    ) -> Result<(), ExchangeError> {
        let wanted = client.wanted_images(address).await?.wanted;
        let here = app.db.read(move |tx| {
            let found = wanted.iter().filter_map(|hash| images::find(tx, hash).transpose());
            found.take(FILES).collect::<Result<Vec<Image>, _>>()
        });
        let here = here.await.map_err(QueueError::from)?;
        for image in &here {
            client.send_image(address, image).await?;
        }
        if here.len() == FILES {
            self.next_look = now;
        } else {
            (self.newest_sent, self.next_question) = (newest, now + ASK_EVERY);
        }
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
enum ExchangeError {
    #[error(transparent)]
    Hub(#[from] HubError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_the_hub_lacks_is_requested_again_soon_and_then_rarely() {
        let now = Instant::now();
        let mut absent = None;
        let mut pauses = Vec::new();
        for _ in 0..10 {
            let next = Absent::again(absent, now);
            pauses.push(next.retry_at.duration_since(now).as_secs());
            absent = Some(next);
        }
        assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 512, 512]);
    }
}
