//! An open order while a command changes it: read, changed in memory, calculated, and written in one transaction.

use access::session::CurrentUser;
use domain::order::may_change;
use domain::{IdSeries, Money};
use rusqlite::Transaction;
use uuid::Uuid;
use web::{ApiError, Code};

use crate::orders::calculate::calculate;
use crate::orders::create::{RESERVED_BYTES, check_size};
use crate::orders::discounts::check_limit;
use crate::orders::pay::refused;
use crate::orders::{Order, OrderLine, get, store};
use crate::version::check_version;

/// An open order that is being changed.
#[derive(Debug)]
pub(super) struct Edit {
    before: Order,
    /// The order as it will be.
    pub order: Order,
    /// Ids for new rows.
    pub ids: IdSeries,
}

impl Edit {
    /// Reads an order that a command changes.
    ///
    /// # Errors
    /// 404, 409 `already_paid`, `order_void` or `unreadable_order`, 412.
    pub(super) fn open(tx: &Transaction<'_>, id: &str, if_version: Option<i64>) -> Result<Self, ApiError> {
        let order = get(tx, id)?;
        check_version(tx, "order", &order.id, if_version)?;
        may_change(order.parse_status()?).map_err(|status| refused(tx, &order, status))?;
        Ok(Self { before: order.clone(), order, ids: IdSeries::from(Uuid::now_v7()) })
    }

    /// The line with this id.
    ///
    /// # Errors
    /// 404, 409 `line_void`.
    pub(super) fn line(&mut self, id: &str) -> Result<&mut OrderLine, ApiError> {
        let line = self.order.lines.iter_mut().find(|line| line.id == id).ok_or(Code::NotFound.because("line"))?;
        if line.voided_at.is_some() { Err(Code::LineVoid.into()) } else { Ok(line) }
    }

    /// The line with this id, if it was not sent yet.
    ///
    /// # Errors
    /// 404, 409 `line_void` or `line_sent`.
    pub(super) fn unsent_line(&mut self, id: &str) -> Result<&mut OrderLine, ApiError> {
        let line = self.line(id)?;
        if line.sent_at.is_some() { Err(Code::LineSent.into()) } else { Ok(line) }
    }

    /// Refuses if something is paid for the order; a deposit that was taken back does not count.
    ///
    /// # Errors
    /// 409 `has_payments`.
    pub(super) fn without_payments(&self) -> Result<(), ApiError> {
        if self.order.paid == 0 { Ok(()) } else { Err(Code::HasPayments.into()) }
    }

    /// Calculates the order and writes it.
    ///
    /// # Errors
    /// 409 `total_below_paid`, 422 `order_too_large`, `amount_too_large` and others.
    pub(super) fn finish(mut self, tx: &Transaction<'_>) -> Result<Order, ApiError> {
        calculate(tx, &mut self.order, &mut self.ids)?;
        self.write(tx)
    }

    /// As [`Edit::finish`], if the discounts stay within the limit of the user's role.
    ///
    /// # Errors
    /// Also 409 `discount_over_limit`.
    pub(super) fn finish_within_limit(mut self, tx: &Transaction<'_>, user: &CurrentUser) -> Result<Order, ApiError> {
        calculate(tx, &mut self.order, &mut self.ids)?;
        check_limit(tx, user, &self.order)?;
        self.write(tx)
    }

    /// Writes the order with the amounts that it has.
    ///
    /// # Errors
    /// As for [`Edit::finish`].
    pub(super) fn write(self, tx: &Transaction<'_>) -> Result<Order, ApiError> {
        let Self { before, order, .. } = self;
        if order.paid > 0 && order.total <= order.paid {
            return Err(Code::TotalBelowPaid.with("total", Money(order.total)).with("paid", Money(order.paid)));
        }
        check_size(&order, RESERVED_BYTES)?;
        store::replace(tx, &before, &order)?;
        Ok(Order { warnings: order.warnings, ..get(tx, &order.id)? })
    }
}
