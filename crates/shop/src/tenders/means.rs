//! What a payment is made with: a method, or a tender of the chain's list, which has one.

use domain::{Method, TenderSpecial};
use rusqlite::{OptionalExtension, Transaction, params};
use sqlite::text::raw;
use sqlite::{Fault, ReadRow};
use web::{ApiError, Choice, Code, Problem, text};

/// What a request pays with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// A method, without a tender.
    Method(Method),
    /// A tender of the list.
    Tender {
        /// Its id.
        id: String,
        /// The method, if the request names it too: that of the tender.
        method: Option<Method>,
    },
}

impl From<Method> for Means {
    fn from(method: Method) -> Self {
        Self::Method(method)
    }
}

/// A method, and the tender if the request named one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// The method.
    pub method: Method,
    /// Id of the tender.
    pub tender_id: Option<String>,
    /// Its name now.
    pub tender_name: Option<String>,
    /// The tender writes money off: it pays for nothing new.
    pub writes_off: bool,
}

/// Reads the `method` and `tender_id` of a request.
///
/// # Errors
/// 422 `invalid_body` if both are missing, `invalid_method`, `invalid_id`.
pub(crate) fn means(method: Option<&Choice<Method>>, tender_id: Option<&str>) -> Result<Means, ApiError> {
    let method = method.map(|method| method.check(Code::InvalidMethod, "method")).transpose()?;
    match (method, tender_id) {
        (method, Some(id)) => Ok(Means::Tender { id: text::reference("tender_id", id)?, method }),
        (Some(method), None) => Ok(Means::Method(method)),
        (None, None) => Err(Code::InvalidBody.field("method", Problem::Missing)),
    }
}

/// A tender as stored.
struct Stored {
    chosen: Chosen,
    needs_reference: bool,
    is_active: bool,
}

/// A tender of the list, also an inactive one. One with an unknown method pays for nothing.
///
/// # Errors
/// 422 `unknown_tender`.
fn stored(tx: &Transaction<'_>, id: &str) -> Result<Stored, ApiError> {
    let sql = "select name, method, special, needs_reference, active from tenders where id = ?1";
    let found = tx.prepare_cached(sql)?.query_row([raw(id)], |row| {
        let (name, method, special): (String, String, Option<String>) = (row.read(0)?, row.read(1)?, row.read(2)?);
        Ok(Method::parse(&method).map(|method| (name, method, special, row.read(3), row.read(4))))
    });
    let Some((name, method, special, needs_reference, is_active)) = found.optional()?.flatten() else {
        return Err(Code::UnknownTender.with("id", id).field("tender_id", Problem::NotFound));
    };
    let writes_off = special.as_deref() == Some(TenderSpecial::Writeoff.as_str());
    let chosen = Chosen { method, tender_id: Some(id.to_owned()), tender_name: Some(name), writes_off };
    Ok(Stored { chosen, needs_reference: needs_reference?, is_active: is_active? })
}

/// A tender of the list, also an inactive one.
///
/// # Errors
/// 422 `unknown_tender`.
pub(crate) fn find(tx: &Transaction<'_>, id: &str) -> Result<Chosen, ApiError> {
    Ok(stored(tx, id)?.chosen)
}

/// Whether payments by a tender open the drawer; false for an unknown one.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn opens_drawer(tx: &Transaction<'_>, id: &str) -> Result<bool, Fault> {
    let sql = "select opens_drawer from tenders where id = ?1";
    Ok(tx.prepare_cached(sql)?.query_row([raw(id)], |row| row.read(0)).optional()?.unwrap_or(false))
}

/// Refuses a channel that is not the tender of a delivery platform in use.
///
/// # Errors
/// 422 `unknown_channel`.
pub(crate) fn check_channel(tx: &Transaction<'_>, id: &str) -> Result<(), ApiError> {
    let sql = "select 1 from tenders where id = ?1 and active = 1 and special = ?2";
    let found = tx.prepare_cached(sql)?.query_row(params![raw(id), TenderSpecial::Platform.as_str()], |_| Ok(()));
    found.optional()?.ok_or_else(|| Code::UnknownChannel.with("id", id).field("channel", Problem::NotFound))
}

/// The name of a channel now; `None` if its tender was deleted.
///
/// # Errors
/// The error from SQLite.
pub(crate) fn channel_name(tx: &Transaction<'_>, id: &str) -> Result<Option<String>, Fault> {
    let sql = "select name from tenders where id = ?1";
    Ok(tx.prepare_cached(sql)?.query_row([raw(id)], |row| row.read(0)).optional()?)
}

impl Means {
    /// The method and the tender of a payment with this reference.
    ///
    /// # Errors
    /// 422 `unknown_tender`, `tender_inactive`, `reference_required`, `invalid_method`; `tender_writes_off`: such a tender
    /// only replaces a payment.
    pub(crate) fn pay(&self, tx: &Transaction<'_>, reference: Option<&str>) -> Result<Chosen, ApiError> {
        let chosen = self.replace(tx, reference)?;
        if chosen.writes_off {
            return Err(Code::TenderWritesOff.with("name", chosen.tender_name.unwrap_or_default()));
        }
        Ok(chosen)
    }

    /// The method and the tender of a payment that replaces another one, with this reference.
    ///
    /// # Errors
    /// 422 `unknown_tender`, `tender_inactive`, `reference_required`, `invalid_method`.
    pub(crate) fn replace(&self, tx: &Transaction<'_>, reference: Option<&str>) -> Result<Chosen, ApiError> {
        let (id, method) = match self {
            Self::Method(method) => {
                return Ok(Chosen { method: *method, tender_id: None, tender_name: None, writes_off: false });
            }
            Self::Tender { id, method } => (id, *method),
        };
        let Stored { chosen, needs_reference, is_active } = stored(tx, id)?;
        let name = chosen.tender_name.as_deref().unwrap_or_default();
        check_method(method, chosen.method, name)?;
        if !is_active {
            return Err(Code::TenderInactive.with("name", name));
        }
        if needs_reference && reference.is_none() {
            return Err(Code::ReferenceRequired.with("name", name).field("reference", Problem::Missing));
        }
        Ok(chosen)
    }
}

/// Refuses a method beside a tender of another one.
pub(crate) fn check_method(named: Option<Method>, of_tender: Method, name: &str) -> Result<(), ApiError> {
    match named {
        Some(method) if method != of_tender => {
            let other = Problem::MethodOfTender.with("tender", name).with("method", of_tender.as_str());
            Err(Code::InvalidMethod.field("method", other))
        }
        _ => Ok(()),
    }
}
