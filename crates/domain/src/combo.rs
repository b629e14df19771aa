//! Shares the price of a combo to its components, which may bear different taxes.

use crate::cart::{CartRefused, Quantity};
use crate::money::Money;

/// A component of a combo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// Its list price.
    pub price: Money,
    /// How much of it is in one combo.
    pub quantity: Quantity,
}

/// The amounts of the components' lines in `qty` combos of this price: they add up to price × quantity.
///
/// Shared in proportion to the list prices, once for all pieces: a share that was rounded for one combo and then
/// multiplied would not add up.
///
/// # Errors
/// A quantity is not positive, a price negative, or an amount too large.
pub fn amounts(price: Money, qty: i64, components: &[Component]) -> Result<Vec<Money>, CartRefused> {
    let amount = Quantity::pieces(qty).amount(price)?;
    let list = |component: &Component| Ok(component.quantity.amount(component.price)?.times(qty)?);
    Ok(amount.share(&components.iter().map(list).collect::<Result<Vec<_>, CartRefused>>()?))
}
