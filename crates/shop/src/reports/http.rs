//! Reports over HTTP, for managers.

use access::permission::ViewReports;
use access::session::Actor;
use web::{ApiError, Success, time};

use crate::reports::today::{self, Today};

/// Returns the sales of the current business day.
#[utoipa::path(get, path = "/api/v1/today", tag = "reports", responses(
    (status = 200, body = Success<Today>), (status = 403, description = "Managers and admins only")))]
pub async fn get_today(actor: Actor<ViewReports>) -> Result<Success<Today>, ApiError> {
    actor.read(|tx| today::today(tx, time::now())).await.map(Success::new)
}
