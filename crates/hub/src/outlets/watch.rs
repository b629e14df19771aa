//! Logs one line when an outlet goes silent and one when it is back.
//!
//! The state is in memory. After a start the watch waits for outlets to reconnect and then logs in one line how many are
//! silent, so a restart repeats no alarm.

use std::collections::HashSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Presence;
use super::presence::{Present, list_presence};
use super::state::Outlets;
use crate::events::Change;

/// Time after the start: running outlets reconnect within a minute.
const FIRST_AFTER: Duration = Duration::from_secs(120);
const CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// Runs until `stop`.
pub(crate) async fn run(state: Outlets, stop: CancellationToken) {
    let (mut watch, mut pause) = (Watch::default(), FIRST_AFTER);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = CHECK_INTERVAL;
        state.store.check_files();
        let window = state.silent_after.within(web::time::now());
        match state.store.read(move |tx| list_presence(tx, &window)).await {
            Ok(outlets) => {
                let changes = watch.changes(&outlets);
                changes.iter().for_each(PresenceChange::log);
                let outlets = changes.iter().filter_map(PresenceChange::outlet);
                state.events.publish(outlets.map(|outlet| Change::outlet(&outlet.id)));
            }
            Err(error) => tracing::warn!(%error, "cannot read the presence of outlets; retrying"),
        }
    }
}

/// An event to log.
#[derive(Debug, PartialEq, Eq)]
enum PresenceChange<'a> {
    /// This many were silent at the first check.
    AtStart(usize),
    Silent(&'a Present),
    Back(&'a Present),
}

impl PresenceChange<'_> {
    /// The outlet that it is about.
    fn outlet(&self) -> Option<&Present> {
        match self {
            Self::AtStart(_) => None,
            Self::Silent(outlet) | Self::Back(outlet) => Some(outlet),
        }
    }

    fn log(&self) {
        match self {
            Self::AtStart(outlets) => {
                tracing::warn!(outlets, "outlets have been silent since before the start; /v1/hq/health names them");
            }
            Self::Silent(Present { id: outlet_id, code, last_contact_at, .. }) => {
                let last_contact_at = last_contact_at.as_deref().unwrap_or_default();
                tracing::warn!(
                    outlet_id,
                    code,
                    last_contact_at,
                    "an outlet went silent; check its connection and machine"
                );
            }
            Self::Back(Present { id: outlet_id, code, .. }) => {
                tracing::info!(outlet_id, code, "a silent outlet is back");
            }
        }
    }
}

/// The outlets that are known to be silent; none before the first check.
#[derive(Debug, Default)]
struct Watch(Option<HashSet<String>>);

impl Watch {
    /// Changes since the last check.
    fn changes<'a>(&mut self, outlets: &'a [Present]) -> Vec<PresenceChange<'a>> {
        let silent = outlets.iter().filter(|outlet| outlet.presence == Presence::Silent);
        let now: HashSet<String> = silent.clone().map(|outlet| outlet.id.clone()).collect();
        let changes = match &self.0 {
            None if now.is_empty() => Vec::new(),
            None => vec![PresenceChange::AtStart(now.len())],
            Some(known) => {
                let fallen = silent.filter(|outlet| !known.contains(&outlet.id)).map(PresenceChange::Silent);
                // An outlet that was revoked in between is not reported.
                let active = outlets.iter().filter(|outlet| outlet.presence == Presence::Active);
                let back = active.filter(|outlet| known.contains(&outlet.id)).map(PresenceChange::Back);
                fallen.chain(back).collect()
            }
        };
        self.0 = Some(now);
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outlet(id: &str, presence: Presence) -> Present {
        Present { id: id.to_owned(), code: id.to_owned(), presence, last_contact_at: None }
    }

    #[test]
    fn a_silent_outlet_is_logged_once_and_again_when_back() {
        let mut watch = Watch::default();
        let both = [outlet("1", Presence::Active), outlet("2", Presence::Active)];
        let stopped = [outlet("1", Presence::Active), outlet("2", Presence::Silent)];
        assert_eq!(watch.changes(&both), []);
        assert_eq!(watch.changes(&stopped), [PresenceChange::Silent(&stopped[1])]);
        assert_eq!(watch.changes(&stopped), []);
        assert_eq!(watch.changes(&both), [PresenceChange::Back(&both[1])]);
        assert_eq!(watch.changes(&both), []);
    }

    #[test]
    fn after_a_restart_the_silent_ones_are_counted_in_one_line() {
        let silent = ["1", "2", "3"].map(|id| outlet(id, Presence::Silent));
        let mut watch = Watch::default();
        assert_eq!(watch.changes(&silent), [PresenceChange::AtStart(3)]);
        assert_eq!(watch.changes(&silent), []);
        let [one, ..] = &silent;
        let back = [outlet("1", Presence::Active), outlet("2", Presence::Revoked), silent[2].clone()];
        assert_eq!(watch.changes(&back), [PresenceChange::Back(&back[0])], "a revoked outlet is not reported");
        let again = [one.clone()];
        assert_eq!(watch.changes(&again), [PresenceChange::Silent(one)]);
        assert_eq!(Watch::default().changes(&[outlet("1", Presence::New)]), []);
    }
}
