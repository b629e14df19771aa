//! Hints that a stream has grown, for whoever waits in this process. A hint carries nothing: who hears one reads.
//!
//! One may be missed or heard twice: a change made by another process gives none, and the same change may have been
//! read before its hint came.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use protocol::cursor::{self, CATALOG};
use tokio::sync::{mpsc, watch};

/// Says to those who wait that a stream has grown. Cheap to clone; all clones are one.
///
/// It remembers each stream that anyone ever waited for: as many as there are outlets.
#[derive(Clone, Default)]
pub(crate) struct Hints(Arc<Inner>);

#[derive(Default)]
struct Inner {
    senders: Mutex<HashMap<String, watch::Sender<()>>>,
    /// To the other nodes of this hub, where there can be some.
    beyond: OnceLock<mpsc::UnboundedSender<String>>,
}

/// Under this name those listen who want to hear of every stream; no stream has it.
const ANY: &str = "*";

/// Hears of both streams of an outlet, from the moment that it was made.
pub(crate) struct Ear {
    catalog: watch::Receiver<()>,
    outlet: watch::Receiver<()>,
}

impl Hints {
    /// The stream has grown; to be called once that is on disk. Other nodes are told too.
    pub(crate) fn changed(&self, stream: &str) {
        self.changed_here(stream);
        if let Some(beyond) = self.0.beyond.get() {
            // Whoever carries it ends with the hub.
            let _ = beyond.send(stream.to_owned());
        }
    }

    /// Says so to those who wait in this process alone.
    pub(super) fn changed_here(&self, stream: &str) {
        let senders = self.0.senders.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in [stream, ANY].into_iter().filter_map(|name| senders.get(name)) {
            sender.send_replace(());
        }
    }

    /// Any stream may have grown.
    pub(super) fn anything_here(&self) {
        let senders = self.0.senders.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in senders.values() {
            sender.send_replace(());
        }
    }

    /// What is to be told to other nodes from now on; none if somebody has it already.
    pub(super) fn beyond(&self) -> Option<mpsc::UnboundedReceiver<String>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.0.beyond.set(sender).is_ok().then_some(receiver)
    }

    /// An ear for an outlet. Whoever makes it before reading misses nothing that comes after what was read.
    pub(crate) fn listen(&self, outlet_id: &str) -> Ear {
        Ear { catalog: self.receiver(CATALOG.to_owned()), outlet: self.receiver(cursor::of_outlet(outlet_id)) }
    }

    /// Changes whenever any stream has grown.
    pub(crate) fn listen_to_all(&self) -> watch::Receiver<()> {
        self.receiver(ANY.to_owned())
    }

    fn receiver(&self, stream: String) -> watch::Receiver<()> {
        let mut senders = self.0.senders.lock().unwrap_or_else(PoisonError::into_inner);
        senders.entry(stream).or_default().subscribe()
    }
}

impl Ear {
    /// Waits for a hint; one that came since the last time counts.
    pub(crate) async fn hear(&mut self) {
        // Senders are never taken away, so an error cannot come.
        let _ = tokio::select! {
            heard = self.catalog.changed() => heard,
            heard = self.outlet.changed() => heard,
        };
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn hears(ear: &mut Ear) -> bool {
        tokio::time::timeout(Duration::from_millis(20), ear.hear()).await.is_ok()
    }

    #[tokio::test]
    async fn an_outlet_hears_of_the_chains_stream_and_its_own() {
        let hints = Hints::default();
        hints.changed(CATALOG);
        let (mut one, mut two) = (hints.listen("1"), hints.listen("2"));
        assert!(!hears(&mut one).await, "what came before is not told");
        hints.changed(CATALOG);
        assert!(hears(&mut one).await && hears(&mut two).await);
        hints.changed("outlet:1");
        assert!(hears(&mut one).await && !hears(&mut two).await);
        assert!(!hears(&mut one).await, "each is told once");
    }

    #[tokio::test]
    async fn who_listens_to_all_hears_of_every_stream() {
        let hints = Hints::default();
        let mut all = hints.listen_to_all();
        for stream in [CATALOG, "outlet:1", "outlet:2"] {
            hints.changed(stream);
            assert!(all.has_changed().unwrap(), "{stream}");
            all.mark_unchanged();
        }
    }

    #[tokio::test]
    async fn a_hint_between_reading_and_waiting_is_heard() {
        let hints = Hints::default();
        let mut ear = hints.listen("1");
        hints.changed("outlet:1");
        hints.changed("outlet:1");
        assert!(hears(&mut ear).await);
    }
}
