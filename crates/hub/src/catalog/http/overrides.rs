//! Endpoints of the values in which an outlet differs from the chain: the same handlers for products and charges.

use axum::extract::State;
use web::reply::Done;
use web::{ApiError, IfMatch, Json, List, Path, Query, Success};

use super::super::shapes::shapes;
use super::super::{At, change, fields, in_effect, outlet_charge, outlet_product};
use super::{Body, ListQuery, shown};
use crate::catalog::head_office::HeadOffice;
use crate::staff::{Admin, User};

shapes!(outlet_charge::KIND, OutletChargeBody = of_change, OutletCharge = of_shown);
shapes!(outlet_product::KIND, OutletProductBody = of_change, OutletProduct = of_shown);

macro_rules! handlers {
    (
        $module:ident, $kind:expr, $body:ident, $shown:ident, $path:literal, $path_of_one:literal, $id:literal,
        $one:literal, $many:literal, $values:literal, $refused:literal
    ) => {
        pub(crate) mod $module {
            use super::*;

            #[utoipa::path(
                                get,
                                path = $path,
                                tag = "head office",
                                operation_id = concat!("hq_list_outlet_", $many),
                                summary = concat!("The ", $many, " with a ", $values, " of this outlet, by id."),
                                params(
                                    ("outlet_id" = String, Path, description = "The outlet's id or code"),
                                    ListQuery,
                                ),
                                responses(
                                    (status = 200, description = concat!("A page; `id` is the id of the ", $one),
                                        body = List<$shown>),
                                    (status = 400, description = "`invalid_cursor`"),
                                    (status = 422, description = "`invalid_query`"),
                                    (status = 401, description = "`unauthorized`: log in first"),
                                    (status = 404, description = "`not_found`: no such outlet"),
                                ),
                            )]
            pub(crate) async fn list(
                _: User,
                State(state): State<HeadOffice>,
                Path(outlet): Path<String>,
                Query(page): Query<ListQuery>,
            ) -> Result<List<Body>, ApiError> {
                super::super::list(&state, &$kind, outlet, page).await
            }

            #[utoipa::path(
                                put,
                                path = $path_of_one,
                                tag = "head office",
                                operation_id = concat!("hq_put_outlet_", $one),
                                summary = concat!("Sets an outlet's ", $values, " of a ", $one,
                                    "; null or missing means the chain's value."),
                                params(
                                    ("outlet_id" = String, Path, description = "The outlet's id or code"),
                                    ($id = String, Path),
                                    ("If-Match" = Option<String>, Header, description = "The `version` that was read"),
                                ),
                                request_body = $body,
                                responses(
                                    (status = 200, description = "The new version", body = Success<$shown>),
                                    (status = 400, description = "`malformed_json`, `invalid_if_match`"),
                                    (status = 401, description = "`unauthorized`: log in first"),
                                    (status = 403, description = "`forbidden`: not an admin"),
                                    (status = 404, description = concat!("`not_found`: no such outlet or ", $one)),
                                    (status = 409, description = "`outlet_revoked`"),
                                    (status = 412, description = "`version_mismatch`"),
                                    (status = 422, description = $refused),
                                ),
                            )]
            pub(crate) async fn put(
                admin: Admin,
                State(state): State<HeadOffice>,
                Path((outlet, id)): Path<(String, String)>,
                IfMatch(version): IfMatch,
                Json(body): Json<Body>,
            ) -> Result<Success<Body>, ApiError> {
                let fields = fields::of_new($kind.fields, &body)?;
                let set = state.write(admin, move |tx, by| {
                    let at = At::find_to_change(tx, &$kind, &outlet)?;
                    let put = change::put(tx, &at, &id, fields.clone(), version, by)?;
                    Ok(in_effect::shown(tx, &at, put, by.now)?)
                });
                Ok(Success::new(shown(&$kind, &set.await?)))
            }

            #[utoipa::path(
                                delete,
                                path = $path_of_one,
                                tag = "head office",
                                operation_id = concat!("hq_delete_outlet_", $one),
                                summary = concat!("Deletes an outlet's ", $values, " of a ", $one, "."),
                                params(
                                    ("outlet_id" = String, Path, description = "The outlet's id or code"),
                                    ($id = String, Path),
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
            pub(crate) async fn delete(
                admin: Admin,
                State(state): State<HeadOffice>,
                Path(of): Path<(String, String)>,
                IfMatch(version): IfMatch,
            ) -> Result<Done, ApiError> {
                super::super::delete(&state, admin, &$kind, of, version).await
            }
        }
    };
}

handlers!(
    products,
    outlet_product::KIND,
    OutletProductBody,
    OutletProduct,
    "/v1/hq/outlets/{outlet_id}/products",
    "/v1/hq/outlets/{outlet_id}/products/{product_id}",
    "product_id",
    "product",
    "products",
    "price or availability",
    "`invalid_body`, `invalid_price`"
);
handlers!(
    charges,
    outlet_charge::KIND,
    OutletChargeBody,
    OutletCharge,
    "/v1/hq/outlets/{outlet_id}/charges",
    "/v1/hq/outlets/{outlet_id}/charges/{charge_id}",
    "charge_id",
    "charge",
    "charges",
    "rate or exemption",
    "`invalid_body`, `invalid_charges`"
);
