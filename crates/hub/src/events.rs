//! Events for the pages of head office: something of a topic has changed. An event has ids at most and no data; a page
//! reads again what it shows.
//!
//! Events are numbered and stored in the memory of each node, the newest only. A page that was away continues after the
//! last event that it received, if the node still has the next one; otherwise it must read everything again. An event
//! of another node of the hub has no ids.

pub(crate) mod http;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use protocol::entity::{self, Owner};
use protocol::wire::Batch;
use serde::Serialize;
use tokio::sync::watch;
use utoipa::ToSchema;

use crate::streams::Hints;

/// What pages listen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    /// Outlets: contact, presence, position, and commands of head office about them.
    Outlets,
    /// Orders that outlets sent.
    Sales,
    /// Conflicts and decisions about them.
    Conflicts,
    /// Shared entities, such as products and prices.
    Catalog,
}

impl Topic {
    const ALL: [Self; 4] = [Self::Outlets, Self::Sales, Self::Conflicts, Self::Catalog];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Outlets => "outlets",
            Self::Sales => "sales",
            Self::Conflicts => "conflicts",
            Self::Catalog => "catalog",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == word)
    }
}

/// More ids than this mean "all of the topic".
const MAX_IDS: usize = 200;
/// Stored events: minutes of a busy chain.
const MAX_EVENTS: usize = 5_000;
/// Prefix of a topic among the hints to other nodes; no stream begins like this.
const TO_NODES: &str = "hq:";

/// A change of entities of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub topic: Topic,
    /// Name of the declaration, or `outlet`; none if the type is unknown.
    pub entity_type: Option<String>,
    /// None: any of them may have changed.
    pub ids: Option<Vec<String>>,
}

impl Change {
    /// A change of these entities.
    pub(crate) fn of(topic: Topic, entity_type: &str, ids: impl IntoIterator<Item = String>) -> Self {
        Self { topic, entity_type: Some(entity_type.to_owned()), ids: Some(ids.into_iter().collect()) }
    }

    /// A change of any entities of a type.
    pub(crate) fn of_any(topic: Topic, entity_type: &str) -> Self {
        Self { topic, entity_type: Some(entity_type.to_owned()), ids: None }
    }

    /// A change of an outlet.
    pub(crate) fn outlet(outlet_id: &str) -> Self {
        Self::of(Topic::Outlets, "outlet", [outlet_id.to_owned()])
    }
}

/// The data of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct EventData {
    topic: &'static str,
    /// `outlet`, `order`, `conflict`, `product` and so on; null: any.
    entity_type: Option<String>,
    /// At most 200 ids; null: any.
    ids: Option<Vec<String>>,
}

/// The events of this node. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(crate) struct Events(Arc<Inner>);

struct Inner {
    /// Distinguishes the numbers of this node from those of others, and of earlier starts.
    node: String,
    stored: Mutex<VecDeque<(u64, Change)>>,
    /// The number of the newest event.
    newest: watch::Sender<u64>,
    hints: Hints,
}

impl Events {
    pub(crate) fn new(hints: Hints) -> Self {
        let node = format!("{:016x}", rand::random::<u64>());
        Self(Arc::new(Inner { node, stored: Mutex::default(), newest: watch::Sender::new(0), hints }))
    }

    /// Tells the pages of this node and of others. Call it after the commit.
    pub(crate) fn publish(&self, changes: impl IntoIterator<Item = Change>) {
        let mut topics = BTreeSet::new();
        for change in changes {
            topics.insert(change.topic);
            self.store(change);
        }
        for topic in topics {
            self.0.hints.forward(format!("{TO_NODES}{}", topic.as_str()));
        }
    }

    /// Tells the pages of this node of a hint from another one; false if the hint is about a stream.
    pub(crate) fn receive(&self, hint: &str) -> bool {
        let Some(topic) = hint.strip_prefix(TO_NODES) else { return false };
        if let Some(topic) = Topic::parse(topic) {
            self.store(Change { topic, entity_type: None, ids: None });
        }
        true
    }

    /// Hints of other nodes were lost: anything may have changed.
    pub(crate) fn missed(&self) {
        Topic::ALL.into_iter().for_each(|topic| self.store(Change { topic, entity_type: None, ids: None }));
    }

    fn store(&self, change: Change) {
        let mut stored = self.0.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let n = *self.0.newest.borrow() + 1;
        stored.push_back((n, change));
        if stored.len() > MAX_EVENTS {
            stored.pop_front();
        }
        self.0.newest.send_replace(n);
    }

    /// Changes whenever there is a new event.
    fn listen(&self) -> watch::Receiver<u64> {
        self.0.newest.subscribe()
    }

    /// The id of an event.
    fn id(&self, n: u64) -> String {
        format!("{}-{n}", self.0.node)
    }

    /// The number of an event of this node that the next ones are stored of.
    fn number(&self, id: &str) -> Option<u64> {
        let (node, n) = id.split_once('-')?;
        let n = n.parse().ok().filter(|_| node == self.0.node)?;
        let stored = self.0.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = *self.0.newest.borrow();
        let oldest = stored.front().map_or(newest + 1, |(n, _)| *n);
        (n <= newest && n + 1 >= oldest).then_some(n)
    }

    /// The events after this number, those of one topic and type as one; and the newest number. None if some are no
    /// longer stored.
    fn after(&self, n: u64, topics: &BTreeSet<Topic>) -> Option<(u64, Vec<EventData>)> {
        let stored = self.0.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = *self.0.newest.borrow();
        if stored.front().is_some_and(|(oldest, _)| n + 1 < *oldest) {
            return None;
        }
        let mut merged = BTreeMap::<(Topic, Option<String>), Option<BTreeSet<String>>>::new();
        let new = stored.iter().filter(|(no, change)| *no > n && topics.contains(&change.topic));
        for (_, Change { topic, entity_type, ids }) in new {
            let all = merged.entry((*topic, entity_type.clone())).or_insert_with(|| Some(BTreeSet::new()));
            match (all.as_mut(), ids) {
                (Some(all), Some(ids)) => all.extend(ids.iter().cloned()),
                _ => *all = None,
            }
        }
        let events = merged.into_iter().map(|((topic, entity_type), ids)| EventData {
            topic: topic.as_str(),
            entity_type,
            ids: ids.filter(|ids| ids.len() <= MAX_IDS).map(|ids| ids.into_iter().collect()),
        });
        Some((newest, events.collect()))
    }
}

/// The changes that a batch of an outlet makes.
pub(crate) fn of_batch(outlet_id: &str, batch: &Batch<'_>) -> Vec<Change> {
    let mut ids = BTreeMap::<(Topic, &str), Vec<String>>::new();
    for item in &batch.items {
        let topic = match (item.entity_type.as_ref(), entity::find(&item.entity_type).map(|entity| entity.owner)) {
            ("order", _) => Topic::Sales,
            ("conflict", _) => Topic::Conflicts,
            (_, Some(Owner::Both)) => Topic::Catalog,
            _ => continue,
        };
        ids.entry((topic, item.entity_type.as_ref())).or_default().push(item.entity_id.to_string());
    }
    let changes = ids.into_iter().map(|((topic, entity_type), ids)| Change::of(topic, entity_type, ids));
    changes.chain([Change::outlet(outlet_id)]).collect()
}

/// The change of a shared entity by head office.
pub(crate) fn of_entity(entity_type: &str, id: &str) -> Change {
    let topic = if matches!(entity_type, "resolution" | "decision") { Topic::Conflicts } else { Topic::Catalog };
    Change::of(topic, entity_type, [id.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events() -> Events {
        Events::new(Hints::default())
    }

    fn all() -> BTreeSet<Topic> {
        BTreeSet::from(Topic::ALL)
    }

    fn ids(found: Option<(u64, Vec<EventData>)>) -> Vec<String> {
        let (newest, events) = found.unwrap();
        let text = |event: &EventData| {
            let ids = event.ids.as_ref().map_or("all".to_owned(), |ids| ids.join(","));
            format!("{newest} {} {} {ids}", event.topic, event.entity_type.as_deref().unwrap_or("any"))
        };
        events.iter().map(text).collect()
    }

    #[test]
    fn changes_of_one_type_become_one_event() {
        let events = events();
        let order = |id: &str| Change::of(Topic::Sales, "order", [id.to_owned()]);
        events.publish([order("b"), order("a"), order("b"), Change::outlet("o")]);
        assert_eq!(ids(events.after(0, &all())), ["4 outlets outlet o", "4 sales order a,b"]);
        assert_eq!(ids(events.after(3, &all())), ["4 outlets outlet o"]);
        assert_eq!(ids(events.after(0, &BTreeSet::from([Topic::Catalog]))), [""; 0]);
        events.publish([Change::of(Topic::Sales, "order", (0..MAX_IDS).map(|n| n.to_string()))]);
        assert_eq!(ids(events.after(0, &BTreeSet::from([Topic::Sales]))), ["5 sales order all"]);
        assert!(events.receive("hq:catalog") && events.receive("hq:newer") && !events.receive("catalog"));
        assert_eq!(ids(events.after(5, &all())), ["6 catalog any all"]);
    }

    #[test]
    fn a_page_continues_only_where_every_event_is_stored() {
        let events = events();
        let id = events.id(0);
        assert_eq!(events.number(&id), Some(0));
        for n in 0..=MAX_EVENTS {
            events.publish([Change::outlet(&n.to_string())]);
        }
        assert_eq!((events.number(&id), events.after(0, &all())), (None, None), "the first event is no longer stored");
        assert_eq!(events.number(&events.id(1)), Some(1));
        let newest = u64::try_from(MAX_EVENTS).unwrap() + 1;
        assert_eq!(events.number(&events.id(newest)), Some(newest));
        for unknown in [events.id(newest + 1), format!("other-{newest}"), String::new(), "x-y".to_owned()] {
            assert_eq!(events.number(&unknown), None, "{unknown}");
        }
    }
}
