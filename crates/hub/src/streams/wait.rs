//! The long poll: a page as soon as it says something, and an empty one when the time is up.
//!
//! Between two looks nothing is held but an ear: no reader, no snapshot, no page.

use std::time::Duration;

use protocol::updates::Page;
use tokio::time::{Instant, sleep_until};
use web::ApiError;

use super::page::{Ask, page};
use crate::outlets::Caller;
use crate::state::Hub;

/// Looks now, after each hint, and once more when the time is up or the hub stops.
pub(super) async fn page_within(hub: &Hub, caller: Caller, ask: Ask, wait: Duration) -> Result<Page, ApiError> {
    let until = Instant::now() + wait;
    // Made before the first look: a change between looking and waiting is heard.
    let mut ear = hub.hints.listen(&caller.outlet_id);
    let mut place = hub.readers.page().await?;
    loop {
        let last = hub.stopping.is_cancelled() || Instant::now() >= until;
        let page = look(hub, &caller, &ask).await?;
        if last || ask.is_answered_by(&page) {
            return Ok(page);
        }
        drop((page, place));
        tokio::select! {
            () = ear.hear() => {}
            () = sleep_until(until) => {}
            () = hub.stopping.cancelled() => {}
        }
        place = hub.readers.page_in_turn().await?;
    }
}

async fn look(hub: &Hub, caller: &Caller, ask: &Ask) -> Result<Page, ApiError> {
    let (caller, ask) = (caller.clone(), ask.clone());
    let read = hub.store.read(move |tx| {
        // It may have been revoked while it waited.
        caller.check(tx)?;
        page(tx, &caller.outlet_id, &ask).map_err(ApiError::from)
    });
    read.await
}
