//! `GET /v1/hq/health`: the health of the chain, for head office.

use axum::extract::State;
use web::{ApiError, Success};

use super::chain::{ChainHealth, Process, health};
use crate::staff::User;
use crate::state::Hub;

/// Is the chain well, and if not, why.
#[utoipa::path(
    get,
    path = "/v1/hq/health",
    tag = "head office",
    operation_id = "hq_health",
    security(("session" = [])),
    responses(
        (status = 200, description = "`reasons[].code`: `outlets_silent`, `outlets_doubled`, `words_unknown`, `items_held`, `updates_not_applied`, \
                                      `items_kept`, `acknowledged_sale_changed`, `conflicts_open`, `statement_differs`, `figures_differ`, `documents_unreadable`, `webhooks_failing`, `disk_low`, `upkeep_failing`",
         body = Success<ChainHealth>),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn get_health(_: User, State(hub): State<Hub>) -> Result<Success<ChainHealth>, ApiError> {
    let lately = hub.silent_after.within(web::time::now());
    let process = Process {
        repaired_days: hub.upkeep.repaired(),
        unreadable_orders: hub.upkeep.unreadable(),
        disk_free_bytes: hub.store.room_bytes(),
        upkeep_trouble: hub.upkeep.trouble(),
    };
    hub.store.read(move |tx| Ok::<_, ApiError>(health(tx, &lately, &process)?)).await.map(Success::new)
}
