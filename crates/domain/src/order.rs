//! The states of an order, and the number that people call it by.
//!
//! Open → paid or void, and no further: a refund is a new fact against a paid order, never an edit of it.

use thiserror::Error;

use crate::business_day::BusinessDate;
use crate::string_enum::string_enum;

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

string_enum!(OrderStatus { Open: "open", Paid: "paid", Void: "void" });

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

string_enum!(OrderType { DineIn: "dine_in", TakeAway: "take_away", Delivery: "delivery" });

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
/// not the order's id. A database that was restored does not know which numbers were given after its copy was made: it
/// counts in a series of its own, which stands before the sequence. Series 0 is that of a database that never was.
#[must_use]
pub fn order_number(outlet_code: &str, date: BusinessDate, series: i64, sequence: i64) -> String {
    let date = date.date();
    let series = if series == 0 { String::new() } else { format!("R{series}-") };
    format!("{outlet_code}-{:04}{:02}{:02}-{series}{sequence:04}", date.year(), date.month(), date.day())
}

/// The first series that is drawn where nobody knows which ones were used.
const FIRST_DRAWN_SERIES: i64 = 1_000;

/// The number series of a database that was restored: the next one after those that are known to have been used, or one
/// of a million by chance where nobody knows (decision 0021).
#[must_use]
pub fn next_series(own: i64, used: Option<i64>, random: u32) -> i64 {
    match used {
        Some(used) => own.max(used) + 1,
        None => FIRST_DRAWN_SERIES + i64::from(random) % (1_000_000 - FIRST_DRAWN_SERIES),
    }
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
        assert_eq!(order_number("JKT-001", date, 0, 1), "JKT-001-20261102-0001");
        assert_eq!(order_number("JKT-001", date, 0, 12_345), "JKT-001-20261102-12345");
        assert_eq!(order_number("JKT-001", date, 2, 1), "JKT-001-20261102-R2-0001");
    }

    #[test]
    fn a_new_series_is_above_all_that_are_known_or_drawn_apart_from_them() {
        assert_eq!(next_series(0, Some(0), 7), 1);
        assert_eq!(next_series(0, Some(4), 7), 5);
        assert_eq!(next_series(9, Some(4), 7), 10);
        for random in [0, 7, u32::MAX] {
            assert!((1_000..1_000_000).contains(&next_series(3, None, random)));
        }
    }
}
