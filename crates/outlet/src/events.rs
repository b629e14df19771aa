//! Streams what changes at the outlet, by topic: changes of its tills, of head office, of the terminal, and of sync.
//!
//! The source is each commit of this process ([`sqlite::changes`]), so no command has to report what it changes, and a
//! till waits for none of this. After a commit of another program every reader gets `reset`.

use std::time::{Duration, Instant};

use access::session::Actor;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::response::sse::Event;
use serde::Deserialize;
use sqlite::{Db, Watched};
use utoipa::IntoParams;
use web::events::feed::{Change, Feed, Reader};
use web::events::{self, CHECK_INTERVAL, Listener};
use web::{ApiError, Code, Problem, Query, Remote};

use crate::state::App;
use crate::version::VERSION;

/// Changes within this time are sent together.
const DEBOUNCE: Duration = Duration::from_millis(50);
/// Minimum interval between checks of the session while there are events.
const SESSION_CHECK: Duration = Duration::from_secs(1);

/// The topics of events.
pub const TOPICS: [&str; 9] =
    ["orders", "kitchen", "catalog", "tables", "customers", "staff", "printers", "sync", "devices"];

/// The watched tables. An event names the topic and the type beside the table; the type `status` means the answer of
/// `GET /api/v1/sync/status`.
const TABLES: [(&str, &str, Watched); 34] = [
    ("orders", "order", entity("orders")),
    ("orders", "shift", entity("shifts")),
    ("orders", "refund", entity("refunds")),
    // Each change of a line is one of its ticket.
    ("kitchen", "ticket", entity("tickets")),
    ("catalog", "product", entity("products")),
    ("catalog", "category", entity("categories")),
    ("catalog", "outlet_product", entity("outlet_products")),
    ("catalog", "product_count", Watched { table: "product_counts", key: Some("product_id"), columns: &[] }),
    ("catalog", "charge", entity("charges")),
    ("catalog", "outlet_charge", entity("outlet_charges")),
    ("catalog", "tender", entity("tenders")),
    ("catalog", "menu", entity("menus")),
    ("catalog", "outlet_menu", entity("outlet_menus")),
    ("catalog", "price", entity("prices")),
    ("catalog", "outlet_price", entity("outlet_prices")),
    ("catalog", "setting", entity("settings")),
    ("catalog", "announcement", entity("announcements")),
    ("catalog", "drawer", entity("drawers")),
    ("tables", "table", entity("tables")),
    ("customers", "customer", entity("customers")),
    ("staff", "user", entity("users")),
    ("printers", "printer", entity("printers")),
    ("printers", "print_job", entity("print_jobs")),
    ("printers", "printer_state", Watched { table: "printer_states", key: Some("printer_id"), columns: PRINTER_STATE }),
    ("devices", "device", Watched { table: "devices", key: Some("id"), columns: DEVICE }),
    ("sync", "conflict", entity("sync_conflicts")),
    ("sync", "unapplied", Watched { table: "sync_unapplied_updates", key: Some("entity_id"), columns: &[] }),
    ("sync", "discard", entity("sync_discards")),
    ("sync", "log", entity("sync_logs")),
    ("sync", "comparison", Watched { table: "sync_reconcile", key: Some("scope"), columns: &[] }),
    ("sync", "status", whole("sync_context", &["pending", "failed"])),
    ("sync", "status", whole("outlet_config", &[])),
    ("sync", "status", whole("sync_link_errors", &[])),
    ("sync", "status", whole("sync_chain", &["stopped_code", "epoch_id"])),
];

/// What says that a printer fails, or works again.
const PRINTER_STATE: &[&str] = &["failing_since", "error"];

/// Columns of a device without those that each heartbeat changes.
const DEVICE: &[&str] = &[
    "name",
    "kind",
    "default_view",
    "lock_after_minutes",
    "drawer_id",
    "printer_id",
    "waiting",
    "app_version",
    "revoked_at",
];

const fn entity(table: &'static str) -> Watched {
    Watched { table, key: Some("id"), columns: &[] }
}

/// A table whose changes are reported without keys.
const fn whole(table: &'static str, columns: &'static [&'static str]) -> Watched {
    Watched { table, key: None, columns }
}

static WATCHED: [Watched; TABLES.len()] = {
    let mut watched = [TABLES[0].2; TABLES.len()];
    let mut at = 0;
    while at < TABLES.len() {
        watched[at] = TABLES[at].2;
        at += 1;
    }
    watched
};

/// Fills the feed with the changes of each commit from now on. The tables exist already.
pub(crate) fn watch(db: &Db, feed: &Feed) {
    let feed = feed.clone();
    db.watch(&WATCHED, move |changes| {
        if changes.contains(&sqlite::Change::Unknown) {
            return feed.reset();
        }
        feed.push(changes.into_iter().filter_map(|change| match change {
            sqlite::Change::Rows { table, keys } => {
                let &(topic, entity_type, _) = TABLES.get(table)?;
                Some(Change { topic, entity_type: Some(entity_type), ids: keys })
            }
            sqlite::Change::Unknown => None,
        }));
    });
}

/// What to stream.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    /// Topics, separated by commas: `orders`, `kitchen`, `catalog`, `tables`, `customers`, `staff`, `printers`, `sync`,
    /// `devices`.
    /// Default: all.
    topics: Option<String>,
    /// Id of the last event, for clients that cannot send `Last-Event-ID`.
    last_event_id: Option<String>,
}

/// Streams what changes at this outlet, also through head office.
///
/// Server-sent events. The first one is `hello` with `{"server_time", "version"}`. Each other one is named by its topic and
/// has `{"topic", "entity_type", "ids"}`, with at most 200 ids; `"ids": null` means: read this type again. After a
/// reconnection with `Last-Event-ID` the stream continues there; if that is not possible, or another program has
/// written to the database, it sends `reset`: read everything again. The id is opaque. Events never contain data.
#[utoipa::path(get, path = "/api/v1/events", tag = "events",
    params(EventsQuery, ("Last-Event-ID" = Option<String>, Header)), responses(
    (status = 200, description = "Events until the session ends or the server stops", body = String,
        content_type = "text/event-stream"),
    (status = 401, description = "`unauthorized`"), (status = 422, description = "`invalid_query`"),
    (status = 429, description = "`too_many_streams`: of this user, this address or in total; retry after `Retry-After`")))]
pub async fn stream_events(
    State(app): State<App>,
    remote: Remote,
    actor: Actor,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let topics = topics(query.topics.as_deref())?;
    // A browser repeats the query when it reconnects, and then also sends the newer header.
    let header = headers.get("last-event-id").map(|id| id.to_str().unwrap_or_default());
    let last_id = header.or(query.last_event_id.as_deref());
    let permit = app.streams.acquire(remote.address, Some(actor.id()))?;
    let changes = Changes { reader: app.feed.subscribe(topics, last_id, VERSION), actor, checked: Instant::now() };
    changes.check().await?;
    Ok(events::answer(changes, app.stopping.clone(), permit))
}

fn topics(list: Option<&str>) -> Result<Vec<&'static str>, ApiError> {
    let Some(list) = list else { return Ok(TOPICS.to_vec()) };
    let known = |name: &str| TOPICS.into_iter().find(|topic| *topic == name);
    let topics: Option<Vec<_>> = list.split(',').map(known).collect();
    topics.ok_or_else(|| Code::InvalidQuery.field("topics", Problem::NotAllowed.with("choices", TOPICS.join(", "))))
}

/// A client of the stream.
struct Changes {
    reader: Reader,
    actor: Actor,
    /// When the session was last checked.
    checked: Instant,
}

impl Changes {
    /// Whether the session is still valid.
    async fn check(&self) -> Result<(), ApiError> {
        self.actor.read(|_| Ok::<_, ApiError>(())).await
    }
}

impl Listener for Changes {
    async fn next(mut self) -> Option<(Event, Self)> {
        loop {
            if self.checked.elapsed() >= SESSION_CHECK {
                self.check().await.ok()?;
                self.checked = Instant::now();
            }
            if let Some(event) = self.reader.next_event() {
                return Some((event, self));
            }
            tokio::select! {
                () = self.reader.changed() => tokio::time::sleep(DEBOUNCE).await,
                () = tokio::time::sleep(CHECK_INTERVAL) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::entity::ENTITIES;

    use super::*;

    #[test]
    fn every_entity_has_a_topic() {
        for entity in ENTITIES.iter().filter(|entity| !entity.fields.is_empty()) {
            let source = TABLES.iter().find(|(_, entity_type, _)| *entity_type == entity.name);
            assert_eq!(source.map(|(_, _, watched)| watched.table), Some(entity.table), "{}", entity.name);
        }
        assert!(TABLES.iter().all(|(topic, _, _)| TOPICS.contains(topic)));
    }
}
