//! Head office's changes of shared entities: each runs in one transaction, and wakes the waiting outlets after the
//! commit.

use store::{Store, Tx};
use web::ApiError;

use super::Refused;
use super::change::By;
use crate::events::{self, Events};
use crate::staff::Admin;
use crate::streams::Hints;

/// Handles for head office's changes.
#[derive(Clone)]
pub(crate) struct HeadOffice {
    pub store: Store,
    /// Wakes outlets that wait for changes.
    pub hints: Hints,
    /// Publishes events for the pages of head office.
    pub events: Events,
}

impl HeadOffice {
    /// Runs a change of head office in one transaction. Outlets are woken even if the client disconnects before the
    /// answer.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        admin: Admin,
        mut work: impl FnMut(&mut Tx<'_>, &mut By) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (office, now) = (self.clone(), web::time::now());
        web::detached(async move {
            let written = office.store.write(move |tx| {
                let mut by = By::new(&admin.username, now);
                Ok::<_, Refused>((work(tx, &mut by)?, by))
            });
            let (done, by) = written.await?;
            by.grown.iter().for_each(|stream| office.hints.changed(stream));
            office.events.publish(by.changed.iter().map(|(entity_type, id)| events::of_entity(entity_type, id)));
            Ok(done)
        })
        .await
    }
}
