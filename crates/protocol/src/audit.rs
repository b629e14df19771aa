//! The audit log: who did what at an outlet. Its events form chains, one for each life of the outlet's database: an event
//! has a hash over the hash of the event before and over its own text.
//!
//! A changed event does not give its hash any more, a missing one leaves a gap in the numbers, and an inserted one stands
//! between two events that fit each other. Who can write the database can write a new chain as well, but not the one that
//! head office already has.

pub use domain::audit::{AuditAction, BreakKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// An event, before it has a place in a chain.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// When, RFC 3339 UTC.
    pub at: String,
    /// The business date at the outlet.
    pub business_date: String,
    /// What was done.
    pub action: AuditAction,
    /// Who did it: a user's id, or `terminal`. None before anybody is known, as when a device is paired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<String>,
    /// Who approved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The paired device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// The entity that it was done to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_type: Option<String>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity_id: Option<String>,
    /// Figures, for people. No PIN, key or token.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
}

impl Event {
    /// The text that is stored, sent and hashed. It is never composed again from its parts.
    #[must_use]
    pub fn body(&self) -> String {
        // Texts and numbers always give JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The fields that changed, with their values before and after; empty if none did. What did not exist before or does not
/// exist after has no side. Versions and warnings are no values.
#[must_use]
pub fn difference(before: Option<&Value>, after: Option<&Value>) -> Map<String, Value> {
    const NO_VALUES: [&str; 3] = ["id", "version", "warnings"];
    let fields = |side: Option<&Value>| side.and_then(Value::as_object).cloned();
    let (old, new) = (fields(before), fields(after));
    let value = |side: &Option<Map<String, Value>>, name: &str| {
        side.as_ref().and_then(|fields| fields.get(name)).cloned().unwrap_or_default()
    };
    let is_changed = |name: &str| !NO_VALUES.contains(&name) && value(&old, name) != value(&new, name);
    let mut changed = Map::new();
    for (name, side, other) in [("before", &old, &new), ("after", &new, &old)] {
        let (Some(fields), is_alone) = (side, other.is_none()) else { continue };
        let names = fields.keys().chain(other.iter().flat_map(Map::keys).filter(|name| !fields.contains_key(*name)));
        let values = names.filter(|name| is_changed(name)).map(|name| (name.clone(), value(side, name)));
        let values: Map<_, _> = values.filter(|(_, value)| !is_alone || !value.is_null()).collect();
        if !values.is_empty() {
            changed.insert(name.to_owned(), values.into());
        }
    }
    changed
}

/// The hash that the first event of a chain continues.
#[must_use]
pub fn first_hash(chain_id: &str) -> String {
    hex(Sha256::digest(chain_id.as_bytes()).as_slice())
}

/// The hash of an event.
#[must_use]
pub fn hash(prev_hash: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(prev_hash.as_bytes());
    hash.update(b"\n");
    hash.update(body);
    hex(hash.finalize().as_slice())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A place in a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AuditPosition))]
pub struct Position {
    /// The life of the outlet's database.
    pub chain_id: String,
    /// Consecutive from 1 in a chain.
    pub n: i64,
    /// The event's hash.
    pub hash: String,
}

/// An event of a chain, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AuditEvent))]
pub struct Link {
    /// Its place.
    #[serde(flatten)]
    pub position: Position,
    /// The hash of the event before.
    pub prev_hash: String,
    /// The event as JSON, exactly as hashed.
    pub body: String,
}

/// The first place at which a chain is not whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AuditBreak))]
pub struct Break {
    /// The chain.
    pub chain_id: String,
    /// The event.
    pub n: i64,
    /// What is wrong with it.
    pub kind: BreakKind,
}

/// Walks the events of one chain in the order of their numbers.
#[derive(Debug, Clone)]
pub struct Walk {
    /// The number and hash of the last event.
    last: (i64, String),
    /// The hash that it continues.
    before: String,
}

impl Walk {
    /// Before the first event.
    #[must_use]
    pub fn new(chain_id: &str) -> Self {
        Self { last: (0, first_hash(chain_id)), before: String::new() }
    }

    /// The next event: its number, the hash that it continues, its hash and its text. Returns the number and kind of a
    /// break.
    #[must_use]
    pub fn step(&mut self, n: i64, prev_hash: &str, hash: &str, body: &[u8]) -> Option<(i64, BreakKind)> {
        let found = self.check(n, prev_hash, hash, body);
        self.before = std::mem::replace(&mut self.last, (n, hash.to_owned())).1;
        found
    }

    fn check(&self, n: i64, prev_hash: &str, hash: &str, body: &[u8]) -> Option<(i64, BreakKind)> {
        let (last, last_hash) = &self.last;
        if n <= *last {
            return Some((n, BreakKind::Inserted));
        }
        if n > last + 1 {
            return Some((last + 1, BreakKind::Missing));
        }
        if self::hash(prev_hash, body) != hash {
            return Some((n, BreakKind::Changed));
        }
        if prev_hash == last_hash {
            return None;
        }
        // The event fits the one before the last one, so the last one does not belong there.
        let is_inserted = *last > 0 && prev_hash == self.before;
        // This event is the one that was written: the last one was given another text and a hash for it.
        Some(if is_inserted { (*last, BreakKind::Inserted) } else { ((*last).max(1), BreakKind::Changed) })
    }
}

/// Maximum events in one request.
pub const MAX_EVENTS: usize = 200;
/// Bytes of texts after which a request is full.
pub const REQUEST_BYTES: usize = 256 << 10;
/// Maximum bytes of an event's text that are sent. The outlet writes shorter ones; a longer one was put there by hand.
pub const MAX_BODY_BYTES: usize = 64 << 10;
/// Maximum characters of a hash or of a chain's id that are sent.
pub const MAX_KEY_CHARS: usize = 128;

/// Events of an outlet, in the order in which it wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AuditReport))]
pub struct Report {
    /// The outlet's epoch.
    pub epoch_id: String,
    /// The event before the first of these; null: there is none.
    #[serde(default)]
    pub after: Option<Position>,
    /// At most 200. None: the outlet only asks for the hub's position.
    pub events: Vec<Link>,
}

/// What the hub has of an outlet's audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AuditReceipt))]
pub struct Receipt {
    /// The last event of the report. If the hub lacks the event before the report, it has stored nothing, and this is the
    /// event after which the outlet has to send; null: all.
    pub position: Option<Position>,
    /// The first break that the hub has found in the outlet's log.
    #[serde(default)]
    pub broken: Option<Break>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(texts: &[&str]) -> Vec<Link> {
        let mut prev_hash = first_hash("c");
        let mut links = Vec::new();
        for (body, n) in texts.iter().zip(1..) {
            let hash = hash(&prev_hash, body.as_bytes());
            let position = Position { chain_id: "c".to_owned(), n, hash: hash.clone() };
            links.push(Link { position, prev_hash: std::mem::replace(&mut prev_hash, hash), body: (*body).to_owned() });
        }
        links
    }

    fn first_break(links: &[Link]) -> Option<(i64, BreakKind)> {
        let mut walk = Walk::new("c");
        links
            .iter()
            .find_map(|link| walk.step(link.position.n, &link.prev_hash, &link.position.hash, link.body.as_bytes()))
    }

    fn rehash(link: &mut Link) {
        link.position.hash = hash(&link.prev_hash, link.body.as_bytes());
    }

    #[test]
    fn a_chain_as_it_was_written_is_whole() {
        assert_eq!(first_break(&chain(&[])), None);
        assert_eq!(first_break(&chain(&["a", "b", "c"])), None);
    }

    #[test]
    fn a_changed_event_is_named_also_with_a_new_hash() {
        let mut links = chain(&["a", "b", "c"]);
        links[1].body = "B".to_owned();
        assert_eq!(first_break(&links), Some((2, BreakKind::Changed)));
        rehash(&mut links[1]);
        assert_eq!(first_break(&links), Some((2, BreakKind::Changed)), "the next event does not continue it");
        let mut links = chain(&["a", "b"]);
        links[0].body = "A".to_owned();
        rehash(&mut links[0]);
        assert_eq!(first_break(&links), Some((1, BreakKind::Changed)));
    }

    #[test]
    fn a_missing_event_is_named_by_its_number() {
        let mut links = chain(&["a", "b", "c"]);
        links.remove(1);
        assert_eq!(first_break(&links), Some((2, BreakKind::Missing)));
        let mut links = chain(&["a", "b", "c"]);
        links.remove(0);
        assert_eq!(first_break(&links), Some((1, BreakKind::Missing)));
    }

    #[test]
    fn a_missing_event_shows_also_if_the_later_ones_are_numbered_again() {
        let mut links = chain(&["a", "b", "c", "d"]);
        links.remove(1);
        for (link, n) in links.iter_mut().zip(1..) {
            link.position.n = n;
        }
        assert_eq!(first_break(&links), Some((1, BreakKind::Changed)));
        let mut links = chain(&["a", "b"]);
        links.remove(0);
        links[0].position.n = 1;
        assert_eq!(first_break(&links), Some((1, BreakKind::Changed)));
    }

    #[test]
    fn an_inserted_event_is_named_also_with_a_fitting_hash() {
        let mut links = chain(&["a", "b", "c"]);
        let mut inserted = links[1].clone();
        inserted.body = "x".to_owned();
        rehash(&mut inserted);
        links.insert(1, inserted);
        assert_eq!(first_break(&links), Some((2, BreakKind::Inserted)), "two events have one number");
        for (link, n) in links.iter_mut().zip(1..) {
            link.position.n = n;
        }
        assert_eq!(first_break(&links), Some((2, BreakKind::Inserted)));
    }

    #[test]
    fn the_events_of_one_chain_are_no_other_chain() {
        let mut walk = Walk::new("other");
        let first = &chain(&["a"])[0];
        let found = walk.step(1, &first.prev_hash, &first.position.hash, first.body.as_bytes());
        assert_eq!(found, Some((1, BreakKind::Changed)));
    }

    #[test]
    fn hashes_are_sha_256_in_hexadecimal() {
        assert_eq!(first_hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hash("a", b"bc"), hex(Sha256::digest(b"a\nbc").as_slice()));
    }

    #[test]
    fn a_text_has_what_is_known_in_a_fixed_order() {
        let event = Event {
            at: "2026-11-30T01:02:03.000Z".to_owned(),
            business_date: "2026-11-30".to_owned(),
            action: AuditAction::OrderVoided,
            actor_id: Some("u".to_owned()),
            approved_by: None,
            session: None,
            device_id: None,
            entity_type: Some("order".to_owned()),
            entity_id: Some("o".to_owned()),
            data: Map::from_iter([("total".to_owned(), 5.into())]),
        };
        let expected = r#"{"at":"2026-11-30T01:02:03.000Z","business_date":"2026-11-30","action":"order_voided","actor_id":"u","entity_type":"order","entity_id":"o","data":{"total":5}}"#;
        assert_eq!(event.body(), expected);
    }

    #[test]
    fn a_difference_has_only_the_fields_that_changed() {
        let before = serde_json::json!({"id": "i", "name": "a", "price": 1, "version": 1, "note": null});
        let after = serde_json::json!({"id": "i", "name": "a", "price": 2, "version": 2, "image": "x"});
        let changed = serde_json::json!({"before": {"image": null, "price": 1}, "after": {"image": "x", "price": 2}});
        assert_eq!(Value::from(difference(Some(&before), Some(&after))), changed);
        assert!(difference(Some(&before), Some(&before)).is_empty());
        let all = serde_json::json!({"name": "a", "price": 1});
        assert_eq!(Value::from(difference(None, Some(&before))), serde_json::json!({"after": all}));
        assert_eq!(Value::from(difference(Some(&before), None)), serde_json::json!({"before": all}));
    }
}
