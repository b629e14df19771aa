//! Customer displays: each shows what its till has published last, the code of a payment only for some minutes. Nothing is stored:
//! after a restart the tills publish again.

pub mod http;
mod view;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout;

pub use view::View;
use view::ViewQris;

use crate::qris::SHOWN;

/// A till publishes until this long after a display last asked for it: a display that is there asks every half minute.
const FOLLOWED: Duration = Duration::from_secs(90);

/// What a till has published.
#[derive(Debug, Clone, Default)]
pub struct Published {
    /// Its number since the start of the server; 0: nothing yet.
    pub version: u64,
    /// What to show; `None`: nothing was published, so the display greets.
    pub view: Option<Arc<View>>,
    /// When the code in the view goes.
    code_ends: Option<Instant>,
}

impl Published {
    fn code(&self) -> Option<&ViewQris> {
        self.view.as_ref()?.qris.as_ref()
    }

    /// Shows another view. A code that is shown already ends when it would have ended.
    fn show(&mut self, mut view: View, now: Instant) {
        self.code_ends = match (&mut view.qris, self.code(), self.code_ends) {
            (None, ..) => None,
            (Some(code), Some(shown), Some(ends)) if code.payload == shown.payload => {
                code.expires_at.clone_from(&shown.expires_at);
                Some(ends)
            }
            (Some(_), ..) => Some(now + SHOWN.unsigned_abs()),
        };
        self.version = self.version.saturating_add(1);
        self.view = Some(Arc::new(view));
    }
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
        slot.expire(now);
        slot.published.send_modify(|published| published.show(view, now));
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
        slot.expire(now);
        slot.published.subscribe()
    }

    /// What a till shows: at once if that is not version `after`, otherwise when it changes or after this wait.
    pub async fn next(&self, till: &str, after: Option<u64>, wait: Duration) -> Published {
        let mut published = self.follow(till, Instant::now());
        let shown = published.borrow_and_update().clone();
        if after != Some(shown.version) {
            return shown;
        }
        let left = shown.code_ends.map(|ends| ends.saturating_duration_since(Instant::now()));
        // A time-out, or an entry that is gone: the display asks again.
        let _ = timeout(left.map_or(wait, |left| left.min(wait)), published.changed()).await;
        self.follow(till, Instant::now()).borrow().clone()
    }
}

impl Slot {
    /// Takes a code away whose time is over: a till that has stopped must not leave an old code for the next guest. That is a change,
    /// so displays hide it.
    fn expire(&self, now: Instant) {
        self.published.send_if_modified(|published| {
            let (Some(view), Some(ends)) = (&published.view, published.code_ends) else { return false };
            if now < ends {
                return false;
            }
            let view = View { qris: None, ..View::clone(view) };
            published.show(view, now);
            true
        });
    }

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

    fn code(payload: &str, expires_at: &str) -> View {
        let qris = ViewQris {
            payload: payload.to_owned(),
            amount: 18_000,
            merchant: "WARUNG".to_owned(),
            nmid: None,
            expires_at: Some(expires_at.to_owned()),
        };
        View { total: Some(18_000), qris: Some(qris), ..View::default() }
    }

    /// The till has crashed with the code on its screen.
    #[test]
    fn a_code_goes_after_five_minutes_without_its_till() {
        let (displays, start) = (Displays::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let seen = |seconds| {
            let published = displays.follow("t", at(seconds)).borrow().clone();
            let code = published.code().map(|code| (code.payload.clone(), code.expires_at.clone().unwrap()));
            (published.version, published.view.unwrap().total, code)
        };
        let shown = |payload: &str, ends: &str| Some((payload.to_owned(), ends.to_owned()));
        drop(displays.follow("t", at(0)));
        assert!(displays.publish("t", code("A", "5:00"), at(0)));
        drop(displays.follow("t", at(60)));
        // Another view with the same code gives it no more time; another code has its own.
        assert!(displays.publish("t", View { due: Some(1), ..code("A", "6:00") }, at(60)));
        assert_eq!(seen(299), (2, Some(18_000), shown("A", "5:00")));
        assert_eq!(seen(300), (3, Some(18_000), None), "the rest stays");
        assert_eq!(seen(301).0, 3);
        assert!(displays.publish("t", code("A", "10:01"), at(301)), "the cashier shows it again");
        assert_eq!(seen(302), (4, Some(18_000), shown("A", "10:01")));
        assert!(displays.publish("t", code("B", "10:02"), at(302)));
        assert_eq!(seen(601), (5, Some(18_000), shown("B", "10:02")));
        assert_eq!(seen(602).2, None);
    }

    #[tokio::test]
    async fn a_display_that_waits_is_answered_when_the_code_goes() {
        let displays = Displays::default();
        let published_at = Instant::now().checked_sub(Duration::from_millis(299_800)).unwrap();
        drop(displays.follow("t", published_at));
        assert!(displays.publish("t", code("A", "5:00"), published_at));
        let started = Instant::now();
        let next = displays.next("t", Some(1), Duration::from_secs(30)).await;
        assert_eq!((next.version, next.code()), (2, None));
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
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
