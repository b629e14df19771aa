//! Which webhooks came before: a recorded one that is sent again has no effect.
//!
//! In memory only. After a restart a message of the last minutes could be played once more, and would make the outlet
//! ask the hub once more.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longer than a signature is believed: five minutes ahead of our clock and five behind.
const FOR: Duration = Duration::from_secs(15 * 60);
/// Ids remembered at most. Only signed ones come here, so none but a hub of ours can fill it.
const MAX: usize = 10_000;

/// The ids of the last minutes, oldest first; hashed, so that each is small.
#[derive(Debug, Default)]
pub struct Seen(Mutex<Ids>);

#[derive(Debug, Default)]
struct Ids {
    known: HashSet<String>,
    by_age: VecDeque<(Instant, String)>,
}

impl Seen {
    /// Whether this id comes for the first time; it is remembered.
    pub fn is_new(&self, id: &str, now: Instant) -> bool {
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |ids: &Ids| {
            let oldest = ids.by_age.front();
            oldest.is_some_and(|(at, _)| ids.by_age.len() > MAX || now.saturating_duration_since(*at) > FOR)
        };
        let id = web::secret::digest(&[id.as_bytes()]);
        let is_new = !ids.known.contains(&id);
        if is_new {
            ids.known.insert(id.clone());
            ids.by_age.push_back((now, id));
        }
        while is_over(&ids) {
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
        let (seen, began) = (Seen::default(), Instant::now());
        assert!(seen.is_new("a", began) && seen.is_new("b", began));
        assert!(!seen.is_new("a", began + FOR), "it would still be believed");
        assert!(seen.is_new("c", began + FOR + Duration::from_secs(1)), "and a and b are forgotten with it");
        assert!(seen.is_new("a", began + FOR + Duration::from_secs(2)));
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let (seen, now) = (Seen::default(), Instant::now());
        for n in 0..MAX * 2 {
            assert!(seen.is_new(&n.to_string(), now));
        }
        let ids = seen.0.lock().unwrap();
        assert_eq!((ids.known.len(), ids.by_age.len()), (MAX, MAX));
    }
}
