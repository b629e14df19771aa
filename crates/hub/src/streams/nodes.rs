//! Hints between the nodes of one hub: a change on one node wakes outlets and pages that wait on another.
//!
//! Hints are sent after the commit. A lost hint only delays a reader, and no writer waits for a hint.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use store::{ConnectError, Listening, Notification, Store};

use super::hints::Hints;
use crate::events::Events;

/// Hints within this time are sent together.
const BATCH_WINDOW: Duration = Duration::from_millis(10);

/// Forwards hints until the result is dropped; none if the hub can have only one node.
pub(crate) fn join(hints: &Hints, events: &Events, store: &Store) -> Result<Option<Arc<Listening>>, ConnectError> {
    let node = format!("{:016x}", rand::random::<u64>());
    let (here, pages, this) = (hints.clone(), events.clone(), node.clone());
    let listening = store.listen(move |result| match result {
        Notification::Payload(word) => match word.split_once(' ') {
            Some((from, _)) if from == this => {}
            Some((_, hint)) if pages.receive(hint) => {}
            Some((_, stream)) => here.notify_local(stream),
            None => here.notify_all_local(),
        },
        Notification::Missed => {
            here.notify_all_local();
            pages.missed();
        }
    })?;
    if listening.is_some()
        && let Some(mut grown) = hints.other_nodes()
    {
        let store = store.clone();
        tokio::spawn(async move {
            while let Some(first) = grown.recv().await {
                tokio::time::sleep(BATCH_WINDOW).await;
                let mut streams = BTreeSet::from([first]);
                while let Ok(stream) = grown.try_recv() {
                    streams.insert(stream);
                }
                let payloads = streams.iter().map(|stream| format!("{node} {stream}")).collect();
                if let Err(fault) = store.notify(payloads).await {
                    tracing::warn!(%fault, "could not notify the other nodes of a change; they poll");
                }
            }
        });
    }
    Ok(listening.map(Arc::new))
}
