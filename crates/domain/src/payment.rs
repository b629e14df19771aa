//! Taking a payment: what counts towards the order, the change, and the rounding of cash.
//!
//! The small coins are gone, so what is left to pay in cash is rounded to what can be handed over. The rounding is
//! a line of its own, made by the payment that settles the order; other tenders never round.
//!
//! Guarantees: an order whose payments say `settles` is paid to the rupiah, once each payment's `rounding` is
//! added to its total.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::money::{Money, Overflow};
use crate::string_enum::string_enum;

/// How a guest pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Notes and coins: the only one with change and rounding.
    Cash,
    /// The national QR code.
    Qris,
    /// Debit or credit card.
    Card,
    /// Bank transfer.
    Transfer,
    /// A wallet other than by QRIS.
    Ewallet,
    /// Anything else: a voucher, the house's account.
    Other,
}

string_enum!(Method {
    Cash: "cash",
    Qris: "qris",
    Card: "card",
    Transfer: "transfer",
    Ewallet: "ewallet",
    Other: "other"
});

/// To which side cash is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum RoundingMode {
    /// To the nearer step, half up.
    #[default]
    Nearest,
    /// In favour of the guest.
    Down,
    /// In favour of the house.
    Up,
}

string_enum!(RoundingMode { Nearest: "nearest", Down: "down", Up: "up" });

/// How an outlet rounds cash. The default is not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct CashRounding {
    /// Minor units: one of [`CashRounding::STEPS`]; 0, or less, rounds nothing.
    pub step: i64,
    /// To which side.
    pub mode: RoundingMode,
}

impl CashRounding {
    /// The steps that an outlet can choose from.
    pub const STEPS: [i64; 5] = [0, 50, 100, 500, 1_000];

    /// No rounding.
    pub const NONE: CashRounding = CashRounding { step: 0, mode: RoundingMode::Nearest };

    /// `due` in whole steps; less than one step away. `due` is not negative.
    pub fn round(self, due: Money) -> Result<Money, Overflow> {
        if self.step <= 0 {
            return due.checked();
        }
        let (amount, step) = (i128::from(due.0), i128::from(self.step));
        match self.mode {
            RoundingMode::Nearest => due.ratio(1, self.step)?.times(self.step),
            RoundingMode::Down => Money::within_limit(amount - amount.rem_euclid(step)),
            RoundingMode::Up => Money::within_limit(amount + (-amount).rem_euclid(step)),
        }
    }
}

/// A payment that was taken. `tendered == amount + change`, and only `rounding` can be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppliedPayment {
    /// What counts towards the order, the effect of rounding included.
    pub amount: Money,
    /// Signed: what was settled minus what was due. To be added to the order's rounding and total. Not zero
    /// only where cash settles the order.
    pub rounding: Money,
    /// What the guest handed over.
    pub tendered: Money,
    /// What goes back, in cash.
    pub change: Money,
    /// Nothing is left to pay.
    pub settles: bool,
}

/// Why a payment is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PayRefused {
    /// Nothing was handed over, though something is due, or less than nothing.
    #[error("the amount must be more than zero")]
    NotPositive,
    /// More than is due, by a tender that gives no change.
    #[error("the amount is more than what is due ({due})")]
    Overpaid {
        /// What is left to pay.
        due: Money,
    },
    /// An amount is beyond [`crate::money::MAX_AMOUNT`].
    #[error("the amount is too large to reckon with")]
    Overflow,
}

impl From<Overflow> for PayRefused {
    fn from(_: Overflow) -> PayRefused {
        PayRefused::Overflow
    }
}

/// Takes `tendered` by `method` against `due`, which is the order's total so far minus what is paid so far.
///
/// Cash settles when it covers the rounded due; what is over goes back as change. Cash that covers the exact due
/// but not the due rounded up settles too, without rounding: who puts down what they owe has paid. Less is a
/// partial payment. The other tenders give no change and so cannot be over. Nothing (0) may be tendered only
/// where nothing is to be paid.
///
/// A negative `due` (the order is overpaid) takes no payment: [`PayRefused::Overpaid`].
pub fn take(due: Money, method: Method, tendered: Money, rounding: CashRounding) -> Result<AppliedPayment, PayRefused> {
    let (due, tendered) = (due.checked()?, tendered.checked()?);
    let is_cash = method == Method::Cash;
    if due < Money::ZERO {
        return Err(PayRefused::Overpaid { due });
    }
    let rounded_due = if is_cash { rounding.round(due)? } else { due };
    if tendered < Money::ZERO || (tendered == Money::ZERO && rounded_due > Money::ZERO) {
        return Err(PayRefused::NotPositive);
    }
    if tendered > due && !is_cash {
        return Err(PayRefused::Overpaid { due });
    }

    let to_settle = if tendered >= rounded_due { rounded_due } else { due };
    if tendered < to_settle {
        return Ok(AppliedPayment {
            amount: tendered,
            rounding: Money::ZERO,
            tendered,
            change: Money::ZERO,
            settles: false,
        });
    }
    Ok(AppliedPayment {
        amount: to_settle,
        rounding: to_settle.checked_sub(due)?,
        tendered,
        change: tendered.checked_sub(to_settle)?,
        settles: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::MAX_AMOUNT;

    const NEAREST: CashRounding = CashRounding { step: 100, mode: RoundingMode::Nearest };
    const DOWN: CashRounding = CashRounding { step: 500, mode: RoundingMode::Down };
    const UP: CashRounding = CashRounding { step: 1_000, mode: RoundingMode::Up };

    fn taken(
        amount: i64,
        rounding: i64,
        tendered: i64,
        change: i64,
        settles: bool,
    ) -> Result<AppliedPayment, PayRefused> {
        Ok(AppliedPayment {
            amount: Money(amount),
            rounding: Money(rounding),
            tendered: Money(tendered),
            change: Money(change),
            settles,
        })
    }

    #[test]
    fn cash() {
        for (due, tendered, rounding, expected) in [
            (92_400, 100_000, CashRounding::NONE, taken(92_400, 0, 100_000, 7_600, true)),
            (92_400, 92_400, CashRounding::NONE, taken(92_400, 0, 92_400, 0, true)),
            (92_400, 50_000, NEAREST, taken(50_000, 0, 50_000, 0, false)),
            (92_449, 100_000, NEAREST, taken(92_400, -49, 100_000, 7_600, true)),
            (92_450, 100_000, NEAREST, taken(92_500, 50, 100_000, 7_500, true)),
            (92_449, 92_400, NEAREST, taken(92_400, -49, 92_400, 0, true)),
            (92_999, 92_500, DOWN, taken(92_500, -499, 92_500, 0, true)),
            (92_001, 93_000, UP, taken(93_000, 999, 93_000, 0, true)),
            // Exactly what is due, or more but not the rounded due.
            (92_001, 92_001, UP, taken(92_001, 0, 92_001, 0, true)),
            (92_001, 92_500, UP, taken(92_001, 0, 92_500, 499, true)),
            // Rounded away altogether.
            (49, 0, NEAREST, taken(0, -49, 0, 0, true)),
            (49, 1_000, NEAREST, taken(0, -49, 1_000, 1_000, true)),
            // Nothing was due.
            (0, 0, UP, taken(0, 0, 0, 0, true)),
            (0, 5_000, UP, taken(0, 0, 5_000, 5_000, true)),
            (50, 0, NEAREST, Err(PayRefused::NotPositive)),
            (0, -1, UP, Err(PayRefused::NotPositive)),
            (100, -1, UP, Err(PayRefused::NotPositive)),
        ] {
            assert_eq!(take(Money(due), Method::Cash, Money(tendered), rounding), expected, "{tendered} for {due}");
        }
    }

    #[test]
    fn other_tenders_neither_round_nor_give_change() {
        for &method in Method::ALL.iter().filter(|&&method| method != Method::Cash) {
            for (due, tendered, expected) in [
                (92_450, 92_450, taken(92_450, 0, 92_450, 0, true)),
                (92_450, 40_000, taken(40_000, 0, 40_000, 0, false)),
                (92_450, 92_451, Err(PayRefused::Overpaid { due: Money(92_450) })),
                (92_450, 0, Err(PayRefused::NotPositive)),
                (49, 0, Err(PayRefused::NotPositive)),
                (0, 0, taken(0, 0, 0, 0, true)),
                (0, 1, Err(PayRefused::Overpaid { due: Money(0) })),
                (0, -1, Err(PayRefused::NotPositive)),
            ] {
                assert_eq!(take(Money(due), method, Money(tendered), NEAREST), expected, "{tendered} for {due}");
            }
        }
    }

    #[test]
    fn an_overpaid_order_takes_nothing_more() {
        for &method in Method::ALL {
            let refused = Err(PayRefused::Overpaid { due: Money(-1) });
            assert_eq!(take(Money(-1), method, Money(100), NEAREST), refused);
        }
    }

    #[test]
    fn beyond_the_limit() {
        for (due, tendered) in [(i64::MAX, 1), (1, i64::MAX), (i64::MIN, 1), (1, i64::MIN), (MAX_AMOUNT + 1, 1)] {
            let refused = take(Money(due), Method::Cash, Money(tendered), UP);
            assert_eq!(refused, Err(PayRefused::Overflow), "{tendered} for {due}");
        }
        let giant_step = CashRounding { step: i64::MAX, mode: RoundingMode::Up };
        assert_eq!(take(Money(1), Method::Cash, Money(1), giant_step), Err(PayRefused::Overflow));
        let no_step = CashRounding { step: i64::MIN, mode: RoundingMode::Up };
        assert_eq!(take(Money(1), Method::Cash, Money(1), no_step), taken(1, 0, 1, 0, true));
    }
}
