//! `/v1/hq/quarantine`. All hub users read it; admins decide.

use axum::extract::State;
use domain::text::REASON;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::{ApiError, Json, List, Path, Query, Success, extract, text};

use super::action::Action;
use super::decide::{decide, decide_update};
use super::discard::discard;
use super::list::{DeadLetter, Filter, list};
use super::reported::{self, OutletQuarantine, ReportedItem, UnappliedUpdate};
use super::sale::accept;
use crate::catalog::head_office::HeadOffice;
use crate::cursor;
use crate::events::{Change, Topic};
use crate::staff::{Admin, User};

/// Filter and page of dead letters.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeadLetterQuery {
    /// Only of this outlet.
    outlet_id: Option<String>,
    /// True: include discarded and closed ones.
    discarded: Option<bool>,
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OutletQuarantineQuery {
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Dead letters: items that are rejected, stale or of an unknown type, newest first.
#[utoipa::path(
    get,
    path = "/v1/hq/quarantine",
    tag = "head office",
    operation_id = "hq_list_quarantine",
    params(DeadLetterQuery),
    responses(
        (status = 200, description = "A page of items", body = List<DeadLetter>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn list_dead_letters(
    _: User,
    State(state): State<HeadOffice>,
    Query(query): Query<DeadLetterQuery>,
) -> Result<List<DeadLetter>, ApiError> {
    let limit = extract::page_size(query.limit)?;
    let after = query.cursor.as_deref().map(|text| {
        let [dead_letter_no, outlet_id, batch_id, item_no] = cursor::read(text)?;
        Ok::<_, ApiError>((cursor::number(&dead_letter_no)?, outlet_id, batch_id, cursor::number(&item_no)?))
    });
    let discarded = query.discarded.unwrap_or(false);
    let filter = Filter { outlet_id: query.outlet_id, discarded, after: after.transpose()? };
    let found = state.store.read(move |tx| list(tx, &filter, limit + 1)).await?;
    Ok(cursor::page(found, limit, |letter| {
        [
            letter.dead_letter_no.to_string(),
            letter.outlet_id.clone(),
            letter.batch_id.clone(),
            letter.item_no.to_string(),
        ]
    }))
}

/// The quarantine of each outlet (failed, isolated or discarded items, and unapplied updates) with reasons, as
/// reported with its last batch.
#[utoipa::path(
    get,
    path = "/v1/hq/quarantine/outlets",
    tag = "head office",
    operation_id = "hq_list_outlet_quarantine",
    params(OutletQuarantineQuery),
    responses(
        (status = 200, description = "A page of outlets with a quarantine", body = List<OutletQuarantine>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn list_outlet_quarantine(
    _: User,
    State(state): State<HeadOffice>,
    Query(query): Query<OutletQuarantineQuery>,
) -> Result<List<OutletQuarantine>, ApiError> {
    let limit = extract::page_size(query.limit)?;
    let [after]: [String; 1] = query.cursor.as_deref().map_or_else(|| Ok(Default::default()), cursor::read)?;
    let found = state.store.read(move |tx| reported::list(tx, &after, limit + 1)).await?;
    Ok(cursor::page(found, limit, |quarantined| [quarantined.outlet_id.clone()]))
}

/// The reason for discarding.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Discard {
    /// At most 200 characters.
    reason: String,
}

/// Discards a dead letter: it leaves the list and is shown with who, when and why under `?discarded=true`. The outlet
/// is not notified, except for an acknowledged sale (`acknowledged_sale`): the hub keeps it, and the outlet restores it
/// at its next pull.
#[utoipa::path(
    post,
    path = "/v1/hq/quarantine/{outlet_id}/{batch_id}/{item_no}/discard",
    tag = "head office",
    operation_id = "hq_discard_dead_letter",
    params(("outlet_id" = String, Path), ("batch_id" = String, Path), ("item_no" = i64, Path)),
    request_body = Discard,
    responses(
        (status = 200, description = "The item", body = Success<DeadLetter>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`already_discarded`"),
        (status = 422, description = "`invalid_body`, `invalid_text`"),
    ),
)]
pub(crate) async fn discard_dead_letter(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path((outlet_id, batch_id, item_no)): Path<(String, String, i64)>,
    Json(Discard { reason }): Json<Discard>,
) -> Result<Success<DeadLetter>, ApiError> {
    let reason = text::required("reason", &reason, REASON)?;
    let changed = [Change::outlet(&outlet_id)];
    let done = state.write(admin, move |tx, by| discard(tx, (&outlet_id, &batch_id, item_no), &reason, by)).await?;
    state.events.publish(changed);
    Ok(Success::new(done))
}

/// Accepts the outlet's version of an acknowledged sale (`acknowledged_sale`): it replaces the hub's version, the
/// figures are updated, and both versions are shown with who, when and why under `?discarded=true`.
#[utoipa::path(
    post,
    path = "/v1/hq/quarantine/{outlet_id}/{batch_id}/{item_no}/accept",
    tag = "head office",
    operation_id = "hq_accept_dead_letter",
    params(("outlet_id" = String, Path), ("batch_id" = String, Path), ("item_no" = i64, Path)),
    request_body = Discard,
    responses(
        (status = 200, description = "The item", body = Success<DeadLetter>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`: no such sale awaits a decision"),
        (status = 409, description = "`cannot_be_accepted`: it breaks another rule"),
        (status = 422, description = "`invalid_body`, `invalid_text`"),
    ),
)]
pub(crate) async fn accept_dead_letter(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path((outlet_id, batch_id, item_no)): Path<(String, String, i64)>,
    Json(Discard { reason }): Json<Discard>,
) -> Result<Success<DeadLetter>, ApiError> {
    let reason = text::required("reason", &reason, REASON)?;
    let changed = [Change::of_any(Topic::Sales, "order"), Change::outlet(&outlet_id)];
    let done = state.write(admin, move |tx, by| accept(tx, (&outlet_id, &batch_id, item_no), &reason, by)).await?;
    state.events.publish(changed);
    Ok(Success::new(done))
}

/// Makes an outlet retry an item that failed or was discarded there, at its next pull.
#[utoipa::path(
    post,
    path = "/v1/hq/quarantine/outlets/{outlet}/{entity_type}/{entity_id}/retry",
    tag = "head office",
    operation_id = "hq_retry_quarantined",
    params(("outlet" = String, Path, description = "Id or code"), ("entity_type" = String, Path), ("entity_id" = String, Path)),
    responses(
        (status = 200, description = "The item, with `decided` until the outlet reports otherwise", body = Success<ReportedItem>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`not_failed`, `outlet_too_old`, `outlet_revoked`"),
    ),
)]
pub(crate) async fn retry_quarantined(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path((outlet, entity_type, entity_id)): Path<(String, String, String)>,
) -> Result<Success<ReportedItem>, ApiError> {
    let decided =
        state.write(admin, move |tx, by| decide(tx, (&outlet, &entity_type, &entity_id), Action::Retry, "", by));
    decided.await.map(Success::new)
}

/// Makes an outlet discard a failed item, as its own admin could, at its next pull.
#[utoipa::path(
    post,
    path = "/v1/hq/quarantine/outlets/{outlet}/{entity_type}/{entity_id}/discard",
    tag = "head office",
    operation_id = "hq_discard_quarantined",
    params(("outlet" = String, Path, description = "Id or code"), ("entity_type" = String, Path), ("entity_id" = String, Path)),
    request_body = Discard,
    responses(
        (status = 200, description = "The item, with `decided` until the outlet reports otherwise", body = Success<ReportedItem>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`not_failed`, `already_discarded`, `outlet_too_old`, `outlet_revoked`"),
        (status = 422, description = "`invalid_body`, `invalid_text`"),
    ),
)]
pub(crate) async fn discard_quarantined(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path((outlet, entity_type, entity_id)): Path<(String, String, String)>,
    Json(Discard { reason }): Json<Discard>,
) -> Result<Success<ReportedItem>, ApiError> {
    let reason = text::required("reason", &reason, REASON)?;
    let decided =
        state.write(admin, move |tx, by| decide(tx, (&outlet, &entity_type, &entity_id), Action::Discard, &reason, by));
    decided.await.map(Success::new)
}

/// Makes an outlet retry an unapplied update, including a discarded one, at its next pull.
#[utoipa::path(
    post,
    path = "/v1/hq/quarantine/unapplied/{outlet}/{entity_type}/{entity_id}/retry",
    tag = "head office",
    operation_id = "hq_retry_unapplied",
    params(("outlet" = String, Path, description = "Id or code"), ("entity_type" = String, Path), ("entity_id" = String, Path)),
    responses(
        (status = 200, description = "The update, with `decided` until the outlet reports otherwise", body = Success<UnappliedUpdate>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`outlet_too_old`, `outlet_revoked`"),
    ),
)]
pub(crate) async fn retry_unapplied(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path((outlet, entity_type, entity_id)): Path<(String, String, String)>,
) -> Result<Success<UnappliedUpdate>, ApiError> {
    let decided =
        state.write(admin, move |tx, by| decide_update(tx, (&outlet, &entity_type, &entity_id), Action::Retry, "", by));
    decided.await.map(Success::new)
}

/// Makes an outlet discard an unapplied update, as its own admin could, at its next pull: it is not retried, and outlet
/// and hub differ permanently, which both lists and each comparison show.
#[utoipa::path(
    post,
    path = "/v1/hq/quarantine/unapplied/{outlet}/{entity_type}/{entity_id}/discard",
    tag = "head office",
    operation_id = "hq_discard_unapplied",
    params(("outlet" = String, Path, description = "Id or code"), ("entity_type" = String, Path), ("entity_id" = String, Path)),
    request_body = Discard,
    responses(
        (status = 200, description = "The update, with `decided` until the outlet reports otherwise", body = Success<UnappliedUpdate>),
        (status = 400, description = "`malformed_json`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 403, description = "`forbidden`: not an admin"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`already_discarded`, `outlet_too_old`, `outlet_revoked`"),
        (status = 422, description = "`invalid_body`, `invalid_text`"),
    ),
)]
pub(crate) async fn discard_unapplied(
    admin: Admin,
    State(state): State<HeadOffice>,
    Path((outlet, entity_type, entity_id)): Path<(String, String, String)>,
    Json(Discard { reason }): Json<Discard>,
) -> Result<Success<UnappliedUpdate>, ApiError> {
    let reason = text::required("reason", &reason, REASON)?;
    let decided = state.write(admin, move |tx, by| {
        decide_update(tx, (&outlet, &entity_type, &entity_id), Action::Discard, &reason, by)
    });
    decided.await.map(Success::new)
}
