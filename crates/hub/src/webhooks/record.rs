//! Records the result of an attempt.

use jiff::{SignedDuration, Timestamp};
use store::{Fault, Tx};
use web::messages::ReasonCode;
use web::time;

use super::EndpointState;
use super::message::Message;
use super::post::Outcome;
use super::schedule::{after_failure, once_a_day};

/// Minimum interval between hints to an outlet.
const MIN_BETWEEN: SignedDuration = SignedDuration::from_secs(1);

// An endpoint whose address was set in between is a different one.
const DELIVERED: &str = "
    update webhooks set state = 'active', delivered_cursor = ?3, failures = 0, first_failed_at = null, next_try_at = ?5,
      last_error_code = null, last_error_args = null, last_error = null, delivered_at = ?4
    where outlet_id = ?1 and url = ?2";
const FAILURES: &str = "
    select failures + 1, coalesce(first_failed_at, ?3) from webhooks where outlet_id = ?1 and url = ?2";
const FAILED: &str = "
    update webhooks set state = ?3, failures = ?4, first_failed_at = ?5, next_try_at = ?6, last_error_code = ?7,
      last_error_args = ?8, last_error = ?9
    where outlet_id = ?1 and url = ?2";

/// Records the result; returns the endpoint's state, if it still exists. `random` is any random number.
pub(super) fn record(
    tx: &mut Tx<'_>,
    message: &Message,
    outcome: &Outcome,
    now: Timestamp,
    random: u64,
) -> Result<Option<EndpointState>, Fault> {
    let (outlet_id, url, at) = ((&message.outlet_id).into(), (&message.url).into(), time::text(now));
    let gone = ReasonCode::WebhookGone.into();
    let (reason, retry_after) = match outcome {
        Outcome::Delivered => {
            let next = time::text(now.saturating_add(MIN_BETWEEN).unwrap_or(now));
            let settled =
                tx.execute(DELIVERED, &[outlet_id, url, (&message.heads).into(), (&at).into(), (&next).into()])?;
            return Ok((settled > 0).then_some(EndpointState::Active));
        }
        Outcome::Gone => (&gone, None),
        Outcome::Failed { reason, retry_after } => (reason, *retry_after),
    };
    let found = tx.first(FAILURES, &[outlet_id, url, (&at).into()], |row| Ok((row.int(0)?, row.string(1)?)))?;
    let Some((failures, since)) = found else { return Ok(None) };
    let is_gone = matches!(outcome, Outcome::Gone);
    // A first failure in the future was recorded by a clock that ran ahead: it counts from now on.
    let since = since.parse().unwrap_or(now).min(now);
    let next = after_failure(failures, since, retry_after, now, random);
    let since = time::text(since);
    let next = if is_gone { once_a_day(EndpointState::Gone, now, random) } else { next };
    let state = next.state;
    let next = time::text(next.at);
    tx.execute(
        FAILED,
        &[
            outlet_id,
            url,
            state.as_str().into(),
            failures.into(),
            (&since).into(),
            (&next).into(),
            reason.code().into(),
            reason.args_json().as_deref().into(),
            reason.text().into(),
        ],
    )?;
    Ok(Some(state))
}
