//! Hints that a stream has grown, for waiting tasks in this process. A hint carries no data: its receiver reads the
//! stream.
//!
//! Hints may be lost or repeated: a change by another process sends none here, and a change may be read before its hint
//! arrives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use protocol::cursor::{self, CATALOG};
use tokio::sync::{mpsc, watch};

/// Notifies waiting tasks that a stream has grown. Cheap to clone; all clones are one.
///
/// Contains every stream that a task has ever waited for: one per outlet, and the chain's.
#[derive(Clone, Default)]
pub(crate) struct Hints(Arc<Inner>);

#[derive(Default)]
struct Inner {
    senders: Mutex<HashMap<String, watch::Sender<()>>>,
    /// Forwards hints to the other nodes of this hub, if there can be any.
    other_nodes: OnceLock<mpsc::UnboundedSender<String>>,
}

/// Key of the receivers of all streams; no stream has this name.
const ANY: &str = "*";

/// Receives hints of both streams of an outlet, from its creation on.
pub(crate) struct HintReceiver {
    catalog: watch::Receiver<()>,
    outlet: watch::Receiver<()>,
}

impl Hints {
    /// Notifies receivers here and on other nodes that the stream has grown. Call it after the commit.
    pub(crate) fn changed(&self, stream: &str) {
        self.notify_local(stream);
        self.forward(stream.to_owned());
    }

    /// Sends a word to the other nodes only.
    pub(crate) fn forward(&self, word: String) {
        if let Some(other_nodes) = self.0.other_nodes.get() {
            // The task that forwards hints ends with the hub.
            let _ = other_nodes.send(word);
        }
    }

    /// Notifies receivers in this process only.
    pub(super) fn notify_local(&self, stream: &str) {
        let senders = self.0.senders.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in [stream, ANY].into_iter().filter_map(|name| senders.get(name)) {
            sender.send_replace(());
        }
    }

    /// Any stream may have grown.
    pub(super) fn notify_all_local(&self) {
        let senders = self.0.senders.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in senders.values() {
            sender.send_replace(());
        }
    }

    /// The hints for other nodes from now on; none if they are already being forwarded.
    pub(super) fn other_nodes(&self) -> Option<mpsc::UnboundedReceiver<String>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.0.other_nodes.set(sender).is_ok().then_some(receiver)
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
    /// Waits for a hint. A hint since the last call counts.
    pub(crate) async fn receive(&mut self) {
        // Senders are never removed, so there is no error.
        let _ = tokio::select! {
            result = self.catalog.changed() => result,
            result = self.outlet.changed() => result,
        };
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    /// Whether a hint is there now. Hints are delivered synchronously, so the test does not wait.
    async fn has_hint(receiver: &mut HintReceiver) -> bool {
        receiver.receive().now_or_never().is_some()
    }

    #[tokio::test]
    async fn an_outlet_gets_hints_of_the_catalog_and_its_own_stream() {
        let hints = Hints::default();
        hints.changed(CATALOG);
        let (mut one, mut two) = (hints.listen("1"), hints.listen("2"));
        assert!(!has_hint(&mut one).await, "earlier changes send no hint");
        hints.changed(CATALOG);
        assert!(has_hint(&mut one).await && has_hint(&mut two).await);
        hints.changed("outlet:1");
        assert!(has_hint(&mut one).await && !has_hint(&mut two).await);
        assert!(!has_hint(&mut one).await, "each change sends one hint");
    }

    #[tokio::test]
    async fn a_listener_to_all_gets_hints_of_every_stream() {
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
        assert!(has_hint(&mut receiver).await);
    }
}
