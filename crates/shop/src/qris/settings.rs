//! The shop's static code, in the row of its settings.

use access::audit::Author;
use domain::qris::{Qris, QrisMode};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::{ApiError, Word};

use super::MerchantShown;
use crate::audit;
use crate::version::{check_version, version};

/// The id of the single row.
const ID: &str = protocol::entity::SINGLE_ID;

/// The stored columns.
#[derive(Debug, Serialize)]
pub(super) struct Stored {
    pub(super) qris_payload: Option<String>,
    pub(super) qris_mode: Word<QrisMode>,
}

impl Stored {
    /// The code, unless the shop has none or the stored one is damaged.
    pub(super) fn code(&self) -> Option<Qris> {
        self.qris_payload.as_deref().and_then(|payload| Qris::parse(payload).ok())
    }

    /// How an amount is put into the code.
    pub(super) fn mode(&self) -> QrisMode {
        self.qris_mode.known().unwrap_or(QrisMode::Amount12)
    }
}

/// The shop's QRIS code.
#[derive(Debug, Serialize, ToSchema)]
pub struct QrisSettings {
    /// The static code; null: the shop has none.
    pub payload: Option<String>,
    /// How an amount is put into it.
    #[schema(value_type = QrisMode)]
    pub mode: Word<QrisMode>,
    /// Whom it pays; null without a code, or if the stored one is damaged.
    pub merchant: Option<MerchantShown>,
    /// The code asks the guest for a tip or a fee. Codes of payments leave this out.
    pub asks_for_tip: bool,
    /// Version of the shop's settings, for `If-Match`.
    pub version: i64,
}

/// Reads the columns.
///
/// # Errors
/// The error from SQLite.
pub(super) fn stored(tx: &Transaction<'_>) -> Result<Stored, Fault> {
    let sql = "select qris_payload, qris_mode from settings where id = ?1";
    let found = tx
        .prepare_cached(sql)?
        .query_row([ID], |row| Ok(Stored { qris_payload: row.read(0)?, qris_mode: Word::of(row.read(1)?) }));
    let none = Stored { qris_payload: None, qris_mode: Word::Known(QrisMode::Amount12) };
    Ok(found.optional()?.unwrap_or(none))
}

/// The code, and whom it pays.
///
/// # Errors
/// The error from SQLite.
pub fn get(tx: &Transaction<'_>) -> Result<QrisSettings, Fault> {
    let stored = stored(tx)?;
    let code = stored.code();
    Ok(QrisSettings {
        merchant: code.as_ref().map(|code| code.merchant().into()),
        asks_for_tip: code.is_some_and(|code| code.asks_for_tip()),
        payload: stored.qris_payload,
        mode: stored.qris_mode,
        version: version(tx, "setting", ID)?,
    })
}

/// Replaces the code, or removes it.
///
/// # Errors
/// 412.
pub fn replace(
    tx: &Transaction<'_>,
    by: Author<'_>,
    (payload, mode): (Option<&str>, QrisMode),
    if_version: Option<i64>,
) -> Result<QrisSettings, ApiError> {
    check_version(tx, "setting", ID, if_version)?;
    let before = stored(tx)?;
    tx.execute(
        "insert into settings (id, qris_payload, qris_mode) values (?1, ?2, ?3)
         on conflict (id) do update set qris_payload = excluded.qris_payload, qris_mode = excluded.qris_mode",
        params![ID, payload, mode.as_str()],
    )?;
    audit::changed(tx, by, ("setting", ID), (Some(&before), Some(&stored(tx)?)))?;
    Ok(get(tx)?)
}
