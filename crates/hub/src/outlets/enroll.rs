//! Enrolls an outlet, the first time or again in a new epoch.
//!
//! The outlet generates the key and the epoch id and stores them before the request, so a lost answer does no harm: the
//! same request gets the same answer.

use jiff::Timestamp;
use protocol::updates::{EnrollRequest, EnrollResponse};
use protocol::wire::Epoch;
use store::{Fault, Row, Tx};
use web::secret;

use super::code;
use super::history::{self, KeyOrigin};
use crate::{chain, json};

/// Minimum length of a key: a plain hash protects only long random values.
const MIN_KEY: usize = 32;
const MAX_KEY: usize = 256;
/// Maximum length of an epoch id, as in a batch.
const MAX_ID: usize = 128;
/// More than any outlet reaches; adding one never overflows.
const MAX_EPOCHS: i64 = 1_000_000_000;

/// Why an enrollment is refused.
#[derive(Debug, thiserror::Error)]
pub enum EnrollRefused {
    /// The code is unknown, used or expired; the answer does not distinguish.
    #[error("enrollment code is invalid, used or expired; ask head office for a new one")]
    WrongCode,
    /// The request is malformed.
    #[error("invalid enrollment request: {0}")]
    Invalid(&'static str),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

struct Outlet {
    id: String,
    code: String,
    name: String,
    keys: [Option<String>; 2],
    expires_at: Option<String>,
    /// The epoch that used the code, and the answer.
    used: Option<(String, EnrollResponse)>,
}

const BY_CODE: &str = "
    select outlet_id, code, name, api_key_hash, previous_key_hash, enroll_code_expires_at, enrolled_epoch_id,
      enrolled_answer
    from outlets
    where enroll_code_hash = ?1 and state = 'active'";
const KEY_TAKEN: &str = "select 1 from outlets where api_key_hash = ?1 and outlet_id <> ?2";
const PREVIOUS_KEY_TAKEN: &str = "select 1 from outlets where previous_key_hash = ?1 and outlet_id <> ?2";
// Also ends the previous key: no other machine of this outlet may continue.
const JOIN: &str = "
    update outlets set api_key_hash = ?2, previous_key_hash = null, previous_key_until = null, enrolled_epoch_id = ?3,
      enrolled_answer = ?4, last_contact_at = ?5, process = null, previous_process = null, process_returns = 0,
      process_returned_at = null
    where outlet_id = ?1";

/// Uses the code: the outlet gets the key in the request, and its batch chain starts in a new epoch. A repeated request
/// gets the same answer.
///
/// # Errors
/// [`EnrollRefused`].
pub fn enroll(tx: &mut Tx<'_>, request: &EnrollRequest, now: Timestamp) -> Result<EnrollResponse, EnrollRefused> {
    check(request)?;
    let at = now;
    let now = web::time::text(now);
    let found = tx.first(BY_CODE, &[(&code::hash(&request.code)).into()], outlet)?;
    let outlet = found.ok_or(EnrollRefused::WrongCode)?;
    if let Some((epoch_id, answer)) = outlet.used {
        // A caller that knows the code and the epoch id, but not the key, is not the outlet.
        let keys = outlet.keys.iter().flatten();
        let knows_key = keys.map(|hash| secret::key_matches(&request.api_key, hash)).fold(false, |any, one| any | one);
        return if epoch_id == request.epoch_id && knows_key { Ok(answer) } else { Err(EnrollRefused::WrongCode) };
    }
    if outlet.expires_at.is_none_or(|until| !code::is_open(&until, at)) {
        return Err(EnrollRefused::WrongCode);
    }
    let key_hash = secret::key_hash(&request.api_key);
    for sql in [KEY_TAKEN, PREVIOUS_KEY_TAKEN] {
        if tx.first(sql, &[(&key_hash).into(), (&outlet.id).into()], |_| Ok(()))?.is_some() {
            return Err(EnrollRefused::Invalid("the api_key belongs to another outlet; generate a new one"));
        }
    }
    let previous_chain = chain::find(tx, &outlet.id)?;
    let known = previous_chain.as_ref().map_or(0, |row| row.epoch.number);
    let epoch = Epoch { number: known.max(request.epoch_number) + 1, id: request.epoch_id.clone() };
    let answer = EnrollResponse {
        outlet_id: outlet.id,
        outlet_code: outlet.code,
        outlet_name: outlet.name,
        epoch,
        previous_chain,
    };
    let stored_answer = json::text(&answer);
    let args = [&answer.outlet_id, &key_hash, &request.epoch_id, &stored_answer, &now];
    // The outlet's row first, as batches lock them.
    tx.execute(JOIN, &args.map(Into::into))?;
    history::end_keys_except(tx, &answer.outlet_id, &key_hash, &now)?;
    history::add_key(tx, &answer.outlet_id, &key_hash, KeyOrigin::Enrolled, &now)?;
    chain::begin(tx, &answer.outlet_id, &answer.epoch, &now)?;
    Ok(answer)
}

fn check(request: &EnrollRequest) -> Result<(), EnrollRefused> {
    let key = (MIN_KEY..=MAX_KEY).contains(&request.api_key.len());
    let rules = [
        (key && request.api_key.bytes().all(|b| b.is_ascii_graphic()), "api_key has 32 to 256 ASCII characters"),
        ((1..=MAX_ID).contains(&request.epoch_id.len()), "epoch_id has 1 to 128 bytes"),
        ((0..MAX_EPOCHS).contains(&request.epoch_number), "epoch_number is 0 to 999,999,999"),
    ];
    rules.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, rule)| Err(EnrollRefused::Invalid(rule)))
}

fn outlet(row: &Row<'_>) -> Result<Outlet, Fault> {
    let used = row.maybe_string(6)?.map(|epoch_id| Ok::<_, Fault>((epoch_id, row.json(7)?))).transpose()?;
    Ok(Outlet {
        id: row.string(0)?,
        code: row.string(1)?,
        name: row.string(2)?,
        keys: [row.maybe_string(3)?, row.maybe_string(4)?],
        expires_at: row.maybe_string(5)?,
        used,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn an_outlet_is_found_by_its_code_and_a_key_by_its_hash() {
        for sql in [BY_CODE, KEY_TAKEN, PREVIOUS_KEY_TAKEN] {
            plans::assert_keyed(sql);
        }
    }
}
