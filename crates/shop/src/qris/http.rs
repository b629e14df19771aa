//! QRIS over HTTP: managers set the shop's code, tills show the code of a payment.

use access::permission::{EditCatalog, TakePayment, ViewReports};
use access::session::{Actor, CurrentUser};
use domain::Money;
use domain::qris::{Qris, QrisMode};
use domain::text::QRIS;
use rusqlite::Transaction;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use web::extract::maybe_null;
use web::{ApiError, Choice, Code, IfMatch, Json, Path, Query, Success, text, time};

use super::statement::{self, StatementMatch};
use super::unconfirmed::{UnconfirmedPayment, unconfirmed};
use super::{QrisPayment, QrisSettings, settings};
use crate::settings::shop;

/// The QRIS code to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"payload": "00020101021126640017ID.CO.EXAMPLE.WWW01189360099900000000010210G0000000010303UMI51440014ID.CO.QRIS.WWW0215ID10000000000010303UMI5204581253033605802ID5913WARUNG CONTOH6007JAKARTA61051011062070703A0163044446"}))]
pub struct QrisBody {
    /// The text of the merchant's static code; null removes it.
    #[serde(deserialize_with = "maybe_null")]
    payload: Option<String>,
    /// How an amount is put into it. Default: `amount_12`.
    #[schema(value_type = Option<QrisMode>, nullable = false)]
    mode: Option<Choice<QrisMode>>,
}

/// Returns the shop's QRIS code, and whom it pays.
#[utoipa::path(get, path = "/api/v1/config/qris", tag = "settings",
    responses((status = 200, body = Success<QrisSettings>)))]
pub async fn get_qris(actor: Actor<TakePayment>) -> Result<Success<QrisSettings>, ApiError> {
    actor.read(settings::get).await.map(Success::new)
}

/// Sets the shop's QRIS code, after a check of its length, check value, merchant, country and currency.
#[utoipa::path(put, path = "/api/v1/config/qris", tag = "settings", params(("If-Match" = Option<String>, Header)),
    request_body = QrisBody, responses(
    (status = 200, body = Success<QrisSettings>), (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`invalid_qris`, `invalid_text`")))]
pub async fn update_qris(
    actor: Actor<EditCatalog>,
    IfMatch(version): IfMatch,
    Json(body): Json<QrisBody>,
) -> Result<Success<QrisSettings>, ApiError> {
    let payload = text::optional("payload", body.payload.as_deref(), QRIS)?;
    if let Some(payload) = &payload {
        Qris::parse(payload).map_err(|refused| Code::InvalidQris.field("payload", refused))?;
    }
    let mode = body.mode.map(|mode| mode.check(Code::InvalidQris, "mode")).transpose()?;
    let mode = mode.unwrap_or(QrisMode::Amount12);
    let set = move |tx: &Transaction<'_>, user: &CurrentUser| {
        settings::replace(tx, user.into(), (payload.as_deref(), mode), version)
    };
    actor.edit(set).await.map(Success::new)
}

/// The payment to make a code for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QrisQuery {
    /// A part of what is due. Default: all of it.
    #[param(minimum = 1)]
    amount: Option<i64>,
}

/// Returns the QRIS code for a payment of an open order. Works without the internet; a person confirms that the money arrived.
#[utoipa::path(get, path = "/api/v1/orders/{id}/qris", tag = "orders", params(("id" = String, Path), QrisQuery),
    responses((status = 200, body = Success<QrisPayment>), (status = 404, description = "`not_found`"),
    (status = 409, description = "`already_paid`, `order_void`, `qris_not_set`"),
    (status = 422, description = "`invalid_amount`: not positive, more than is due, or more than one QRIS payment can be")))]
pub async fn get_order_qris(
    actor: Actor<TakePayment>,
    Path(id): Path<String>,
    Query(query): Query<QrisQuery>,
) -> Result<Success<QrisPayment>, ApiError> {
    let amount = query.amount.map(Money);
    actor.read(move |tx| super::of_order(tx, &id, amount, time::now())).await.map(Success::new)
}

/// Returns the oldest payments that nobody has confirmed, with their age.
#[utoipa::path(get, path = "/api/v1/reports/unconfirmed", tag = "reports", responses(
    (status = 200, body = Success<Vec<UnconfirmedPayment>>), (status = 403, description = "Managers and admins only")))]
pub async fn get_unconfirmed_report(actor: Actor<ViewReports>) -> Result<Success<Vec<UnconfirmedPayment>>, ApiError> {
    actor.read(|tx| unconfirmed(tx, shop(tx)?.day.date_at(time::now()))).await.map(Success::new)
}

/// The statement of an acquirer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"file": "Tanggal,Nominal,RRN\n2026-11-30 14:05:10,92400,000123456789\n"}))]
pub struct Settlement {
    /// A CSV file with a header, separated by commas, semicolons or tabs. Times without a zone are the shop's.
    #[schema(max_length = 1_000_000)]
    file: String,
}

/// Compares the payments that nobody has confirmed with a statement. It only proposes: confirm each payment that is right.
#[utoipa::path(post, path = "/api/v1/reports/unconfirmed/match", tag = "reports", request_body = Settlement, responses(
    (status = 200, body = Success<StatementMatch>), (status = 403, description = "Managers and admins only"),
    (status = 422, description = "`invalid_settlement_file`")))]
pub async fn match_settlement(
    actor: Actor<ViewReports>,
    Json(body): Json<Settlement>,
) -> Result<Success<StatementMatch>, ApiError> {
    let compare = move |tx: &Transaction<'_>| {
        let day = shop(tx)?.day;
        statement::compare(unconfirmed(tx, day.date_at(time::now()))?, &body.file, &day.zone)
    };
    actor.read(compare).await.map(Success::new)
}
