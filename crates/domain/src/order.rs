//! The status of an order, and its number.
//!
//! An open order becomes paid or void, and then never changes status: a refund is a new record for a paid order, not an
//! edit.

use thiserror::Error;

use crate::business_day::BusinessDate;
use crate::string_enum::string_enum;

/// The largest number by which an order is called.
pub const MAX_QUEUE_NO: i64 = 999_999;

/// The status of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum OrderStatus {
    /// Not yet paid, or paid in part.
    #[default]
    Open,
    /// Fully paid.
    Paid,
    /// Canceled before payment.
    Void,
}

string_enum!(OrderStatus { Open: "open", Paid: "paid", Void: "void" });

/// How the guest receives the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum OrderType {
    /// At a table.
    #[default]
    DineIn,
    /// Over the counter.
    TakeAway,
    /// By rider.
    Delivery,
}

string_enum!(OrderType { DineIn: "dine_in", TakeAway: "take_away", Delivery: "delivery" });

/// How a discount is calculated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DiscountKind {
    /// A rate of what earlier discounts left.
    Percent,
    /// A given amount.
    Amount,
    /// A gift: nothing is charged, and it is reported at list price.
    Compliment,
}

string_enum!(DiscountKind { Percent: "percent", Amount: "amount", Compliment: "compliment" });

/// What became of the goods of a void line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VoidKind {
    /// They were not made, or came back to the stock.
    Returned,
    /// They were wasted.
    Wasted,
}

string_enum!(VoidKind { Returned: "returned", Wasted: "wasted" });

/// Why an order cannot be paid or voided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StatusRefused {
    /// It is paid; use a refund.
    #[error("the order is already paid")]
    AlreadyPaid,
    /// It was canceled.
    #[error("the order is void")]
    Void,
}

/// Checks that an order accepts payments: only while it is open.
pub fn may_pay(status: OrderStatus) -> Result<(), StatusRefused> {
    must_be_open(status)
}

/// Checks that an order may be voided: only while it is open. A paid order is refunded instead.
pub fn may_void(status: OrderStatus) -> Result<(), StatusRefused> {
    must_be_open(status)
}

/// Checks that the lines and details of an order may be changed: only while it is open.
pub fn may_change(status: OrderStatus) -> Result<(), StatusRefused> {
    must_be_open(status)
}

fn must_be_open(status: OrderStatus) -> Result<(), StatusRefused> {
    match status {
        OrderStatus::Open => Ok(()),
        OrderStatus::Paid => Err(StatusRefused::AlreadyPaid),
        OrderStatus::Void => Err(StatusRefused::Void),
    }
}

/// The number on the receipt: outlet, business date, and the sequence number within that day, from 1.
///
/// The sequence has at least four digits, and more after 9,999 orders in a day. The number is for people and is not the
/// order's id. A restored database does not know which numbers were used after its backup, so it counts in a new
/// series, whose number precedes the sequence. Series 0, of a database that was never restored, is not shown.
#[must_use]
pub fn order_number(outlet_code: &str, date: BusinessDate, series: i64, sequence: i64) -> String {
    number(outlet_code, date, series, "", sequence)
}

/// The number of a refund: as [`order_number`], with an R before the sequence, which counts refunds only.
#[must_use]
pub fn refund_number(outlet_code: &str, date: BusinessDate, series: i64, sequence: i64) -> String {
    number(outlet_code, date, series, "R", sequence)
}

fn number(outlet_code: &str, date: BusinessDate, series: i64, mark: &str, sequence: i64) -> String {
    let date = date.date();
    let series = if series == 0 { String::new() } else { format!("R{series}-") };
    format!("{outlet_code}-{:04}{:02}{:02}-{series}{mark}{sequence:04}", date.year(), date.month(), date.day())
}

/// The smallest series that is chosen at random.
const FIRST_RANDOM_SERIES: i64 = 1_000;

/// The number series of a restored database: the next one after all that are known to be used, or a random one of a
/// million if the used ones are unknown (decision 0021).
#[must_use]
pub fn next_series(current: i64, used: Option<i64>, random: u32) -> i64 {
    match used {
        Some(used) => current.max(used) + 1,
        None => FIRST_RANDOM_SERIES + i64::from(random) % (1_000_000 - FIRST_RANDOM_SERIES),
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
    fn an_order_number_has_outlet_date_series_and_sequence() {
        let date = BusinessDate::parse("2026-11-02").unwrap();
        assert_eq!(order_number("JKT-001", date, 0, 1), "JKT-001-20261102-0001");
        assert_eq!(order_number("JKT-001", date, 0, 12_345), "JKT-001-20261102-12345");
        assert_eq!(order_number("JKT-001", date, 2, 1), "JKT-001-20261102-R2-0001");
        assert_eq!(refund_number("JKT-001", date, 0, 1), "JKT-001-20261102-R0001");
        assert_eq!(refund_number("JKT-001", date, 2, 1), "JKT-001-20261102-R2-R0001");
    }

    #[test]
    fn a_new_series_is_above_all_known_ones_or_random() {
        assert_eq!(next_series(0, Some(0), 7), 1);
        assert_eq!(next_series(0, Some(4), 7), 5);
        assert_eq!(next_series(9, Some(4), 7), 10);
        for random in [0, 7, u32::MAX] {
            assert!((1_000..1_000_000).contains(&next_series(3, None, random)));
        }
    }
}
