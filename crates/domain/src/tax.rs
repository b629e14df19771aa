//! Which tax a product bears.
//!
//! A product has one group, and each group is taxed at most once, so that no line ever bears both PBJT and
//! PPN: the law takes food and drink under PBJT out of PPN (UU 7/2021 on PPN, article 4A).

use crate::string_enum::string_enum;

/// The highest rate of PBJT on food and drink, in basis points: 10 % (UU 1/2022, article 58).
pub const PBJT_MAX_RATE_BP: i64 = 1_000;

/// The tax that a product, and so a line of an order, falls under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum TaxGroup {
    /// The regional tax on food and drink that is served (formerly PB1).
    #[default]
    Pbjt,
    /// Value added tax, on retail goods.
    Ppn,
    /// No tax, whatever the outlet's charges say.
    None,
}

string_enum!(TaxGroup { Pbjt: "pbjt", Ppn: "ppn", None: "none" });
