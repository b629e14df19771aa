//! The states of an order, and the number that people call it by.
//!
//! Open → paid or void, and no further: a refund is a new fact against a paid order, never an edit of it.

use thiserror::Error;

use crate::business_day::BusinessDate;
use crate::words::words;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum OrderStatus {
    /// Still to be paid, perhaps in part.
    #[default]
    Open,
    /// Settled.
    Paid,
    /// Taken back before it was paid.
    Void,
}

words!(OrderStatus { Open: "open", Paid: "paid", Void: "void" });

/// Where the food goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum OrderType {
    /// To a table.
    #[default]
    DineIn,
    /// Over the counter.
    TakeAway,
    /// By rider.
    Delivery,
}

words!(OrderType { DineIn: "dine_in", TakeAway: "take_away", Delivery: "delivery" });

/// Why an order cannot be paid or voided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StatusRefused {
    /// It is settled; money goes back by a refund.
    #[error("the order is already paid")]
    AlreadyPaid,
    /// It was taken back.
    #[error("the order is void")]
    Void,
}

/// Whether an order may take a payment: only while it is open.
pub fn may_pay(status: OrderStatus) -> Result<(), StatusRefused> {
    must_be_open(status)
}

/// Whether an order may be voided: only while it is open. A paid one is refunded.
pub fn may_void(status: OrderStatus) -> Result<(), StatusRefused> {
    must_be_open(status)
}

fn must_be_open(status: OrderStatus) -> Result<(), StatusRefused> {
    match status {
        OrderStatus::Open => Ok(()),
        OrderStatus::Paid => Err(StatusRefused::AlreadyPaid),
        OrderStatus::Void => Err(StatusRefused::Void),
    }
}

/// The number on the receipt: outlet, business date, and the order's place in that day, counted from 1.
///
/// At least four digits of sequence; a day with more than 9,999 orders gets longer ones. It is for people and is
/// not the order's id.
#[must_use]
pub fn order_number(outlet_code: &str, date: BusinessDate, sequence: i64) -> String {
    let date = date.date();
    format!("{outlet_code}-{:04}{:02}{:02}-{sequence:04}", date.year(), date.month(), date.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_order_is_paid_or_voided() {
        for may in [may_pay, may_void] {
            assert_eq!(may(OrderStatus::Open), Ok(()));
            assert_eq!(may(OrderStatus::Paid), Err(StatusRefused::AlreadyPaid));
            assert_eq!(may(OrderStatus::Void), Err(StatusRefused::Void));
        }
    }

    #[test]
    fn numbers() {
        let date = BusinessDate::parse("2026-11-02").unwrap();
        assert_eq!(order_number("JKT-001", date, 1), "JKT-001-20261102-0001");
        assert_eq!(order_number("JKT-001", date, 12_345), "JKT-001-20261102-12345");
    }
}
