//! The next message for an endpoint: the current heads.

use jiff::Timestamp;
use protocol::cursor::{CATALOG, Cursor, of_outlet};
use serde_json::json;
use store::{Fault, Tx};
use web::time;
use web::webhook::Secret;

use super::endpoint::OVERLAP;
use crate::streams::heads;

/// A hint, ready to be signed.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub outlet_id: String,
    pub url: String,
    /// Both secrets during a rotation.
    pub secrets: Vec<Secret>,
    /// The same for the same heads, so that the receiver recognizes a repeated message. Heads include their random row
    /// ids: a restored hub assigns the same numbers to other changes.
    pub id: String,
    pub body: Vec<u8>,
    /// The heads of both streams, stored as delivered after success.
    pub heads: String,
}

const FIND: &str = "
    select url, secret, case when previous_secret_until > ?2 and previous_secret_until <= ?3 then previous_secret end, delivered_cursor
    from webhooks where outlet_id = ?1";

/// Builds the message from the current heads; none if they were delivered, or if there is no endpoint.
pub(super) fn message(tx: &mut Tx<'_>, outlet_id: &str, now: Timestamp) -> Result<Option<Message>, Fault> {
    // An expiry beyond the limit was set by a clock that ran ahead: the previous secret does not sign.
    let latest = time::text(now.saturating_add(OVERLAP).unwrap_or(now));
    let found = tx.first(FIND, &[outlet_id.into(), (&time::text(now)).into(), (&latest).into()], |row| {
        Ok((row.string(0)?, [Some(row.string(1)?), row.maybe_string(2)?], row.string(3)?))
    })?;
    let at = heads(tx, outlet_id)?;
    let heads = at.to_string();
    let Some((url, secrets, delivered)) = found.filter(|(.., delivered)| *delivered != heads) else { return Ok(None) };
    // The outlet pulls both streams after any hint.
    let before: Cursor = delivered.parse().unwrap_or_default();
    let grown = if before.catalog == at.catalog && !delivered.is_empty() {
        json!({"stream": of_outlet(outlet_id), "n": at.outlet.n})
    } else {
        json!({"stream": CATALOG, "n": at.catalog.n})
    };
    Ok(Some(Message {
        outlet_id: outlet_id.to_owned(),
        url,
        secrets: secrets.into_iter().flatten().filter_map(|secret| secret.parse().ok()).collect(),
        id: format!("msg_{}", web::secret::digest(&[outlet_id.as_bytes(), b" ", heads.as_bytes()])),
        body: json!({"type": "stream.head", "data": grown}).to_string().into_bytes(),
        heads,
    }))
}
