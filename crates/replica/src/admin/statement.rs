//! A day's statement over HTTP, for admins.

use access::permission::ManageSync;
use access::session::Actor;
use axum::extract::State;
use domain::BusinessDate;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ApiError, Query, Success};

use crate::client::hub::Client;
use crate::reconcile::statement::{ComparedDay, one};
use crate::settings::hub_link::cloud;
use crate::state::Replica;

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// Business date, `YYYY-MM-DD`.
    #[param(value_type = String)]
    date: BusinessDate,
}

/// What a business day came to here and at head office.
#[utoipa::path(get, path = "/api/v1/sync/statement", tag = "sync",
    params(Day), responses(
    (status = 200, body = Success<ComparedDay>,
     description = "`there` is null where head office cannot be asked; `problem` says why"),
    (status = 422, description = "`invalid_query`"), (status = 403, description = "Admins only")))]
pub async fn get_statement(
    State(app): State<Replica>,
    actor: Actor<ManageSync>,
    Query(day): Query<Day>,
) -> Result<Success<ComparedDay>, ApiError> {
    let env = app.env.clone();
    let address = actor.read(move |tx| Ok::<_, ApiError>(cloud(tx, &env)?.address())).await?;
    Ok(Success::new(one(&app.db, &Client::new(), address, &day.date.to_string()).await?))
}
