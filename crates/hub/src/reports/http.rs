//! `GET /v1/hq/orders…` and `GET /v1/hq/sales/…`.

use axum::extract::State;
use domain::BusinessDate;
use jiff::Span;
use serde::Deserialize;
use store::Store;
use utoipa::IntoParams;
use web::{ApiError, Code, List, Path, Query, Success, extract};

use super::by::{self, Compare, Group, GroupSales};
use super::daily::{Day, Period, daily};
use super::list::{Filter, Place, Sale, page};
use super::one::{Received, find};
use super::people::{HqOfUser, people};
use super::products::{ProductSales, products};
use super::shapes::OrderShape;
use super::taxes::{TaxOfDay, taxes};
use super::tenders::{HqTenderOfDay, tenders};
use crate::staff::User;
use crate::{cursor, search};

/// Days of a period whose orders are summed one by one.
const MAX_DAYS_OF_ORDERS: i64 = 31;

/// Filter and page of orders.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrdersQuery {
    /// Only of this outlet.
    outlet_id: Option<String>,
    /// Only of this business date, `YYYY-MM-DD`.
    #[param(value_type = Option<String>)]
    business_date: Option<BusinessDate>,
    /// Only from this business date on.
    #[param(value_type = Option<String>)]
    from: Option<BusinessDate>,
    /// Only up to this business date.
    #[param(value_type = Option<String>)]
    to: Option<BusinessDate>,
    /// Part of the order number, the table or the customer's name; or the order's id.
    #[param(max_length = 100)]
    q: Option<String>,
    /// Only with at least this total.
    min_total: Option<i64>,
    /// Only with at most this total.
    max_total: Option<i64>,
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Period of a report.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DailyQuery {
    /// First business date, `YYYY-MM-DD`.
    #[param(value_type = String)]
    from: BusinessDate,
    /// Last business date, at most a year later.
    #[param(value_type = String)]
    to: BusinessDate,
    /// Only of this outlet.
    outlet_id: Option<String>,
}

/// Period and page of a report.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductsQuery {
    /// First business date, `YYYY-MM-DD`.
    #[param(value_type = String)]
    from: BusinessDate,
    /// Last business date, at most a year later.
    #[param(value_type = String)]
    to: BusinessDate,
    /// Only of this outlet.
    outlet_id: Option<String>,
    /// 1 to 500, 50 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Period, groups and page of a report.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SalesByQuery {
    #[param(inline)]
    group: Group,
    /// First business date, `YYYY-MM-DD`.
    #[param(value_type = String)]
    from: BusinessDate,
    /// Last business date, at most a year later; by hour or cashier, at most 31 days in all.
    #[param(value_type = String)]
    to: BusinessDate,
    /// Only of this outlet.
    outlet_id: Option<String>,
    /// `last_week`: with the figures of the same days a week before.
    #[param(inline)]
    compare: Option<Compare>,
    /// 1 to 500, 500 if not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// Orders of all outlets with any status, newest arrival first, independent of the tills' clocks. With `from` or `to`,
/// the newest business day first.
///
/// With `q`, `min_total` or `max_total`, a page can have fewer orders than its limit, even none, and still a
/// `next_cursor`: a request searches 20,000 orders. A complete order number is found at once, because it has its date.
#[utoipa::path(
    get,
    path = "/v1/hq/orders",
    tag = "head office",
    operation_id = "list_orders",
    params(OrdersQuery),
    responses(
        (status = 200, description = "A page of orders", body = List<Sale>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 422, description = "`invalid_query`, `period_too_long`"),
        (status = 401, description = "`unauthorized`: log in first"),
    ),
)]
pub(crate) async fn list_orders(
    _: User,
    State(store): State<Store>,
    Query(query): Query<OrdersQuery>,
) -> Result<List<Sale>, ApiError> {
    let limit = extract::page_size(query.limit)?;
    let after = query.cursor.as_deref().map(place).transpose()?;
    if let Some((from, to)) = query.from.zip(query.to) {
        period(from, to, None)?;
    }
    let filter = Filter {
        outlet_id: query.outlet_id,
        business_date: query.business_date,
        from: query.from,
        to: query.to,
        words: search::words(query.q.as_deref())?,
        min_total: query.min_total,
        max_total: query.max_total,
        after,
    };
    let found = store.read(move |tx| page(tx, &filter, limit)).await?;
    Ok(List::new(found.sales, found.next.map(|next| cursor_of(&next))))
}

/// The place that a cursor of orders names.
fn place(text: &str) -> Result<Place, ApiError> {
    let [business_date, arrival, order_id, outlet_id] = cursor::read(text)?;
    Ok(Place { business_date, arrival_no: cursor::number(&arrival)?, order_id, outlet_id })
}

fn cursor_of(place: &Place) -> String {
    let Place { business_date, arrival_no, order_id, outlet_id } = place.clone();
    cursor::text(&[business_date, arrival_no.to_string(), order_id, outlet_id])
}

/// One order with its lines, charges and payments, as its outlet sent it.
#[utoipa::path(
    get,
    path = "/v1/hq/orders/{id}",
    tag = "head office",
    operation_id = "get_order",
    params(("id" = String, Path, description = "The order's id")),
    responses(
        (status = 200, description = "The order", body = Success<OrderShape>),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 404, description = "`not_found`"),
    ),
)]
pub(crate) async fn get_order(
    _: User,
    State(store): State<Store>,
    Path(id): Path<String>,
) -> Result<Success<Received>, ApiError> {
    let found = store.read(move |tx| find(tx, "order", &id)).await?;
    found.map(Success::new).ok_or_else(|| Code::NotFound.because("hub_order"))
}

/// The figures of each outlet and business day with paid orders, by date and outlet.
#[utoipa::path(
    get,
    path = "/v1/hq/sales/daily",
    tag = "head office",
    operation_id = "daily_sales",
    params(DailyQuery),
    responses(
        (status = 200, description = "The days", body = List<Day>),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 422, description = "`period_too_long`: more than a year"),
    ),
)]
pub(crate) async fn daily_sales(
    _: User,
    State(store): State<Store>,
    Query(DailyQuery { from, to, outlet_id }): Query<DailyQuery>,
) -> Result<List<Day>, ApiError> {
    let period = period(from, to, outlet_id)?;
    Ok(List::new(store.read(move |tx| daily(tx, &period)).await?, None))
}

/// The taxes of each outlet and business day, by name and rate.
#[utoipa::path(
    get,
    path = "/v1/hq/reports/tax",
    tag = "head office",
    operation_id = "sales_taxes",
    params(DailyQuery),
    responses(
        (status = 200, description = "The taxes", body = List<TaxOfDay>),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 422, description = "`period_too_long`: more than a year"),
    ),
)]
pub(crate) async fn sales_taxes(
    _: User,
    State(store): State<Store>,
    Query(DailyQuery { from, to, outlet_id }): Query<DailyQuery>,
) -> Result<List<TaxOfDay>, ApiError> {
    let period = period(from, to, outlet_id)?;
    Ok(List::new(store.read(move |tx| taxes(tx, &period)).await?, None))
}

/// The money of each outlet and business day by payment method and tender, beside what was counted in its shifts.
#[utoipa::path(
    get,
    path = "/v1/hq/reports/tenders",
    tag = "head office",
    operation_id = "sales_tenders",
    params(DailyQuery),
    responses(
        (status = 200, description = "The money by method and tender", body = List<HqTenderOfDay>),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 422, description = "`period_too_long`: more than a year"),
    ),
)]
pub(crate) async fn sales_tenders(
    _: User,
    State(store): State<Store>,
    Query(DailyQuery { from, to, outlet_id }): Query<DailyQuery>,
) -> Result<List<HqTenderOfDay>, ApiError> {
    let period = period(from, to, outlet_id)?;
    Ok(List::new(store.read(move |tx| tenders(tx, &period)).await?, None))
}

/// What people gave away in a period: voids, discounts, compliments and refunds, by outlet and user.
#[utoipa::path(
    get,
    path = "/v1/hq/reports/people",
    tag = "head office",
    operation_id = "sales_people",
    params(DailyQuery),
    responses(
        (status = 200, description = "What each user did", body = List<HqOfUser>),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 422, description = "`period_too_long`: more than a year"),
    ),
)]
pub(crate) async fn sales_people(
    _: User,
    State(store): State<Store>,
    Query(DailyQuery { from, to, outlet_id }): Query<DailyQuery>,
) -> Result<List<HqOfUser>, ApiError> {
    let period = period(from, to, outlet_id)?;
    Ok(List::new(store.read(move |tx| people(tx, &period)).await?, None))
}

/// Best-selling products of a period, by amount.
#[utoipa::path(
    get,
    path = "/v1/hq/sales/products",
    tag = "head office",
    operation_id = "product_sales",
    params(ProductsQuery),
    responses(
        (status = 200, description = "A page of products", body = List<ProductSales>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 422, description = "`invalid_query`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 422, description = "`period_too_long`: more than a year"),
    ),
)]
pub(crate) async fn product_sales(
    _: User,
    State(store): State<Store>,
    Query(query): Query<ProductsQuery>,
) -> Result<List<ProductSales>, ApiError> {
    let limit = extract::page_size(query.limit)?;
    let period = period(query.from, query.to, query.outlet_id)?;
    let after = query.cursor.as_deref().map(cursor::read).transpose()?;
    let after = after.map(|[amount, product]: [String; 2]| Ok::<_, ApiError>((cursor::number(&amount)?, product)));
    let after = after.transpose()?;
    let found = store.read(move |tx| {
        let after = after.as_ref().map(|(amount, product)| (*amount, product.as_str()));
        products(tx, &period, after, limit + 1)
    });
    Ok(cursor::page(found.await?, limit, |sold| [sold.amount.to_string(), sold.product_id.clone()]))
}

/// Sales of a period in groups. Hours and days are in order; others are sorted by amount, the largest first.
#[utoipa::path(
    get,
    path = "/v1/hq/sales/by",
    tag = "head office",
    operation_id = "sales_by",
    params(SalesByQuery),
    responses(
        (status = 200, description = "A page of groups", body = List<GroupSales>),
        (status = 400, description = "`invalid_cursor`"),
        (status = 401, description = "`unauthorized`: log in first"),
        (status = 422, description = "`invalid_query`; `period_too_long`: more than a year, or more than a month by hour or \
                                      cashier"),
    ),
)]
pub(crate) async fn sales_by(
    _: User,
    State(store): State<Store>,
    Query(query): Query<SalesByQuery>,
) -> Result<List<GroupSales>, ApiError> {
    let limit = extract::page_size(query.limit.or(Some(500)))?;
    let SalesByQuery { group, compare, .. } = query;
    let period = period(query.from, query.to, query.outlet_id)?;
    let last = period.from.date().saturating_add(Span::new().days(MAX_DAYS_OF_ORDERS - 1));
    if group.reads_orders() && period.to.date() > last {
        return Err(Code::PeriodTooLong.because("month"));
    }
    let after = query.cursor.as_deref().map(cursor::read).transpose()?;
    let after = after.map(|[amount, key]: [String; 2]| Ok::<_, ApiError>((cursor::number(&amount)?, key)));
    let after = after.transpose()?;
    let mut rows = store.read(move |tx| by::sales(tx, group, &period, compare)).await?;
    if let Some((amount, key)) = after {
        rows.retain(|row| row.is_after(group, amount, &key));
    }
    Ok(cursor::page(rows, limit, |row| [row.figures.amount.to_string(), row.key.clone()]))
}

pub(super) fn period(from: BusinessDate, to: BusinessDate, outlet_id: Option<String>) -> Result<Period, ApiError> {
    extract::check_period(from, to)?;
    Ok(Period { from, to, outlet_id })
}
