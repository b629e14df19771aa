//! The admin's endpoint for daily statements.

use access::permission::ManageSync;
use access::session::Actor;
use axum::extract::State;
use domain::BusinessDate;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApiError, Query, Success};

use crate::client::hub::Client;
use crate::reconcile::statement::{ComparedDay, compare_one};
use crate::settings::hub_link::hub_link;
use crate::state::Replica;

/// The day to compare.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct DayQuery {
    /// Business date, `YYYY-MM-DD`.
    #[param(value_type = String)]
    date: BusinessDate,
}

/// Returns the figures of a business day at this outlet and at head office.
#[utoipa::path(get, path = "/api/v1/sync/statement", tag = "sync",
    params(DayQuery), responses(
    (status = 200, body = Success<ComparedDay>,
     description = "`hub` is null if head office cannot be reached; `problem` says why"),
    (status = 422, description = "`invalid_query`"), (status = 403, description = "Admins only")))]
pub async fn get_statement(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Query(query): Query<DayQuery>,
) -> Result<Success<ComparedDay>, ApiError> {
    let env = app.env.clone();
    let address = actor.read(move |tx| Ok::<_, ApiError>(hub_link(tx, &env)?.address())).await?;
    Ok(Success::new(compare_one(&app.db, &Client::new(), address, &query.date.to_string()).await?))
}
