//! The report of an outlet about itself, in the headers of each request.

use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use store::{Fault, Tx};

use super::authenticate::{KeyRefused, authenticate};
use super::history;
use super::processes::{self, Processes};

/// Shown to people only; sync does not depend on it.
#[derive(Debug, Default)]
pub(crate) struct RequestReport {
    /// The hub's clock minus the outlet's, including the transmission time.
    pub clock_offset_ms: Option<i64>,
    /// Changes that wait at the outlet.
    pub pending: Option<i64>,
    pub app_version: Option<String>,
    /// The process id; batches do not contain it.
    pub process: Option<String>,
}

impl RequestReport {
    /// Reads the headers. An unreadable one is ignored and delays no sale.
    pub(crate) fn of(headers: &HeaderMap, received: Timestamp) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let sent_at = text("x-sent-at").and_then(|sent| sent.parse::<Timestamp>().ok());
        let version = text(header::USER_AGENT.as_str()).and_then(|agent| agent.strip_prefix("gerai/"));
        Self {
            clock_offset_ms: sent_at.map(|sent| received.as_millisecond() - sent.as_millisecond()),
            pending: text("x-outlet-pending").and_then(|n| n.parse().ok()).filter(|&n| n >= 0),
            app_version: version.map(|version| version.chars().take_while(|c| !c.is_whitespace()).take(32).collect()),
            process: processes::id(text(processes::PROCESS)).map(str::to_owned),
        }
    }
}

// Missing values keep those of the last report. The first use of the new key ends the previous one.
const RECORD_CONTACT: &str = "
    update outlets set last_contact_at = ?3, clock_offset_ms = coalesce(?4, clock_offset_ms),
      reported_pending = coalesce(?5, reported_pending),
      reported_pending_at = case when ?5 is null then reported_pending_at else ?3 end, app_version = coalesce(?6, app_version),
      previous_key_hash = case when api_key_hash = ?2 then null else previous_key_hash end,
      previous_key_until = case when api_key_hash = ?2 then null else previous_key_until end
    where outlet_id = ?1 and state = 'active'
      and (api_key_hash = ?2 or (previous_key_hash = ?2 and previous_key_until > ?3))";

const REPLACED: &str = "
    select 1 from outlets where outlet_id = ?1 and api_key_hash = ?2 and previous_key_hash is not null";

const PROCESSES: &str =
    "select process, previous_process, process_returns, process_returned_at from outlets where outlet_id = ?1";
const SET_PROCESSES: &str = "
    update outlets set process = ?2, previous_process = ?3, process_returns = ?4, process_returned_at = ?5
    where outlet_id = ?1";

/// Records the process of a request; returns the outlet's processes.
pub(crate) fn record_process(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    process: &str,
    now: Timestamp,
) -> Result<Processes, Fault> {
    let found = tx.first(PROCESSES, &[outlet_id.into()], |row| Processes::of(row, 0))?;
    let mut processes = found.unwrap_or_default();
    let before = processes.has_duplicates();
    processes.record(process, now);
    let [current, previous, returns, returned_at] = processes.values();
    tx.execute(SET_PROCESSES, &[outlet_id.into(), current, previous, returns, returned_at])?;
    if processes.has_duplicates() && !before {
        tracing::error!(outlet_id, "two servers use this outlet's key; stop the copy");
    }
    Ok(processes)
}

/// Records the contact if the key is still valid: it may have been revoked while the request was read.
pub(crate) fn record_contact(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    key_hash: &str,
    report: &RequestReport,
    now: Timestamp,
) -> Result<(), KeyRefused> {
    let at = web::time::text(now);
    if tx.first(REPLACED, &[outlet_id.into(), key_hash.into()], |_| Ok(()))?.is_some() {
        history::end_keys_except(tx, outlet_id, key_hash, &at)?;
    }
    let recorded = tx.execute(
        RECORD_CONTACT,
        &[
            outlet_id.into(),
            key_hash.into(),
            (&at).into(),
            report.clock_offset_ms.into(),
            report.pending.into(),
            report.app_version.as_deref().into(),
        ],
    )?;
    if recorded == 1 { Ok(()) } else { authenticate(tx, outlet_id, key_hash, now).map(|_| ()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn contact_is_recorded_by_key() {
        for sql in [REPLACED, RECORD_CONTACT, PROCESSES, SET_PROCESSES] {
            plans::assert_keyed(sql);
        }
    }

    #[tokio::test]
    async fn a_request_with_a_key_revoked_meanwhile_is_rejected() {
        let dir = tempfile::tempdir().unwrap();
        let store =
            store::Store::open(&format!("sqlite:{}", dir.path().join("hub.db").display()), &crate::SCHEMA).unwrap();
        let now = web::time::now();
        let added = store.write(move |tx| crate::outlets::add(tx, "A", "Kemang", now)).await.unwrap();
        let (id, hash) = (added.outlet_id, web::secret::key_hash(&added.api_key));
        let record = || {
            let (id, hash) = (id.clone(), hash.clone());
            store.write(move |tx| record_contact(tx, &id, &hash, &RequestReport::default(), now))
        };
        record().await.unwrap();
        store.write(move |tx| crate::outlets::revoke(tx, "A", now)).await.unwrap();
        assert!(matches!(record().await, Err(KeyRefused::Revoked)));
        let sql = "update outlets set state = 'active', api_key_hash = 'another'";
        store.write(move |tx| tx.execute(sql, &[])).await.unwrap();
        assert!(matches!(record().await, Err(KeyRefused::Unknown)));
    }
}
