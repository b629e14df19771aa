//! What an order would cost now. Nothing is stored: the till shows these totals before anybody pays.

use access::session::CurrentUser;
use domain::{IdSeries, Money};
use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Serialize;
use utoipa::ToSchema;
use web::{ApiError, Warning};

use crate::orders::create::{self, NewOrder};
use crate::orders::{Charge, OrderDiscount, OrderLine};
use crate::settings;

/// The totals of an order at the prices and charges in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Quote {
    /// The lines in the sequence of the request. Their ids are not those of an order.
    pub lines: Vec<OrderLine>,
    /// Discounts with their amounts. Their ids are not those of an order.
    pub discounts: Vec<OrderDiscount>,
    /// Service charges and taxes. Their ids are not those of an order.
    pub charges: Vec<Charge>,
    /// Sum of price × quantity of the lines.
    pub subtotal: i64,
    /// Discount as a positive number.
    pub discount: i64,
    /// Sum of all service charges.
    pub service: i64,
    /// Taxes added to the prices.
    pub tax: i64,
    /// Taxes included in the prices; not added.
    pub tax_included: i64,
    /// Amount due. Send it as `expected_total` with the order.
    pub total: i64,
    /// Amount due if cash settles the order: `total`, rounded to what can be handed over.
    pub cash_total: i64,
    /// Charges that were omitted; absent if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Warning>, required = false)]
    pub warnings: Vec<Warning>,
}

/// Calculates an order without storing it.
///
/// # Errors
/// 422, as for [`create::create`].
pub fn quote(tx: &Transaction<'_>, user: &CurrentUser, new: NewOrder, now: Timestamp) -> Result<Quote, ApiError> {
    let shop = settings::shop(tx)?;
    let mut ids = IdSeries::from(new.id);
    let order = create::draft(tx, user, new, &mut ids, &shop, now)?;
    let cash_total = shop.rounding.round(Money(order.total)).map_err(|e| create::cart_refused(e.into()))?;
    Ok(Quote {
        lines: order.lines,
        discounts: order.discounts,
        charges: order.charges,
        subtotal: order.subtotal,
        discount: order.discount,
        service: order.service,
        tax: order.tax,
        tax_included: order.tax_included,
        total: order.total,
        cash_total: cash_total.0,
        warnings: order.warnings.into_iter().map(Warning::from).collect(),
    })
}
