//! Writes the audit log: who did what. An event is written in the transaction of the deed, so that either both exist or
//! neither. A sale without discount writes none.
//!
//! A chain belongs to a life of the database: to its epoch and its number series. A restored or newly enrolled database
//! begins another one, whose first event names the last event of the old chain.

use domain::audit::AuditAction;
use jiff::Timestamp;
use protocol::audit::{self, Event, Position};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlite::{Fault, ReadRow};
use web::time;

use crate::business_day::business_day;
use crate::session::CurrentUser;

/// The author of what is done in the terminal.
pub const TERMINAL: &str = "terminal";

/// No chain gets this long. A row with a larger number was put there by hand, and must not stop the shop's work.
const MAX_N: i64 = 1_000_000_000_000_000;

/// Entities with personal data. A customer can be erased, but not from the log: it names only the id.
const PERSONAL: [&str; 1] = ["customer"];

/// Who does something.
#[derive(Debug, Clone, Copy, Default)]
pub struct Author<'a> {
    /// A user's id, or [`TERMINAL`]; `None` if nobody is known.
    pub actor_id: Option<&'a str>,
    /// The session.
    pub session: Option<&'a str>,
    /// The paired device.
    pub device_id: Option<&'a str>,
}

impl<'a> Author<'a> {
    /// The author's name in records.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.actor_id.unwrap_or_default()
    }

    /// Somebody at the terminal of the machine.
    pub const TERMINAL: Self = Self { actor_id: Some(TERMINAL), session: None, device_id: None };
}

impl<'a> From<&'a str> for Author<'a> {
    fn from(actor_id: &'a str) -> Self {
        Self { actor_id: Some(actor_id), ..Self::default() }
    }
}

impl<'a> From<&'a CurrentUser> for Author<'a> {
    fn from(user: &'a CurrentUser) -> Self {
        Self { actor_id: Some(&user.id), session: user.session.as_deref(), device_id: user.device_id.as_deref() }
    }
}

/// What is done.
#[derive(Debug, Clone)]
pub struct Deed<'a> {
    action: AuditAction,
    entity: Option<(&'a str, &'a str)>,
    approved_by: Option<&'a str>,
    data: Map<String, Value>,
}

impl<'a> Deed<'a> {
    /// A deed.
    #[must_use]
    pub fn new(action: AuditAction) -> Self {
        Self { action, entity: None, approved_by: None, data: Map::new() }
    }

    /// Done to this entity.
    #[must_use]
    pub fn to(self, entity_type: &'a str, id: &'a str) -> Self {
        Self { entity: Some((entity_type, id)), ..self }
    }

    /// Approved by this user.
    #[must_use]
    pub fn approved_by(self, user_id: Option<&'a str>) -> Self {
        Self { approved_by: user_id, ..self }
    }

    /// With these figures, an object; fields without a value are omitted. Never a PIN, a key or a token.
    #[must_use]
    pub fn with(self, data: Value) -> Self {
        let data = match data {
            Value::Object(data) => data.into_iter().filter(|(_, value)| !value.is_null()).collect(),
            _ => Map::new(),
        };
        Self { data, ..self }
    }
}

/// Appends an event.
///
/// # Errors
/// The error from SQLite.
pub fn record<'a>(
    tx: &Transaction<'_>,
    by: impl Into<Author<'a>>,
    deed: Deed<'_>,
    now: Timestamp,
) -> Result<(), Fault> {
    let chain_id = chain_id(tx)?;
    let last = match last_of(tx, &chain_id)? {
        Some(last) => last,
        None => begin(tx, chain_id, now)?,
    };
    append(tx, last, by.into(), deed, now).map(|_| ())
}

/// Records a change of an entity, with the values that changed: `None` before it exists or after it is deleted. If none
/// did, there is nothing to record.
///
/// # Errors
/// The error from SQLite.
pub fn record_change<'a, R: Serialize>(
    tx: &Transaction<'_>,
    by: impl Into<Author<'a>>,
    deed: Deed<'_>,
    (before, after): (Option<&R>, Option<&R>),
    now: Timestamp,
) -> Result<(), Fault> {
    let values = |row: Option<&R>| row.map(|row| serde_json::to_value(row).unwrap_or_default());
    let mut data = audit::difference(values(before).as_ref(), values(after).as_ref());
    if data.is_empty() {
        return Ok(());
    }
    data.extend(deed.data);
    record(tx, by, Deed { data, ..deed }, now)
}

/// The chain of this life of the database.
fn chain_id(tx: &Transaction<'_>) -> Result<String, Fault> {
    let sql = "select coalesce((select epoch_id from sync_chain where id = 1), 'unknown'),
        coalesce((select series from number_series where id = 1), 0)";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| {
        let (epoch, series): (String, i64) = (row.read(0)?, row.read(1)?);
        Ok(if series == 0 { epoch } else { format!("{epoch}-R{series}") })
    })?)
}

fn position(row: &sqlite::Row<'_>) -> rusqlite::Result<Position> {
    Ok(Position { chain_id: row.read(0)?, n: row.read(1)?, hash: row.read(2)? })
}

fn last_of(tx: &Transaction<'_>, chain_id: &str) -> Result<Option<Position>, Fault> {
    let sql = "select chain_id, n, hash from audit_events where chain_id = ?1 and n < ?2 order by n desc limit 1";
    Ok(tx.prepare_cached(sql)?.query_row(params![chain_id, MAX_N], position).optional()?)
}

/// Begins a chain. If there is another one, the first event names its end.
fn begin(tx: &Transaction<'_>, chain_id: String, now: Timestamp) -> Result<Position, Fault> {
    let start = Position { hash: audit::first_hash(&chain_id), chain_id, n: 0 };
    let sql = "select chain_id, n, hash from audit_events order by seq desc limit 1";
    let Some(old) = tx.prepare_cached(sql)?.query_row([], position).optional()? else { return Ok(start) };
    let restored = Deed::new(AuditAction::Restored).with(json!(old));
    append(tx, start, Author::default(), restored, now)
}

fn append(
    tx: &Transaction<'_>,
    last: Position,
    by: Author<'_>,
    deed: Deed<'_>,
    now: Timestamp,
) -> Result<Position, Fault> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let is_personal = deed.entity.is_some_and(|entity| PERSONAL.contains(&entity.0));
    let body = Event {
        at: time::text(now),
        business_date: business_day(tx)?.date_at(now).to_string(),
        action: deed.action,
        actor_id: owned(by.actor_id),
        approved_by: owned(deed.approved_by),
        session: owned(by.session),
        device_id: owned(by.device_id),
        entity_type: owned(deed.entity.map(|entity| entity.0)),
        entity_id: owned(deed.entity.map(|entity| entity.1)),
        data: if is_personal { Map::new() } else { deed.data },
    }
    .body();
    let hash = audit::hash(&last.hash, body.as_bytes());
    let n = last.n.saturating_add(1);
    let sql = "insert into audit_events (chain_id, n, body, prev_hash, hash) values (?1, ?2, ?3, ?4, ?5)";
    tx.prepare_cached(sql)?.execute(params![last.chain_id, n, body, last.hash, hash])?;
    Ok(Position { chain_id: last.chain_id, n, hash })
}
