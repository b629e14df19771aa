//! Events for the pages of head office: something of a topic has changed. An event has ids at most and no data; a page
//! reads again what it shows.
//!
//! Each node has a [`Feed`] in memory. An event of another node of the hub has no ids.

pub(crate) mod http;

use std::collections::{BTreeMap, BTreeSet};

use protocol::entity::{self, Owner};
use protocol::wire::Batch;
use web::events::feed::{self, Feed, Reader};

use crate::streams::Hints;
use crate::version::VERSION;

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

/// Prefix of a topic among the hints to other nodes; no stream begins like this.
const TO_NODES: &str = "hq:";

/// A change of entities of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    topic: Topic,
    /// Name of the declaration, or `outlet`; `None`: any.
    entity_type: Option<&'static str>,
    /// `None`: any of them may have changed.
    ids: Option<Vec<String>>,
}

impl Change {
    /// A change of these entities.
    pub(crate) fn of(topic: Topic, entity_type: &'static str, ids: impl IntoIterator<Item = String>) -> Self {
        Self { topic, entity_type: Some(entity_type), ids: Some(ids.into_iter().collect()) }
    }

    /// A change of any entities of a type.
    pub(crate) fn of_any(topic: Topic, entity_type: &'static str) -> Self {
        Self { topic, entity_type: Some(entity_type), ids: None }
    }

    /// A change of an outlet.
    pub(crate) fn outlet(outlet_id: &str) -> Self {
        Self::of(Topic::Outlets, "outlet", [outlet_id.to_owned()])
    }

    fn any(topic: Topic) -> Self {
        Self { topic, entity_type: None, ids: None }
    }
}

impl From<Change> for feed::Change {
    fn from(Change { topic, entity_type, ids }: Change) -> Self {
        Self { topic: topic.as_str(), entity_type, ids }
    }
}

/// The events of this node. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(crate) struct Events {
    feed: Feed,
    hints: Hints,
}

impl Events {
    pub(crate) fn new(hints: Hints) -> Self {
        Self { feed: Feed::default(), hints }
    }

    /// Publishes changes on this node and, without ids, on the others. Call it after the commit.
    pub(crate) fn publish(&self, changes: impl IntoIterator<Item = Change>) {
        let changes: Vec<_> = changes.into_iter().collect();
        let topics: BTreeSet<_> = changes.iter().map(|change| change.topic).collect();
        self.store(changes);
        for topic in topics {
            self.hints.forward(format!("{TO_NODES}{}", topic.as_str()));
        }
    }

    /// Publishes a hint of another node on this one; false if the hint is about a stream.
    pub(crate) fn receive(&self, hint: &str) -> bool {
        let Some(topic) = hint.strip_prefix(TO_NODES) else { return false };
        self.store(Topic::parse(topic).map(Change::any));
        true
    }

    /// Hints of other nodes were lost: anything may have changed.
    pub(crate) fn missed(&self) {
        self.store(Topic::ALL.map(Change::any));
    }

    fn store(&self, changes: impl IntoIterator<Item = Change>) {
        self.feed.push(changes.into_iter().map(feed::Change::from));
    }

    /// A reader of these topics, from the event with `last_id` on.
    fn subscribe(&self, topics: &[Topic], last_id: Option<&str>) -> Reader {
        self.feed.subscribe(topics.iter().map(|topic| topic.as_str()).collect(), last_id, VERSION)
    }
}

/// The changes that a batch of an outlet makes.
pub(crate) fn of_batch(outlet_id: &str, batch: &Batch<'_>) -> Vec<Change> {
    let mut ids = BTreeMap::<(Topic, &'static str), Vec<String>>::new();
    for item in &batch.items {
        let Some(entity) = entity::find(&item.entity_type) else { continue };
        let topic = match (entity.name, entity.owner) {
            ("order" | "refund" | "shift", _) => Topic::Sales,
            ("conflict", _) => Topic::Conflicts,
            (_, Owner::Both) => Topic::Catalog,
            _ => continue,
        };
        ids.entry((topic, entity.name)).or_default().push(item.entity_id.to_string());
    }
    let changes = ids.into_iter().map(|((topic, entity_type), ids)| Change::of(topic, entity_type, ids));
    [Change::outlet(outlet_id)].into_iter().chain(changes).collect()
}

/// The change of a shared entity by head office.
pub(crate) fn of_entity(entity_type: &'static str, id: &str) -> Change {
    let topic = if matches!(entity_type, "resolution" | "decision") { Topic::Conflicts } else { Topic::Catalog };
    Change::of(topic, entity_type, [id.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events after `hello`, as the feed writes them.
    fn texts(reader: &mut Reader) -> Vec<String> {
        std::iter::from_fn(|| reader.next_event()).map(|event| format!("{event:?}")).collect()
    }

    #[test]
    fn a_hint_of_another_node_is_an_event_without_ids() {
        let events = Events::new(Hints::default());
        let mut reader = events.subscribe(&[Topic::Catalog, Topic::Sales], None);
        assert_eq!(texts(&mut reader).len(), 1, "hello");
        events.publish([Change::of(Topic::Sales, "order", ["a".to_owned()]), Change::outlet("o")]);
        assert!(events.receive("hq:catalog") && events.receive("hq:newer") && !events.receive("catalog"));
        let found = texts(&mut reader);
        assert!(found.len() == 2 && found[0].contains(r#"[\"a\"]"#), "{found:?}");
        assert!(found[1].contains(r#"\"entity_type\":null,\"ids\":null"#), "{found:?}");
        events.missed();
        assert_eq!(texts(&mut reader).len(), 2, "one of each topic");
    }
}
