//! Enrolls at a hub with a one-time code: the first time, and again after a restore, a clone or a new machine.

use access::audit::{Author, Deed, TERMINAL, record};
use domain::audit::AuditAction;
use domain::link;
use jiff::Timestamp;
use protocol::rule::{Rule, disabled};
use protocol::updates::{EnrollRequest, EnrollResponse};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::json;
use sqlite::{Db, Fault, ReadRow};
use web::{ApiError, Code, secret, time};

use crate::chain::chain;
use crate::client::hub::{Client, HubError};
use crate::config::SyncEnv;
use crate::error::QueueError;
use crate::link::link_error;
use crate::progress::range;
use crate::push::adopt::begin_epoch;
use crate::settings::hub_link::hub_link;

/// Why the outlet was not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// The hub failed or cannot be reached.
    #[error(transparent)]
    Hub(#[from] HubError),
    /// The database failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl From<Fault> for EnrollError {
    fn from(fault: Fault) -> Self {
        Self::Queue(fault.into())
    }
}

impl From<EnrollError> for ApiError {
    fn from(error: EnrollError) -> Self {
        match error {
            EnrollError::Hub(error) if error.reason().code() == Code::WrongCode.as_str() => Code::WrongCode.into(),
            EnrollError::Hub(error) => Code::HubUnreachable.with("detail", error.reason().message()),
            EnrollError::Queue(error) => error.into(),
        }
    }
}

/// Enrolls. After a lost answer the same code can be used again.
///
/// # Errors
/// [`EnrollError`]: nothing has changed, and the outlet continues to sell.
pub async fn enroll(db: &Db, hub_url: &str, code: &str) -> Result<EnrollResponse, EnrollError> {
    let (url, code) = (hub_url.to_owned(), code.to_owned());
    let request = db.write(move |tx| begin(tx, &url, &code)).await?;
    send(db, hub_url, request, TERMINAL.to_owned()).await
}

/// Sends the request of [`begin`], and applies the answer.
///
/// # Errors
/// [`EnrollError`]: nothing has changed.
pub async fn send(db: &Db, hub_url: &str, request: EnrollRequest, by: String) -> Result<EnrollResponse, EnrollError> {
    let enrolled = Client::new().enroll(hub_url, &request).await?;
    let (url, answer) = (hub_url.to_owned(), enrolled.clone());
    db.write(move |tx| finish(tx, &url, &request, &answer, by.as_str(), time::now())).await?;
    Ok(enrolled)
}

/// Refuses to enroll an outlet that is linked: another hub would not have its acknowledged sales. If sync has stopped, or
/// the hub refuses the outlet, enrolling again is the way out.
///
/// # Errors
/// 409 `already_enrolled`.
pub fn check_unlinked(tx: &Transaction<'_>, env: &SyncEnv) -> Result<(), ApiError> {
    let Ok(address) = hub_link(tx, env)?.address() else { return Ok(()) };
    let is_refused = link_error::find(tx)?.is_some_and(|error| error.refused);
    if is_refused || chain(tx)?.stopped.is_some() {
        return Ok(());
    }
    Err(Code::AlreadyEnrolled.with("url", address.api_url))
}

/// Creates key and epoch id and stores them before they are sent; the same code reuses them.
///
/// # Errors
/// [`QueueError`].
pub fn begin(tx: &Transaction<'_>, hub_url: &str, code: &str) -> Result<EnrollRequest, QueueError> {
    let stored = tx
        .query_row(
            "select epoch_id, api_key from sync_enrollment where id = 1 and hub_url = ?1 and code = ?2",
            [hub_url, code],
            |row| Ok((row.read(0)?, row.read(1)?)),
        )
        .optional()?;
    let (epoch_id, api_key) = match stored {
        Some(stored) => stored,
        None => {
            let created: (String, String) = (secret::random(), secret::random());
            tx.execute(
                "insert into sync_enrollment (id, hub_url, code, epoch_id, api_key) values (1, ?1, ?2, ?3, ?4)
                 on conflict (id) do update set hub_url = excluded.hub_url, code = excluded.code,
                   epoch_id = excluded.epoch_id, api_key = excluded.api_key",
                params![hub_url, code, created.0, created.1],
            )?;
            created
        }
    };
    let epoch_number = chain(tx)?.epoch.number;
    Ok(EnrollRequest { code: code.to_owned(), epoch_id, epoch_number, api_key })
}

/// Begins the new epoch: applies the chain rule to the end of the previous one, and begins to compare the outlet-owned
/// entities before anything is pushed.
///
/// # Errors
/// [`QueueError`].
pub fn finish<'a>(
    tx: &Transaction<'_>,
    hub_url: &str,
    request: &EnrollRequest,
    enrolled: &EnrollResponse,
    by: impl Into<Author<'a>>,
    now: Timestamp,
) -> Result<(), QueueError> {
    if enrolled.epoch.id != request.epoch_id || chain(tx)?.epoch.id == enrolled.epoch.id {
        // An answer to another request, or one that was applied before.
        return Ok(());
    }
    let root = begin_epoch(tx, enrolled.previous_chain.as_ref(), now)?;
    tx.execute("update sync_state set batch_no = null where batch_no is not null", [])?;
    tx.execute(
        "update sync_chain set epoch_number = ?1, epoch_id = ?2, batch_no = 0, batch_id = null, reported_digest = '', root_batch_id = ?3,
           stopped_code = null, stopped_args = null, stopped_message = null where id = 1",
        params![enrolled.epoch.number, enrolled.epoch.id, root],
    )?;
    tx.execute(
        "update outlet_config set outlet_id = ?1, outlet_code = ?2, outlet_name = ?3, cloud_api_url = ?4,
           cloud_api_key = ?5, sync_enabled = 1 where id = 1",
        params![enrolled.outlet_id, enrolled.outlet_code, enrolled.outlet_name, hub_url, request.api_key],
    )?;
    tx.execute(
        "insert into sync_key_origin (id, key_hash, origin) values (1, ?1, ?2)
         on conflict (id) do update set key_hash = excluded.key_hash, origin = excluded.origin",
        [secret::key_hash(&request.api_key), link::origin(hub_url)],
    )?;
    if !disabled(Rule::OwnedFirst) {
        range::begin_rejoin(tx, now)?;
    }
    tx.execute("delete from sync_enrollment", [])?;
    let data = json!({"url": hub_url, "code": enrolled.outlet_code, "name": enrolled.outlet_name});
    Ok(record(tx, by, Deed::new(AuditAction::Enrolled).with(data), now)?)
}
