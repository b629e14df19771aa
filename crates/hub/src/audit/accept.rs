//! Accepts events of an outlet's audit log. Nothing is wrong enough to refuse an event: it is stored, and the head of its
//! chain shows the break.

use std::collections::BTreeMap;

use jiff::Timestamp;
use protocol::audit::{
    AuditAction, BreakKind, Link, MAX_BODY_BYTES, MAX_EVENTS, MAX_KEY_CHARS, Position, Receipt, Report, hash,
};
use serde_json::Value;
use store::{Fault, Tx};
use web::{ApiError, Code, Problem, time};

use super::head::{self, Head};
use crate::streams::{EpochRefused, same_epoch};

const LOCK: &str = "select 1 from outlets where outlet_id = ?1 for update";
const HELD: &str = "select body, hash from audit_events where outlet_id = ?1 and chain_id = ?2 and n = ?3";
const ADD: &str = "
    insert into audit_events (outlet_id, chain_id, n, body, prev_hash, hash, received_at, at, business_date, action,
      actor_id, sort_key)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
/// Maximum characters of a value that is read from an event.
const MAX_VALUE_CHARS: usize = 200;

/// Why a report is refused.
#[derive(Debug, thiserror::Error)]
pub enum AuditRefused {
    /// The outlet is in another epoch.
    #[error(transparent)]
    Epoch(#[from] EpochRefused),
    /// No outlet sends this.
    #[error("invalid report of the audit log")]
    Invalid(Box<ApiError>),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<AuditRefused> for ApiError {
    fn from(refused: AuditRefused) -> Self {
        match refused {
            AuditRefused::Epoch(refused) => refused.into(),
            AuditRefused::Invalid(refused) => *refused,
            AuditRefused::Fault(fault) => fault.into(),
        }
    }
}

/// Stores the events of a report, unless the hub lacks the event before them.
///
/// # Errors
/// [`AuditRefused`].
pub fn accept(tx: &mut Tx<'_>, outlet_id: &str, report: &Report, now: Timestamp) -> Result<Receipt, AuditRefused> {
    check(report).map_err(|refused| AuditRefused::Invalid(Box::new(refused)))?;
    same_epoch(tx, outlet_id, Some(&report.epoch_id))?;
    tx.lock(LOCK, &[outlet_id.into()])?;
    if let Some(after) = &report.after
        && held(tx, outlet_id, &cleaned(&after.chain_id), after.n)?.is_none()
    {
        let head = match head::find(tx, outlet_id, &cleaned(&after.chain_id))? {
            Some(head) => Some(head),
            None => head::newest(tx, outlet_id)?,
        };
        return Ok(Receipt { position: head.map(|head| head.last), broken: head::broken(tx, outlet_id)? });
    }
    let mut accepting = Accepting { tx, outlet_id, heads: BTreeMap::new(), now: time::text(now) };
    for link in &report.events {
        accepting.add(link)?;
    }
    accepting.finish()?;
    let last = report.events.last().map(|link| &link.position).or(report.after.as_ref());
    Ok(Receipt { position: last.cloned(), broken: head::broken(tx, outlet_id)? })
}

fn check(report: &Report) -> Result<(), ApiError> {
    if report.events.len() > MAX_EVENTS {
        return Err(Code::InvalidBody.field("events", Problem::TooManyEntries.with("most", MAX_EVENTS)));
    }
    for (at, link) in report.events.iter().enumerate() {
        let too_long = |name: &str, most: usize| {
            Code::InvalidBody.field(format!("events[{at}].{name}"), Problem::TooLong.with("most", most))
        };
        if link.body.len() > MAX_BODY_BYTES {
            return Err(too_long("body", MAX_BODY_BYTES));
        }
        let keys =
            [("chain_id", &link.position.chain_id), ("hash", &link.position.hash), ("prev_hash", &link.prev_hash)];
        if let Some((name, _)) = keys.iter().find(|(_, key)| key.chars().count() > MAX_KEY_CHARS) {
            return Err(too_long(name, MAX_KEY_CHARS));
        }
    }
    Ok(())
}

/// The text without the character that PostgreSQL cannot store. No event that an outlet writes has it.
fn cleaned(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The text and the hash of an event that the hub has.
fn held(tx: &mut Tx<'_>, outlet_id: &str, chain_id: &str, n: i64) -> Result<Option<(String, String)>, Fault> {
    tx.first(HELD, &[outlet_id.into(), chain_id.into(), n.into()], |row| Ok((row.string(0)?, row.string(1)?)))
}

/// A report while its events are stored.
struct Accepting<'a, 't> {
    tx: &'a mut Tx<'t>,
    outlet_id: &'a str,
    /// The heads of the chains in the report.
    heads: BTreeMap<String, Head>,
    now: String,
}

impl Accepting<'_, '_> {
    fn add(&mut self, link: &Link) -> Result<(), Fault> {
        let (chain_id, n) = (cleaned(&link.position.chain_id), link.position.n);
        let (body, prev_hash, hash) = (cleaned(&link.body), cleaned(&link.prev_hash), cleaned(&link.position.hash));
        let mut head = match self.heads.remove(&chain_id) {
            Some(head) => head,
            None => head::find(self.tx, self.outlet_id, &chain_id)?.unwrap_or_else(|| Head::new(&chain_id)),
        };
        // Events up to the last one may be here already.
        let held = if n <= head.last.n { held(self.tx, self.outlet_id, &chain_id, n)? } else { None };
        match held {
            Some(held) if held == (body.clone(), hash.clone()) => {}
            Some(_) => head.mark(n, BreakKind::Changed, &self.now),
            None => {
                self.check_link(&mut head, n, [&prev_hash, &hash, &body]);
                let values: Value = serde_json::from_str(&body).unwrap_or_default();
                if n == 1 && text_of(&values, "action") == AuditAction::Restored.as_str() {
                    self.continue_chain(&mut head, &values)?;
                }
                self.store(&chain_id, n, [&prev_hash, &hash, &body], &values)?;
                if n > head.last.n {
                    head.last = Position { chain_id: chain_id.clone(), n, hash };
                }
            }
        }
        self.heads.insert(chain_id, head);
        Ok(())
    }

    /// Marks what is wrong with an event that the hub does not have.
    fn check_link(&self, head: &mut Head, n: i64, [prev_hash, hash, body]: [&str; 3]) {
        let last = head.last.clone();
        if n < 1 {
            head.mark(n, BreakKind::Inserted, &self.now);
        } else if n > last.n + 1 {
            head.mark(last.n + 1, BreakKind::Missing, &self.now);
        } else if self::hash(prev_hash, body.as_bytes()) != hash {
            head.mark(n, BreakKind::Changed, &self.now);
        } else if n == last.n + 1 && prev_hash != last.hash {
            head.mark(last.n.max(1), BreakKind::Changed, &self.now);
        }
    }

    /// The first event of a chain names the end of the chain before. The hub has that end, unless it was removed.
    fn continue_chain(&mut self, head: &mut Head, values: &Value) -> Result<(), Fault> {
        let Ok(end) = serde_json::from_value::<Position>(values["data"].clone()) else { return Ok(()) };
        let end = Position { chain_id: cleaned(&end.chain_id), hash: cleaned(&end.hash), ..end };
        let old = match self.heads.remove(&end.chain_id) {
            Some(old) => Some(old),
            None => head::find(self.tx, self.outlet_id, &end.chain_id)?,
        };
        if let Some(mut old) = old {
            match held(self.tx, self.outlet_id, &end.chain_id, end.n)? {
                Some((_, hash)) if hash == end.hash => {}
                Some(_) => old.mark(end.n, BreakKind::Changed, &self.now),
                None => old.mark(old.last.n + 1, BreakKind::Missing, &self.now),
            }
            self.heads.insert(end.chain_id.clone(), old);
        }
        head.continues = Some(end);
        Ok(())
    }

    fn store(
        &mut self,
        chain_id: &str,
        n: i64,
        [prev_hash, hash, body]: [&str; 3],
        values: &Value,
    ) -> Result<(), Fault> {
        let [at, date, action, actor] = ["at", "business_date", "action", "actor_id"].map(|name| text_of(values, name));
        let sort_key = format!("{at} {chain_id} {n:016}");
        let args = [
            self.outlet_id.into(),
            chain_id.into(),
            n.into(),
            body.into(),
            prev_hash.into(),
            hash.into(),
            (&self.now).into(),
            (&at).into(),
            (&date).into(),
            (&action).into(),
            (&actor).into(),
            (&sort_key).into(),
        ];
        self.tx.execute(ADD, &args).map(drop)
    }

    fn finish(self) -> Result<(), Fault> {
        let Self { tx, outlet_id, heads, now } = self;
        heads.values().try_for_each(|head| head::save(tx, outlet_id, head, &now))
    }
}

/// A text in an event; '' if there is none.
fn text_of(values: &Value, name: &str) -> String {
    let text = values.get(name).and_then(Value::as_str).unwrap_or_default();
    cleaned(text).chars().take(MAX_VALUE_CHARS).collect()
}
