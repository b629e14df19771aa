//! Hints that a stream has grown, for tasks that wait in this process. A hint carries no data: its receiver reads the
//! stream.
//!
//! A hint may be lost or repeated: a change by another process gives none here, and a change may be read before its hint
//! arrives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use protocol::cursor::{self, CATALOG};
use tokio::sync::{mpsc, watch};

/// Notifies waiting tasks that a stream has grown. Cheap to clone; all clones are one.
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

/// The name under which receivers of all streams listen; no stream has it.
const ANY: &str = "*";

/// Receives hints of both streams of an outlet, from its creation on.
pub(crate) struct HintReceiver {
    catalog: watch::Receiver<()>,
    outlet: watch::Receiver<()>,
}

impl Hints {
    /// Notifies receivers here and on other nodes that the stream has grown. Call it after the commit.
    pub(crate) fn changed(&self, stream: &str) {
        self.changed_here(stream);
        if let Some(beyond) = self.0.beyond.get() {
            // The task that forwards hints ends with the hub.
            let _ = beyond.send(stream.to_owned());
        }
    }

    /// Notifies receivers in this process only.
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

    /// Hints for other nodes from now on; none if they are already being forwarded.
    pub(super) fn beyond(&self) -> Option<mpsc::UnboundedReceiver<String>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.0.beyond.set(sender).is_ok().then_some(receiver)
    }

    /// A receiver for an outlet. Create it before reading, so that no later change is missed.
    pub(crate) fn listen(&self, outlet_id: &str) -> HintReceiver {
        HintReceiver { catalog: self.receiver(CATALOG.to_owned()), outlet: self.receiver(cursor::of_outlet(outlet_id)) }
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

impl HintReceiver {
    /// Waits for a hint; one since the last call counts.
    pub(crate) async fn receive(&mut self) {
        // Senders are never removed, so there is no error.
        let _ = tokio::select! {
            heard = self.catalog.changed() => heard,
            heard = self.outlet.changed() => heard,
        };
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    /// Whether there is a hint now: they are told at once, so nothing has to be waited for.
    async fn hears(receiver: &mut HintReceiver) -> bool {
        receiver.receive().now_or_never().is_some()
    }

    #[tokio::test]
    async fn an_outlet_gets_hints_of_the_catalog_and_its_own_stream() {
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
    async fn a_hint_between_read_and_wait_is_not_lost() {
        let hints = Hints::default();
        let mut receiver = hints.listen("1");
        hints.changed("outlet:1");
        hints.changed("outlet:1");
        assert!(hears(&mut receiver).await);
    }
}
