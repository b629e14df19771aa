//! What can be wrong with an outlet's database, each with what to do about it. Looks, and changes nothing.

use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Serialize;
use sqlite::{Fault, ReadRow};

use crate::config::SyncEnv;
use crate::schema;
use crate::settings::cloud::cloud;
use crate::sync::health::health;
use crate::sync::queue::chain;
use crate::unreadable;

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// What was looked at, in a word.
    pub about: &'static str,
    /// Nothing to do.
    pub well: bool,
    /// In words; where it is not well, with what to do.
    pub message: String,
}

impl Finding {
    /// Nothing to do.
    #[must_use]
    pub fn well(about: &'static str, message: impl Into<String>) -> Self {
        Self { about, well: true, message: message.into() }
    }

    /// Someone must act.
    #[must_use]
    pub fn ill(about: &'static str, message: impl Into<String>) -> Self {
        Self { about, well: false, message: message.into() }
    }

    fn when(well: bool, about: &'static str, good: impl Into<String>, bad: impl Into<String>) -> Self {
        if well { Self::well(about, good) } else { Self::ill(about, bad) }
    }
}

/// Looks at the file, the triggers, the counters, the link and what is stuck.
///
/// # Errors
/// What SQLite said.
pub fn examine(tx: &Transaction<'_>, env: &SyncEnv, now: Timestamp) -> Result<Vec<Finding>, Fault> {
    let mut findings = vec![
        file(tx)?,
        triggers(tx)?,
        guard(tx)?,
        counters(tx)?,
        orders(tx)?,
        rows(tx)?,
        link(tx, env)?,
        failed(tx)?,
        oldest(tx)?,
    ];
    findings.extend(reasons(tx, env, now)?);
    Ok(findings)
}

/// What is to be said of the hub's clock minus this machine's, once the hub was asked.
#[must_use]
pub fn clock(offset_ms: i64) -> Finding {
    match ::sync::clock::wrong(offset_ms) {
        None => Finding::well("clock", "This machine and head office agree on the time."),
        Some(wrong) => Finding::ill("clock", wrong),
    }
}

/// What the health of sync says beyond what was looked at more closely above.
fn reasons(tx: &Transaction<'_>, env: &SyncEnv, now: Timestamp) -> Result<Vec<Finding>, Fault> {
    let found = health(tx, env, None, now)?.reasons;
    let looked_at = [
        ("aside", "items_set_aside", "Nothing is set aside."),
        ("conflicts", "conflicts_open", "No conflict waits for a person."),
        ("updates", "updates_kept", "Everything that came from head office is applied."),
        ("streams", "stream_gap", "Head office's changes were read without a gap."),
        ("days", "statement_differs", "The figures of settled days are head office's."),
        ("disk", "disk_low", "There is room beside the database."),
    ];
    let finding = |(about, code, good): (&'static str, &str, &str)| match found.iter().find(|r| r.code == code) {
        // The worker is at it.
        Some(reason) if about == "aside" => Finding::well(about, reason.message.clone()),
        Some(reason) => Finding::ill(about, reason.message.clone()),
        None => Finding::well(about, good),
    };
    Ok(looked_at.into_iter().map(finding).collect())
}

fn count(tx: &Transaction<'_>, sql: &str) -> Result<i64, Fault> {
    Ok(tx.query_row(sql, [], |row| row.read(0))?)
}

fn file(tx: &Transaction<'_>) -> Result<Finding, Fault> {
    let said: String = tx.query_row("pragma quick_check(1)", [], |row| row.read(0))?;
    let bad = format!(
        "The database file is damaged ({said}). Stop the server, keep a copy of the file, and restore a backup."
    );
    Ok(Finding::when(said == "ok", "file", "The database file is sound.", bad))
}

fn triggers(tx: &Transaction<'_>) -> Result<Finding, Fault> {
    let names: Vec<_> = schema::deviations(tx)?.into_iter().map(|deviation| deviation.name).collect();
    let bad = format!(
        "These triggers or views are missing or changed: {}. Changes may go unnoticed; start the server again, it puts them right.",
        names.join(", ")
    );
    Ok(Finding::when(names.is_empty(), "triggers", "Every change is queued: the triggers are as they should be.", bad))
}

fn guard(tx: &Transaction<'_>) -> Result<Finding, Fault> {
    let set = count(tx, "select count(*) from sync_ctx where applying_type is not null")? > 0;
    let bad = "The guard of the sync system was left set: one entity's changes are not queued. Start the server again, it clears it.";
    Ok(Finding::when(!set, "guard", "Nothing keeps changes out of the queue.", bad))
}

fn counters(tx: &Transaction<'_>) -> Result<Finding, Fault> {
    let wrong = count(
        tx,
        "select (select pending from sync_ctx) <> (select count(*) from sync_state where status = 'pending')
            or (select failed from sync_ctx) <> (select count(*) from sync_state where status = 'failed')",
    )? != 0;
    let bad = "The counters of the queue do not match its rows; someone has edited sync_state or sync_ctx. What waits is sent all the same.";
    Ok(Finding::when(!wrong, "counters", "The counters match the queue.", bad))
}

fn orders(tx: &Transaction<'_>) -> Result<Finding, Fault> {
    let unbalanced = count(
        tx,
        "select count(*) from orders o where o.status = 'paid'
           and o.total > (select coalesce(sum(amount), 0) from payments p where p.order_id = o.id)",
    )?;
    let unmarked = count(
        tx,
        "select count(*) from orders o
           where not exists (select 1 from sync_state s where s.entity_type = 'order' and s.entity_id = o.id)",
    )?;
    let bad = format!(
        "{unbalanced} paid orders whose payments do not cover their total, {unmarked} orders that were never queued. \
         Tell whoever looks after this system; nothing was changed."
    );
    Ok(Finding::when(
        unbalanced == 0 && unmarked == 0,
        "orders",
        "Every paid order is paid in full, and known to sync.",
        bad,
    ))
}

/// What the doctor names at once.
const MOST_ROWS: usize = 20;

fn rows(tx: &Transaction<'_>) -> Result<Finding, Fault> {
    let mut found = unreadable::everywhere(tx, MOST_ROWS + 1)?;
    let more = if found.len() > MOST_ROWS { " There are more." } else { "" };
    found.truncate(MOST_ROWS);
    let bad: Vec<_> = found.iter().map(ToString::to_string).collect();
    let bad = format!("Rows that cannot be read are not sent, and shown with U+FFFD. {}{more}", bad.join(" "));
    Ok(Finding::when(found.is_empty(), "rows", "Every row can be read.", bad))
}

fn link(tx: &Transaction<'_>, env: &SyncEnv) -> Result<Finding, Fault> {
    let cloud = cloud(tx, env)?;
    if let Some((_, message)) = chain(tx)?.stopped {
        return Ok(Finding::ill("link", message));
    }
    Ok(match cloud.address() {
        Err(missing) => Finding::ill("link", missing),
        Ok(_) if !cloud.enabled => Finding::ill(
            "link",
            "Sync is switched off: set SYNC_ENABLED=true in .env, or sync_enabled = 1 in outlet_config.",
        ),
        Ok(address) => Finding::well("link", format!("Sync is on, to {}.", address.api_url)),
    })
}

fn failed(tx: &Transaction<'_>) -> Result<Finding, Fault> {
    let failed = count(tx, "select failed from sync_ctx where id = 1")?;
    let bad = format!(
        "{failed} items were refused or keep failing; 'gerai sync quarantine' says why, 'gerai sync retry ID' tries again."
    );
    Ok(Finding::when(failed == 0, "failed", "Nothing has failed.", bad))
}

/// A sale that has waited for more than a day is worth a look.
fn oldest(tx: &Transaction<'_>) -> Result<Finding, Fault> {
    let (waiting, oldest, late) = tx.query_row(
        "select (select pending from sync_ctx), changed_at, changed_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 day')
         from (select min(seq) as seq from sync_state where status = 'pending') first
         left join sync_state s on s.status = 'pending' and s.seq = first.seq",
        [],
        |row| Ok((row.read::<i64>(0)?, row.read::<Option<String>>(1)?, row.read::<Option<bool>>(2)?)),
    )?;
    let since = oldest.unwrap_or_default();
    let good = if waiting == 0 {
        "Nothing waits.".to_owned()
    } else {
        format!("{waiting} changes wait, the oldest since {since}.")
    };
    let bad =
        format!("{waiting} changes wait, the oldest since {since}: more than a day. Check the link to head office.");
    Ok(Finding::when(late != Some(true), "queue", good, bad))
}
