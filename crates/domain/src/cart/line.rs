//! A line of an order: its amount before discounts, its quantity and its tax group.

use super::CartRefused;
use crate::money::Money;
use crate::tax::TaxGroup;

/// The unit of a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum QtyScale {
    /// Whole pieces.
    #[default]
    Pieces,
    /// Thousandths, for example grams of a product that is priced by the kilogram.
    Thousandths,
}

impl QtyScale {
    /// The scale with this number of decimal places; `None` for a number that is not in use.
    #[must_use]
    pub fn from_decimals(decimals: i64) -> Option<QtyScale> {
        match decimals {
            0 => Some(QtyScale::Pieces),
            3 => Some(QtyScale::Thousandths),
            _ => None,
        }
    }

    /// Decimal places of the quantity: 0 or 3.
    #[must_use]
    pub fn decimals(self) -> i64 {
        match self {
            QtyScale::Pieces => 0,
            QtyScale::Thousandths => 3,
        }
    }

    /// How much of the scale makes one priced unit.
    pub(crate) fn per_unit(self) -> i64 {
        match self {
            QtyScale::Pieces => 1,
            QtyScale::Thousandths => 1_000,
        }
    }
}

/// How much of a product a line has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quantity {
    /// In units of the scale, at least 1.
    pub qty: i64,
    /// Pieces or thousandths.
    pub scale: QtyScale,
}

impl Quantity {
    /// Whole pieces.
    #[must_use]
    pub fn pieces(qty: i64) -> Quantity {
        Quantity { qty, scale: QtyScale::Pieces }
    }

    /// What this quantity costs at a price per unit, rounded once.
    ///
    /// # Errors
    /// The quantity is not positive, the price is negative, or the amount too large.
    pub fn amount(self, price: Money) -> Result<Money, CartRefused> {
        if self.qty < 1 {
            return Err(CartRefused::QuantityNotPositive);
        }
        if price < Money::ZERO {
            return Err(CartRefused::PriceNegative);
        }
        Ok(price.ratio(self.qty, self.scale.per_unit())?)
    }
}

/// One line of an order.
///
/// Its amount is a snapshot: usually price × quantity, but also the price in a barcode, or the share of a combo. So the
/// calculation starts from the amount; the quantity matters only when a line is split or given back in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The amount before discounts, including modifiers; not negative.
    pub amount: Money,
    /// How much it is.
    pub quantity: Quantity,
    /// The tax group.
    pub tax_group: TaxGroup,
}

impl Line {
    /// A line that costs price × quantity. The price of a unit includes its modifiers.
    ///
    /// # Errors
    /// See [`Quantity::amount`].
    pub fn priced(price: Money, quantity: Quantity, tax_group: TaxGroup) -> Result<Line, CartRefused> {
        Ok(Line { amount: quantity.amount(price)?, quantity, tax_group })
    }

    pub(super) fn check(&self) -> Result<(), CartRefused> {
        if self.quantity.qty < 1 {
            return Err(CartRefused::QuantityNotPositive);
        }
        if self.amount < Money::ZERO {
            return Err(CartRefused::PriceNegative);
        }
        self.amount.checked()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{MAX_AMOUNT, Overflow};

    #[test]
    fn a_weight_is_priced_by_the_kilogram_and_rounded_once() {
        let grams = |qty| Quantity { qty, scale: QtyScale::Thousandths };
        for (qty, price, amount) in [(1_237, 23_500, 29_070), (345, 85_000, 29_325), (1, 499, 0), (1, 500, 1)] {
            assert_eq!(grams(qty).amount(Money(price)), Ok(Money(amount)), "{qty} g at {price}");
        }
        assert_eq!(Quantity::pieces(3).amount(Money(18_500)), Ok(Money(55_500)));
    }

    #[test]
    fn an_impossible_line_is_rejected() {
        let priced = |price, qty| Line::priced(Money(price), Quantity::pieces(qty), TaxGroup::Pbjt).map(|_| ());
        assert_eq!(priced(10, 0), Err(CartRefused::QuantityNotPositive));
        assert_eq!(priced(10, i64::MIN), Err(CartRefused::QuantityNotPositive));
        assert_eq!(priced(-1, 1), Err(CartRefused::PriceNegative));
        assert_eq!(priced(10, i64::MAX), Err(CartRefused::Overflow(Overflow)));
        assert_eq!(priced(MAX_AMOUNT + 1, 1), Err(CartRefused::Overflow(Overflow)));
    }

    #[test]
    fn a_scale_is_its_decimal_places() {
        for scale in [QtyScale::Pieces, QtyScale::Thousandths] {
            assert_eq!(QtyScale::from_decimals(scale.decimals()), Some(scale));
        }
        assert_eq!(QtyScale::from_decimals(2), None);
    }
}
