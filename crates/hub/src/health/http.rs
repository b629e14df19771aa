//! `GET /v1/hq/health`.

use axum::extract::State;
use jiff::SignedDuration;
use web::{ApiError, Localized, Success};

use super::chain::{ChainHealth, Process, health};
use super::state::Health;
use crate::staff::User;

/// How long health reports a changed audit log; the page of the log always shows it.
const BREAKS_REPORTED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Health of the chain, with a reason for each problem.
#[utoipa::path(
    get,
    path = "/v1/hq/health",
    tag = "head office",
    operation_id = "hq_health",
    responses(
        (status = 200, description = "`reasons[].code`: `outlets_silent`, `duplicate_servers`, `unknown_enum_values`, `items_quarantined`, `updates_unapplied`, \
                                      `dead_letters_open`, `acknowledged_sale_changed`, `conflicts_open`, `sales_on_devices`, `statement_differs`, `figures_differ`, `documents_unreadable`, `audit_broken`, `webhooks_failing`, `disk_low`, `upkeep_failing`",
         body = Success<ChainHealth>),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn get_health(_: User, State(state): State<Health>) -> Result<Success<ChainHealth>, ApiError> {
    let now = web::time::now();
    let window = state.silent_after.within(now);
    let process = Process {
        repaired_days: state.upkeep.repaired(),
        unreadable_orders: state.upkeep.unreadable(),
        breaks_since: web::time::text(now.saturating_sub(BREAKS_REPORTED).unwrap_or(now)),
        disk_free_bytes: state.store.free_bytes(),
        upkeep_error: state.upkeep.last_error().map(Localized),
    };
    state.store.read(move |tx| Ok::<_, ApiError>(health(tx, &window, &process)?)).await.map(Success::new)
}
