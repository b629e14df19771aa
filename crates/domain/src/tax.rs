//! The tax group of a product.
//!
//! A product has one group, and each group is taxed at most once, so no line bears both PBJT and PPN: food and drink
//! under PBJT are exempt from PPN (UU 7/2021 on PPN, article 4A).

use crate::string_enum::string_enum;

/// The highest rate of PBJT on food and drink, in basis points: 10 % (UU 1/2022, article 58).
pub const PBJT_MAX_RATE_BP: i64 = 1_000;

/// The tax that applies to a product and its order lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum TaxGroup {
    /// The regional tax on served food and drink (formerly PB1).
    #[default]
    Pbjt,
    /// Value added tax, on retail goods.
    Ppn,
    /// No tax, whatever the outlet's charges say.
    None,
}

string_enum!(TaxGroup { Pbjt: "pbjt", Ppn: "ppn", None: "none" });
