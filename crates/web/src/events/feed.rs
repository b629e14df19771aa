//! A numbered feed of changes for event streams: a bounded ring in memory, from which each stream reads at its own pace.
//!
//! An event names what has changed, never the data: the reader asks for it, with its own rights. A reader that
//! reconnects with the id of its last event gets what it missed. If that is no longer known, because the server was
//! restarted, the ring has moved on or another program has written to the database, it gets `reset`: read everything
//! again. Readers never delay writers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::response::sse::Event;
use serde::Serialize;
use tokio::sync::watch;

use crate::time;

/// Ids in one event; of more, the event says only that the topic has changed.
pub const MAX_IDS: usize = 200;
/// Remembered changes: hours of a busy shop.
const MAX_CHANGES: usize = 4_096;
/// Remembered ids, all changes together.
const MAX_REMEMBERED_IDS: usize = 40_000;
/// Changes of other topics after which a reader gets the new position alone, so that it need not be reset when it returns.
const POSITION_EVERY: u64 = 1_000;
/// A browser reconnects after this time.
const RETRY: Duration = Duration::from_secs(1);

/// A change as an event names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The event's name.
    pub topic: &'static str,
    /// Type of the changed entities; `None`: any.
    pub entity_type: Option<&'static str>,
    /// Their ids; `None`: unknown or too many, read the topic again.
    pub ids: Option<Vec<String>>,
}

/// The feed. Cheap to clone; clones share the state.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Distinguishes the numbers of this process from those of an earlier one.
    process: u64,
    ring: Arc<Mutex<Ring>>,
    newest: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Ring {
    /// The number of the newest change; the first one is 1.
    newest: u64,
    /// The last changes; `None`: anything may have changed.
    changes: VecDeque<Option<Change>>,
    ids: usize,
}

impl Ring {
    fn push(&mut self, change: Option<Change>) {
        self.newest += 1;
        self.ids += ids(change.as_ref());
        self.changes.push_back(change);
        while self.changes.len() > MAX_CHANGES || self.ids > MAX_REMEMBERED_IDS {
            let Some(oldest) = self.changes.pop_front() else { return };
            self.ids -= ids(oldest.as_ref());
        }
    }

    /// The changes after number `at`; `None` if they are no longer known.
    fn after(&self, at: u64) -> Option<impl Iterator<Item = &Change>> {
        let missed = usize::try_from(self.newest.checked_sub(at)?).ok()?;
        let start = self.changes.len().checked_sub(missed)?;
        let missed = self.changes.range(start..);
        let is_known = missed.clone().all(Option::is_some);
        is_known.then(|| missed.flatten())
    }
}

fn ids(change: Option<&Change>) -> usize {
    change.and_then(|change| change.ids.as_ref()).map_or(0, Vec::len)
}

impl Default for Feed {
    fn default() -> Self {
        Self { process: rand::random(), ring: Arc::default(), newest: watch::Sender::new(0) }
    }
}

impl Feed {
    /// Adds changes; they were committed before.
    pub fn push(&self, changes: impl IntoIterator<Item = Change>) {
        self.push_all(changes.into_iter().map(|change| Some(bounded(change))));
    }

    /// Anything may have changed: every reader gets `reset`.
    pub fn reset(&self) {
        self.push_all([None]);
    }

    fn push_all(&self, changes: impl IntoIterator<Item = Option<Change>>) {
        let newest = {
            let mut ring = self.lock();
            changes.into_iter().for_each(|change| ring.push(change));
            ring.newest
        };
        self.newest.send_if_modified(|known| std::mem::replace(known, newest) != newest);
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A reader of these topics, from the event with `last_id` on. Its first event is `hello`, with the server's time
    /// and this version, so that a page notices a wrong clock and an upgrade.
    #[must_use]
    pub fn subscribe(&self, topics: Vec<&'static str>, last_id: Option<&str>, version: &str) -> Reader {
        let newest = self.newest.subscribe();
        let now = self.lock().newest;
        let resumed_at = last_id.map(|id| self.number(id).filter(|number| *number <= now));
        let at = match resumed_at {
            Some(Some(number)) => number,
            _ => now,
        };
        let mut reader = Reader { feed: self.clone(), topics, newest, at, named: at, waiting: VecDeque::new() };
        let hello = serde_json::json!({"server_time": time::text(time::now()), "version": version});
        reader.waiting.push_back(self.event("hello", at).retry(RETRY).data(hello.to_string()));
        match resumed_at {
            Some(None) => reader.waiting.push_back(self.event("reset", at).data("{}")),
            Some(Some(_)) => reader.read(),
            None => {}
        }
        reader
    }

    fn event(&self, name: &str, number: u64) -> Event {
        Event::default().event(name).id(self.id(number))
    }

    fn id(&self, number: u64) -> String {
        format!("{:x}-{number}", self.process)
    }

    /// The number of an event's id; `None` if another process or another server made it.
    fn number(&self, id: &str) -> Option<u64> {
        let (process, number) = id.split_once('-')?;
        (u64::from_str_radix(process, 16) == Ok(self.process)).then(|| number.parse().ok())?
    }
}

/// A reader of a feed.
#[derive(Debug)]
pub struct Reader {
    feed: Feed,
    topics: Vec<&'static str>,
    newest: watch::Receiver<u64>,
    /// The number of the last change that was read.
    at: u64,
    /// The position that the client knows from the last event.
    named: u64,
    waiting: VecDeque<Event>,
}

impl Reader {
    /// Waits until something has changed, in any topic.
    pub async fn changed(&mut self) {
        // The feed is a field of the reader, so the sender exists.
        let _ = self.newest.changed().await;
    }

    /// The next event that is already known.
    pub fn next_event(&mut self) -> Option<Event> {
        if self.waiting.is_empty() {
            self.read();
        }
        self.waiting.pop_front()
    }

    /// Reads all changes since the last ones, one event for each topic and type. Only the last event has the new
    /// position: a reader that disconnects between them gets the others again.
    fn read(&mut self) {
        let (merged, newest) = {
            let ring = self.feed.lock();
            if ring.newest == self.at {
                return;
            }
            let merged = ring.after(self.at).map(|changes| {
                let mut merged: Vec<Change> = Vec::new();
                for change in changes.filter(|change| self.topics.contains(&change.topic)) {
                    merge(&mut merged, change);
                }
                merged
            });
            (merged, ring.newest)
        };
        self.at = newest;
        let Some(merged) = merged else {
            self.named = newest;
            self.waiting.push_back(self.feed.event("reset", newest).data("{}"));
            return;
        };
        if merged.is_empty() && newest - self.named < POSITION_EVERY {
            return;
        }
        let before = std::mem::replace(&mut self.named, newest);
        if merged.is_empty() {
            // Without data, a client only stores the id.
            self.waiting.push_back(Event::default().id(self.feed.id(newest)));
        }
        let last = merged.len().saturating_sub(1);
        for (place, change) in merged.into_iter().enumerate() {
            let number = if place == last { newest } else { before };
            let data = serde_json::to_string(&change).unwrap_or_default();
            self.waiting.push_back(self.feed.event(change.topic, number).data(data));
        }
    }
}

fn bounded(change: Change) -> Change {
    Change { ids: change.ids.filter(|ids| ids.len() <= MAX_IDS), ..change }
}

/// Adds a change to those of the same topic and type, each id once.
fn merge(merged: &mut Vec<Change>, change: &Change) {
    let is_same = |known: &&mut Change| (known.topic, known.entity_type) == (change.topic, change.entity_type);
    let Some(known) = merged.iter_mut().find(is_same) else { return merged.push(change.clone()) };
    known.ids = match (known.ids.take(), &change.ids) {
        (Some(mut ids), Some(more)) => {
            for id in more {
                if !ids.contains(id) {
                    ids.push(id.clone());
                }
            }
            (ids.len() <= MAX_IDS).then_some(ids)
        }
        _ => None,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(topic: &'static str, id: &str) -> Change {
        Change { topic, entity_type: Some("thing"), ids: Some(vec![id.to_owned()]) }
    }

    /// Names and data of all known events. The tests of the servers read them from a stream.
    fn texts(reader: &mut Reader) -> Vec<String> {
        std::iter::from_fn(|| reader.next_event()).map(|event| format!("{event:?}")).collect()
    }

    fn resumed(feed: &Feed, at: u64) -> Reader {
        let mut reader = feed.subscribe(vec!["orders"], Some(&format!("{:x}-{at}", feed.process)), "1");
        reader.waiting.pop_front();
        reader
    }

    #[test]
    fn changes_of_a_topic_are_merged_and_others_left_out() {
        let feed = Feed::default();
        let mut reader = feed.subscribe(vec!["orders", "catalog"], None, "1");
        assert_eq!(texts(&mut reader).len(), 1, "hello");
        feed.push([change("orders", "a"), change("tables", "t"), change("orders", "b"), change("orders", "a")]);
        feed.push([change("catalog", "p")]);
        let found = texts(&mut reader);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains(r#"\"ids\":[\"a\",\"b\"]"#), "{found:?}");
        assert!(found[0].contains("-0") && found[1].contains("-5"), "only the last one has the position: {found:?}");
        assert_eq!(texts(&mut reader), Vec::<String>::new());
    }

    #[test]
    fn a_reader_that_returns_gets_what_it_missed_or_a_reset() {
        let feed = Feed::default();
        feed.push((0..10).map(|n| change("orders", &n.to_string())));
        let missed = texts(&mut resumed(&feed, 8));
        assert!(missed.len() == 1 && missed[0].contains(r#"[\"8\",\"9\"]"#), "{missed:?}");
        assert!(texts(&mut resumed(&feed, 10)).is_empty(), "it has missed nothing");
        for unknown in [format!("{:x}-11", feed.process), "0-1".to_owned(), "".to_owned(), "1".to_owned()] {
            let mut reader = feed.subscribe(vec!["orders"], Some(&unknown), "1");
            let found = texts(&mut reader);
            assert!(found.len() == 2 && found[1].contains("reset"), "{unknown}: {found:?}");
        }
        feed.reset();
        feed.push([change("orders", "x")]);
        let after_reset = texts(&mut resumed(&feed, 9));
        assert!(after_reset.len() == 1 && after_reset[0].contains("reset"), "{after_reset:?}");
        assert_eq!(texts(&mut resumed(&feed, 11)).len(), 1, "the change after the reset is known");
    }

    #[test]
    fn the_ring_is_bounded_and_a_slow_reader_is_reset() {
        let feed = Feed::default();
        let mut slow = feed.subscribe(vec!["orders"], None, "1");
        slow.waiting.clear();
        feed.push((0..MAX_CHANGES + 1).map(|n| change("orders", &n.to_string())));
        let found = texts(&mut slow);
        assert!(found.len() == 1 && found[0].contains("reset"), "{found:?}");
        let many = |_| Change { ids: Some(vec![String::new(); MAX_IDS]), ..change("orders", "") };
        feed.push((0..MAX_CHANGES).map(many));
        let ring = feed.lock();
        assert!(ring.ids <= MAX_REMEMBERED_IDS && ring.changes.len() <= MAX_CHANGES);
        assert_eq!(ring.ids, ring.changes.iter().map(|change| ids(change.as_ref())).sum::<usize>());
    }

    #[test]
    fn a_reader_of_a_quiet_topic_gets_its_position() {
        let feed = Feed::default();
        let mut reader = feed.subscribe(vec!["orders"], None, "1");
        reader.waiting.clear();
        let mut found = Vec::new();
        for n in 0..=POSITION_EVERY {
            feed.push([change("tables", &n.to_string())]);
            found.extend(texts(&mut reader));
        }
        assert!(found.len() == 1 && found[0].contains("-1000") && !found[0].contains("data"), "{found:?}");
    }

    #[test]
    fn too_many_ids_become_none() {
        let feed = Feed::default();
        let mut reader = feed.subscribe(vec!["orders"], None, "1");
        reader.waiting.clear();
        feed.push((0..=MAX_IDS).map(|n| change("orders", &n.to_string())));
        let found = texts(&mut reader);
        assert!(found.len() == 1 && found[0].contains(r#"\"ids\":null"#), "{found:?}");
        feed.push([Change { ids: Some(vec![String::new(); MAX_IDS + 1]), ..change("orders", "") }]);
        let found = texts(&mut reader);
        assert!(found.len() == 1 && found[0].contains(r#"\"ids\":null"#), "one change with too many: {found:?}");
    }
}
