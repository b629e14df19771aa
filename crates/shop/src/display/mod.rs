//! Customer displays: each shows what its till has published last. Nothing is stored: after a restart the tills publish again.

pub mod http;
mod view;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

pub use view::View;

/// A till publishes until this long after a display last asked for it: a display that is there asks every half minute.
const FOLLOWED: Duration = Duration::from_secs(90);

/// What a till has published.
#[derive(Debug, Clone, Default)]
pub struct Published {
    /// Its number since the start of the server; 0: nothing yet.
    pub version: u64,
    /// What to show; `None`: nothing was published, so the display greets.
    pub view: Option<Arc<View>>,
}

/// What each till has published, and who follows it. At most one entry for each till that displays have asked for.
#[derive(Debug, Default)]
pub struct Displays(Mutex<HashMap<String, Slot>>);

#[derive(Debug, Default)]
struct Slot {
    published: watch::Sender<Published>,
    asked_at: Option<Instant>,
}

impl Displays {
    /// Publishes what a till shows its guest. Returns whether a display follows it; if none does, nothing is stored.
    pub fn publish(&self, till: &str, view: View, now: Instant) -> bool {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = slots.get(till) else { return false };
        if !slot.is_followed(now) {
            slots.remove(till);
            return false;
        }
        slot.published.send_modify(|published| {
            published.version = published.version.saturating_add(1);
            published.view = Some(Arc::new(view));
        });
        true
    }

    /// Whether a display follows a till.
    pub fn is_followed(&self, till: &str, now: Instant) -> bool {
        let slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get(till).is_some_and(|slot| slot.is_followed(now))
    }

    /// Follows a till: what it has published, now and from now on.
    pub fn follow(&self, till: &str, now: Instant) -> watch::Receiver<Published> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry(till.to_owned()).or_default();
        slot.asked_at = Some(now);
        slot.published.subscribe()
    }
}

impl Slot {
    fn is_followed(&self, now: Instant) -> bool {
        self.asked_at.is_some_and(|at| now.saturating_duration_since(at) < FOLLOWED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_till_is_followed_until_its_display_is_gone() {
        let (displays, start) = (Displays::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(!displays.publish("t", View::default(), at(0)) && !displays.is_followed("t", at(0)));
        let mut seen = displays.follow("t", at(1));
        assert_eq!(seen.borrow_and_update().version, 0);
        assert!(displays.publish("t", View::default(), at(2)) && displays.is_followed("t", at(2)));
        assert!(seen.has_changed().unwrap());
        assert_eq!(seen.borrow_and_update().version, 1);
        assert!(!displays.publish("other", View::default(), at(2)));
        assert!(!displays.publish("t", View::default(), at(91)));
        assert!(seen.has_changed().is_err(), "the entry is gone");
    }

    #[test]
    fn a_display_that_comes_later_sees_what_was_published() {
        let (displays, now) = (Displays::default(), Instant::now());
        drop(displays.follow("t", now));
        displays.publish("t", View { total: Some(5_000), ..View::default() }, now);
        let published = displays.follow("t", now).borrow().clone();
        assert_eq!((published.version, published.view.unwrap().total), (1, Some(5_000)));
    }
}
