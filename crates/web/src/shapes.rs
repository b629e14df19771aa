//! What can be chosen of a product, and what was, as both servers' API descriptions show it. The types in
//! `domain::product` are the truth; a test at the outlet compares.

use utoipa::ToSchema;

/// What a product is sold as: exactly one is chosen.
#[derive(ToSchema)]
pub struct Variant {
    /// Unique among the product's variants: 1 to 64 letters, digits, - or _.
    pub id: String,
    /// On the till and the receipt.
    #[schema(max_length = 100)]
    pub name: String,
    /// In the place of the product's; minor units (rupiah), not negative.
    #[schema(minimum = 0)]
    pub price: i64,
    /// False: cannot be sold now. True if not given.
    #[schema(required = false)]
    pub available: bool,
    /// The shop's own; absent where there is none.
    #[schema(max_length = 50)]
    pub code: Option<String>,
    /// As scanned; absent where there is none.
    #[schema(max_length = 50)]
    pub barcode: Option<String>,
}

/// A question that is asked about each piece: which milk? which extras?
#[derive(ToSchema)]
pub struct ModifierGroup {
    /// Unique among the product's groups: 1 to 64 letters, digits, - or _.
    pub id: String,
    /// On the till and the receipt.
    #[schema(max_length = 100)]
    pub name: String,
    /// Options that a piece must have; 0: none is needed.
    #[schema(minimum = 0)]
    pub min_selections: i64,
    /// Options that a piece may have at the most, the same one counted as often as it is chosen.
    #[schema(minimum = 1, maximum = 100)]
    pub max_selections: i64,
    /// 1 to 50.
    pub options: Vec<ModifierOption>,
}

/// An answer to it.
#[derive(ToSchema)]
pub struct ModifierOption {
    /// Unique among all options of the product: 1 to 64 letters, digits, - or _.
    pub id: String,
    /// On the till and the receipt.
    #[schema(max_length = 100)]
    pub name: String,
    /// Added to the price of a piece; negative takes off. Minor units (rupiah).
    pub price_delta: i64,
    /// False: cannot be chosen now. True if not given.
    #[schema(required = false)]
    pub available: bool,
}

/// An option as a line has it: name and price as they were when it was ordered.
#[derive(ToSchema)]
pub struct Modifier {
    /// The option's.
    pub id: String,
    /// The group's name.
    pub group: String,
    /// The option's.
    pub name: String,
    /// What one of it adds to a piece; negative takes off. Contained in the line's price.
    pub price: i64,
    /// How often each piece has it.
    pub qty: i64,
}
