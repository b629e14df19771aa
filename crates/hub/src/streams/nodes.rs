//! Hints between the nodes of one hub: what grows on one wakes those who wait on another.
//!
//! They travel after the commit, on their own: a lost one delays, and no writer waits for it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use store::{ConnectError, Heard, Listening, Store};

use super::hints::Hints;

/// Hints that come within this time travel together.
const TOGETHER: Duration = Duration::from_millis(10);

/// Carries hints for as long as it is kept; none where a hub can have one node only.
pub(crate) fn join(hints: &Hints, store: &Store) -> Result<Option<Arc<Listening>>, ConnectError> {
    let node = format!("{:016x}", rand::random::<u64>());
    let (here, this) = (hints.clone(), node.clone());
    let listening = store.listen(move |heard| match heard {
        Heard::Word(word) => match word.split_once(' ') {
            Some((from, _)) if from == this => {}
            Some((_, stream)) => here.changed_here(stream),
            None => here.anything_here(),
        },
        Heard::Missed => here.anything_here(),
    })?;
    if listening.is_some()
        && let Some(mut grown) = hints.beyond()
    {
        let store = store.clone();
        tokio::spawn(async move {
            while let Some(first) = grown.recv().await {
                tokio::time::sleep(TOGETHER).await;
                let mut streams = BTreeSet::from([first]);
                while let Ok(stream) = grown.try_recv() {
                    streams.insert(stream);
                }
                let words = streams.iter().map(|stream| format!("{node} {stream}")).collect();
                if let Err(fault) = store.tell(words).await {
                    tracing::warn!(%fault, "other nodes were not told that a stream has grown; they look by themselves");
                }
            }
        });
    }
    Ok(listening.map(Arc::new))
}
