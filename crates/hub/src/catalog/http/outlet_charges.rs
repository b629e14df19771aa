//! Endpoints of an outlet's rates of charges and its exemptions.

use axum::extract::State;
use web::reply::Done;
use web::{ApiError, IfMatch, Json, List, Path, Query, Success};

use super::super::shapes::shapes;
use super::super::{At, change, fields, outlet_charge};
use super::{Body, ListQuery, delete, list, shown};
use crate::catalog::head_office::HeadOffice;
use crate::staff::{Admin, User};

shapes!(outlet_charge::KIND, OutletChargeBody = of_change, OutletCharge = of_shown);

/// The charges with a rate or an exemption of this outlet, by id.
#[utoipa::path(
    get,
    path = "/v1/hq/outlets/{outlet_id}/charges",
    tag = "head office",
    operation_id = "hq_list_outlet_charges",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
        ListQuery,
    ),
    responses(
        (status = 200, description = "A page; `id` is the id of the charge", body = List<OutletCharge>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`: no such outlet"),
    ),
)]
pub(crate) async fn list_outlet_charges(
    _: User,
    State(state): State<HeadOffice>,
    Path(outlet): Path<String>,
    Query(page): Query<ListQuery>,
) -> Result<List<Body>, ApiError> {
    list(&state, &outlet_charge::KIND, outlet, page).await
}

/// Sets an outlet's rate of a charge, or exempts it; null or missing means the chain's value.
#[utoipa::path(
    put,
    path = "/v1/hq/outlets/{outlet_id}/charges/{charge_id}",
    tag = "head office",
    operation_id = "hq_put_outlet_charge",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
        ("charge_id" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The `version` that was read"),
    ),
    request_body = OutletChargeBody,
    responses(
        (status = 200, description = "The new version", body = Success<OutletCharge>),
        (status = 400, description = "`malformed_json`, `invalid_if_match`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such outlet or charge"),
        (status = 409, description = "`outlet_revoked`"),
        (status = 412, description = "`version_mismatch`"),
        (status = 422, description = "`invalid_body`, `invalid_charges`"),
    ),
)]
pub(crate) async fn put_outlet_charge(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path((outlet, id)): Path<(String, String)>,
    IfMatch(version): IfMatch,
    Json(body): Json<Body>,
) -> Result<Success<Body>, ApiError> {
    let fields = fields::of_new(outlet_charge::KIND.fields, &body)?;
    let set = state.write(admin, move |tx, by| {
        let at = At::find_to_change(tx, &outlet_charge::KIND, &outlet)?;
        change::put(tx, &at, &id, fields.clone(), version, by)
    });
    Ok(Success::new(shown(&outlet_charge::KIND, &set.await?)))
}

/// Deletes an outlet's rate and exemption of a charge.
#[utoipa::path(
    delete,
    path = "/v1/hq/outlets/{outlet_id}/charges/{charge_id}",
    tag = "head office",
    operation_id = "hq_delete_outlet_charge",
    params(
        ("outlet_id" = String, Path, description = "The outlet's id or code"),
        ("charge_id" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The `version` that was read"),
    ),
    responses(
        (status = 200, description = "The chain's values apply again", body = Done),
        (status = 400, description = "`invalid_if_match`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`outlet_revoked`"),
        (status = 412, description = "`version_mismatch`"),
    ),
)]
pub(crate) async fn delete_outlet_charge(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path(of): Path<(String, String)>,
    IfMatch(version): IfMatch,
) -> Result<Done, ApiError> {
    delete(&state, admin, &outlet_charge::KIND, of, version).await
}
