//! Applies a payment to an order: the amount that counts, the change, and the rounding of cash.
//!
//! The smallest coins are no longer in use, so an amount due in cash is rounded to what can be handed over. The
//! rounding is a separate amount, created by the payment that settles the order; other methods never round.
//!
//! Guarantees: an order with a payment that `settles` is paid exactly, once each payment's `rounding` is added to its
//! total.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::money::{Money, Overflow};
use crate::string_enum::string_enum;

/// The payment method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Cash; the only method with change and rounding.
    Cash,
    /// The national QR code.
    Qris,
    /// Debit or credit card.
    Card,
    /// Bank transfer.
    Transfer,
    /// An e-wallet without QRIS.
    Ewallet,
    /// Anything else, such as a voucher.
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

/// What reports set apart of the tenders of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TenderSpecial {
    /// Money that a delivery platform, such as GoFood, pays later.
    Platform,
    /// A voucher.
    Voucher,
    /// The house pays.
    House,
    /// Money that never arrived: it replaces a payment and pays for nothing new.
    Writeoff,
}

string_enum!(TenderSpecial { Platform: "platform", Voucher: "voucher", House: "house", Writeoff: "writeoff" });

/// Whether the outlet is sure that it received the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentStatus {
    /// The money was received.
    Confirmed,
    /// The payment is not matched with money yet.
    Unconfirmed,
}

string_enum!(PaymentStatus { Confirmed: "confirmed", Unconfirmed: "unconfirmed" });

impl Method {
    /// The status of a payment that an outlet receives: one by QRIS is matched later.
    #[must_use]
    pub fn initial_status(self) -> PaymentStatus {
        if self == Self::Qris { PaymentStatus::Unconfirmed } else { PaymentStatus::Confirmed }
    }
}

/// The direction of cash rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum RoundingMode {
    /// To the nearest step, half up.
    #[default]
    Nearest,
    /// Down, in favor of the guest.
    Down,
    /// Up, in favor of the outlet.
    Up,
}

string_enum!(RoundingMode { Nearest: "nearest", Down: "down", Up: "up" });

/// How an outlet rounds cash. The default is no rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct CashRounding {
    /// Step in minor units, one of [`CashRounding::STEPS`]; 0 or less: no rounding.
    pub step: i64,
    /// The direction.
    pub mode: RoundingMode,
}

impl CashRounding {
    /// The steps that an outlet can choose.
    pub const STEPS: [i64; 5] = [0, 50, 100, 500, 1_000];

    /// No rounding.
    pub const NONE: CashRounding = CashRounding { step: 0, mode: RoundingMode::Nearest };

    /// The rounding of money that goes back: what is up for a payment is down for a refund.
    #[must_use]
    pub fn mirrored(self) -> CashRounding {
        let mode = match self.mode {
            RoundingMode::Nearest => RoundingMode::Nearest,
            RoundingMode::Down => RoundingMode::Up,
            RoundingMode::Up => RoundingMode::Down,
        };
        CashRounding { mode, ..self }
    }

    /// Rounds `due`, which is not negative, to whole steps. The result differs by less than one step.
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

/// A payment as applied to the order. `tendered == amount + change`, and only `rounding` can be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppliedPayment {
    /// The amount that counts towards the order, including rounding.
    pub amount: Money,
    /// Signed difference between the settled and the due amount, to be added to the order's rounding and total. Not
    /// zero only if cash settles the order.
    pub rounding: Money,
    /// The amount that the guest handed over.
    pub tendered: Money,
    /// The change, in cash.
    pub change: Money,
    /// Whether the order is fully paid.
    pub settles: bool,
}

/// Why a payment is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PayRefused {
    /// The amount is zero although something is due, or is negative.
    #[error("the amount must be more than zero")]
    NotPositive,
    /// The amount exceeds what is due, and the method gives no change.
    #[error("the amount is more than what is due ({due})")]
    Overpaid {
        /// The amount due.
        due: Money,
    },
    /// An amount exceeds [`crate::money::MAX_AMOUNT`].
    #[error("the amount is too large")]
    Overflow,
}

impl From<Overflow> for PayRefused {
    fn from(_: Overflow) -> PayRefused {
        PayRefused::Overflow
    }
}

/// Applies `tendered` by `method` to `due`, the order's total minus what is already paid.
///
/// Cash settles the order if it covers the rounded amount due; the rest is change. Cash that covers the exact amount
/// due but not the amount rounded up settles too, without rounding, because it pays the debt. Less is a partial
/// payment. The other methods give no change, so they cannot exceed the amount due. 0 may be tendered only if nothing
/// is due.
///
/// If `due` is negative (the order is overpaid), every payment is [`PayRefused::Overpaid`].
pub fn apply(
    due: Money,
    method: Method,
    tendered: Money,
    rounding: CashRounding,
) -> Result<AppliedPayment, PayRefused> {
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

    fn applied(
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
    fn cash_rounds_and_gives_change() {
        for (due, tendered, rounding, expected) in [
            (92_400, 100_000, CashRounding::NONE, applied(92_400, 0, 100_000, 7_600, true)),
            (92_400, 92_400, CashRounding::NONE, applied(92_400, 0, 92_400, 0, true)),
            (92_400, 50_000, NEAREST, applied(50_000, 0, 50_000, 0, false)),
            (92_449, 100_000, NEAREST, applied(92_400, -49, 100_000, 7_600, true)),
            (92_450, 100_000, NEAREST, applied(92_500, 50, 100_000, 7_500, true)),
            (92_449, 92_400, NEAREST, applied(92_400, -49, 92_400, 0, true)),
            (92_999, 92_500, DOWN, applied(92_500, -499, 92_500, 0, true)),
            (92_001, 93_000, UP, applied(93_000, 999, 93_000, 0, true)),
            // Exactly the amount due, or more but less than the rounded amount.
            (92_001, 92_001, UP, applied(92_001, 0, 92_001, 0, true)),
            (92_001, 92_500, UP, applied(92_001, 0, 92_500, 499, true)),
            // Rounded to zero.
            (49, 0, NEAREST, applied(0, -49, 0, 0, true)),
            (49, 1_000, NEAREST, applied(0, -49, 1_000, 1_000, true)),
            // Nothing was due.
            (0, 0, UP, applied(0, 0, 0, 0, true)),
            (0, 5_000, UP, applied(0, 0, 5_000, 5_000, true)),
            (50, 0, NEAREST, Err(PayRefused::NotPositive)),
            (0, -1, UP, Err(PayRefused::NotPositive)),
            (100, -1, UP, Err(PayRefused::NotPositive)),
        ] {
            assert_eq!(apply(Money(due), Method::Cash, Money(tendered), rounding), expected, "{tendered} for {due}");
        }
    }

    #[test]
    fn other_tenders_neither_round_nor_give_change() {
        for &method in Method::ALL.iter().filter(|&&method| method != Method::Cash) {
            for (due, tendered, expected) in [
                (92_450, 92_450, applied(92_450, 0, 92_450, 0, true)),
                (92_450, 40_000, applied(40_000, 0, 40_000, 0, false)),
                (92_450, 92_451, Err(PayRefused::Overpaid { due: Money(92_450) })),
                (92_450, 0, Err(PayRefused::NotPositive)),
                (49, 0, Err(PayRefused::NotPositive)),
                (0, 0, applied(0, 0, 0, 0, true)),
                (0, 1, Err(PayRefused::Overpaid { due: Money(0) })),
                (0, -1, Err(PayRefused::NotPositive)),
            ] {
                assert_eq!(apply(Money(due), method, Money(tendered), NEAREST), expected, "{tendered} for {due}");
            }
        }
    }

    #[test]
    fn an_overpaid_order_accepts_no_payment() {
        for &method in Method::ALL {
            let refused = Err(PayRefused::Overpaid { due: Money(-1) });
            assert_eq!(apply(Money(-1), method, Money(100), NEAREST), refused);
        }
    }

    #[test]
    fn amounts_beyond_the_limit_are_rejected() {
        for (due, tendered) in [(i64::MAX, 1), (1, i64::MAX), (i64::MIN, 1), (1, i64::MIN), (MAX_AMOUNT + 1, 1)] {
            let refused = apply(Money(due), Method::Cash, Money(tendered), UP);
            assert_eq!(refused, Err(PayRefused::Overflow), "{tendered} for {due}");
        }
        let giant_step = CashRounding { step: i64::MAX, mode: RoundingMode::Up };
        assert_eq!(apply(Money(1), Method::Cash, Money(1), giant_step), Err(PayRefused::Overflow));
        let no_step = CashRounding { step: i64::MIN, mode: RoundingMode::Up };
        assert_eq!(apply(Money(1), Method::Cash, Money(1), no_step), applied(1, 0, 1, 0, true));
    }
}
