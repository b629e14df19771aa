//! The alarm: one line in the log when an outlet falls silent, and one when it is heard again.
//!
//! What was told is remembered in this process only. After a start the hub first lets the outlets speak, and then names
//! in one line how many are silent: a restart repeats no alarm.

use std::collections::HashSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Presence;
use super::roll::{Present, roll};
use super::state::Outlets;

/// Outlets could not be heard while the hub was down; those that run try again within a minute.
const FIRST_AFTER: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Runs until `stop`.
pub(crate) async fn run(state: Outlets, stop: CancellationToken) {
    let (mut watch, mut pause) = (Watch::default(), FIRST_AFTER);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = LOOK_EVERY;
        state.store.look();
        let lately = state.silent_after.within(web::time::now());
        match state.store.read(move |tx| roll(tx, &lately)).await {
            Ok(outlets) => watch.look(&outlets).iter().for_each(News::log),
            Err(error) => tracing::warn!(%error, "whether outlets are silent cannot be read; trying again"),
        }
    }
}

/// What is worth a line.
#[derive(Debug, PartialEq, Eq)]
enum News<'a> {
    /// So many were silent when they were first looked at.
    AtStart(usize),
    Silent(&'a Present),
    Back(&'a Present),
}

impl News<'_> {
    fn log(&self) {
        match self {
            Self::AtStart(outlets) => {
                tracing::warn!(outlets, "outlets are silent since before the hub started; /v1/hq/health names them");
            }
            Self::Silent(Present { id: outlet_id, code, last_contact_at, .. }) => {
                let last_contact_at = last_contact_at.as_deref().unwrap_or_default();
                tracing::warn!(
                    outlet_id,
                    code,
                    last_contact_at,
                    "an outlet has fallen silent; look at its line and its machine"
                );
            }
            Self::Back(Present { id: outlet_id, code, .. }) => {
                tracing::info!(outlet_id, code, "an outlet that was silent is heard again");
            }
        }
    }
}

/// Who is known to be silent; none before the first look.
#[derive(Debug, Default)]
struct Watch(Option<HashSet<String>>);

impl Watch {
    /// What has changed since the last look.
    fn look<'a>(&mut self, outlets: &'a [Present]) -> Vec<News<'a>> {
        let silent = outlets.iter().filter(|outlet| outlet.presence == Presence::Silent);
        let now: HashSet<String> = silent.clone().map(|outlet| outlet.id.clone()).collect();
        let news = match &self.0 {
            None if now.is_empty() => Vec::new(),
            None => vec![News::AtStart(now.len())],
            Some(known) => {
                let fallen = silent.filter(|outlet| !known.contains(&outlet.id)).map(News::Silent);
                // Who was revoked meanwhile is not waited for any more, and says nothing either.
                let heard = outlets.iter().filter(|outlet| outlet.presence == Presence::Active);
                let back = heard.filter(|outlet| known.contains(&outlet.id)).map(News::Back);
                fallen.chain(back).collect()
            }
        };
        self.0 = Some(now);
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outlet(id: &str, presence: Presence) -> Present {
        Present { id: id.to_owned(), code: id.to_owned(), presence, last_contact_at: None }
    }

    #[test]
    fn an_outlet_that_stops_is_told_once_and_once_more_when_it_is_back() {
        let mut watch = Watch::default();
        let both = [outlet("1", Presence::Active), outlet("2", Presence::Active)];
        let stopped = [outlet("1", Presence::Active), outlet("2", Presence::Silent)];
        assert_eq!(watch.look(&both), []);
        assert_eq!(watch.look(&stopped), [News::Silent(&stopped[1])]);
        assert_eq!(watch.look(&stopped), []);
        assert_eq!(watch.look(&both), [News::Back(&both[1])]);
        assert_eq!(watch.look(&both), []);
    }

    #[test]
    fn after_a_restart_the_silent_ones_are_counted_in_one_line() {
        let silent = ["1", "2", "3"].map(|id| outlet(id, Presence::Silent));
        let mut watch = Watch::default();
        assert_eq!(watch.look(&silent), [News::AtStart(3)]);
        assert_eq!(watch.look(&silent), []);
        let [one, ..] = &silent;
        let back = [outlet("1", Presence::Active), outlet("2", Presence::Revoked), silent[2].clone()];
        assert_eq!(watch.look(&back), [News::Back(&back[0])], "a revoked one is nobody's concern");
        let again = [one.clone()];
        assert_eq!(watch.look(&again), [News::Silent(one)]);
        assert_eq!(Watch::default().look(&[outlet("1", Presence::New)]), []);
    }
}
