//! Remembers webhook ids, so that replaying a recorded message has no effect.
//!
//! In memory only: after a restart, a message of the last minutes could be replayed, and would make the outlet ask the
//! hub once more.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longer than a signature is valid: five minutes in each direction.
const RETENTION: Duration = Duration::from_secs(15 * 60);
/// Maximum number of ids. Only signed messages are remembered, so only the hub can fill this.
const MAX_IDS: usize = 10_000;

/// The ids of the last minutes, oldest first; hashed, so that each is small.
#[derive(Debug, Default)]
pub struct WebhookIds(Mutex<Ids>);

#[derive(Debug, Default)]
struct Ids {
    known: HashSet<String>,
    by_age: VecDeque<(Instant, String)>,
}

impl WebhookIds {
    /// Whether this id is new; it is remembered.
    pub fn is_new(&self, id: &str, now: Instant) -> bool {
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_expired = |ids: &Ids| {
            let oldest = ids.by_age.front();
            oldest.is_some_and(|(at, _)| ids.by_age.len() > MAX_IDS || now.saturating_duration_since(*at) > RETENTION)
        };
        let id = web::secret::digest(&[id.as_bytes()]);
        let is_new = !ids.known.contains(&id);
        if is_new {
            ids.known.insert(id.clone());
            ids.by_age.push_back((now, id));
        }
        while is_expired(&ids) {
            if let Some((_, id)) = ids.by_age.pop_front() {
                ids.known.remove(&id);
            }
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_for_fifteen_minutes() {
        let (ids, start) = (WebhookIds::default(), Instant::now());
        assert!(ids.is_new("a", start) && ids.is_new("b", start));
        assert!(!ids.is_new("a", start + RETENTION), "its signature is still valid");
        assert!(ids.is_new("c", start + RETENTION + Duration::from_secs(1)), "and it evicts a and b");
        assert!(ids.is_new("a", start + RETENTION + Duration::from_secs(2)));
    }

    #[test]
    fn the_number_of_remembered_ids_is_bounded() {
        let (ids, now) = (WebhookIds::default(), Instant::now());
        for n in 0..MAX_IDS * 2 {
            assert!(ids.is_new(&n.to_string(), now));
        }
        let ids = ids.0.lock().unwrap();
        assert_eq!((ids.known.len(), ids.by_age.len()), (MAX_IDS, MAX_IDS));
    }
}
