//! Lists of the catalog and the settings, as both servers' API descriptions show them. `domain::product` is
//! authoritative for products, `domain::barcode` for patterns; a test at the outlet compares them.

use utoipa::ToSchema;

/// A form in which a product is sold; exactly one is chosen per line.
#[derive(ToSchema)]
pub struct Variant {
    /// Unique among the product's variants: 1 to 64 letters, digits, - or _.
    pub id: String,
    /// Name on the till and the receipt.
    #[schema(max_length = 100)]
    pub name: String,
    /// Replaces the product's price; minor units (rupiah), not negative.
    #[schema(minimum = 0)]
    pub price: i64,
    /// False: not for sale now. Default: true.
    #[schema(required = false)]
    pub available: bool,
    /// The shop's code of the variant; absent if it has none.
    #[schema(max_length = 50)]
    pub code: Option<String>,
    /// The barcode of the variant; absent if it has none.
    #[schema(max_length = 50)]
    pub barcode: Option<String>,
}

/// A question about each piece, such as the kind of milk or the extras.
#[derive(ToSchema)]
pub struct ModifierGroup {
    /// Unique among the product's groups: 1 to 64 letters, digits, - or _.
    pub id: String,
    /// Name on the till and the receipt.
    #[schema(max_length = 100)]
    pub name: String,
    /// Minimum number of options per piece; 0 makes the group optional.
    #[schema(minimum = 0)]
    pub min_selections: i64,
    /// Maximum number of options per piece; each repetition of an option counts.
    #[schema(minimum = 1, maximum = 100)]
    pub max_selections: i64,
    /// 1 to 50 options.
    pub options: Vec<ModifierOption>,
}

/// A possible choice in a modifier group.
#[derive(ToSchema)]
pub struct ModifierOption {
    /// Unique among all options of the product: 1 to 64 letters, digits, - or _.
    pub id: String,
    /// Name on the till and the receipt.
    #[schema(max_length = 100)]
    pub name: String,
    /// Price change per piece, may be negative. Minor units (rupiah).
    pub price_delta: i64,
    /// False: not available now. Default: true.
    #[schema(required = false)]
    pub available: bool,
}

/// A chosen option on an order line, with name and price at that time.
#[derive(ToSchema)]
pub struct Modifier {
    /// Id of the option.
    pub id: String,
    /// Name of the modifier group.
    pub group: String,
    /// Name of the option.
    pub name: String,
    /// Price change per piece, may be negative; included in the line's price.
    pub price: i64,
    /// Quantity per piece.
    pub qty: i64,
}

/// How a scale builds its barcodes: EAN-13 that begins with 2, or UPC-A that begins with 02.
#[derive(ToSchema)]
pub struct BarcodePattern {
    /// 13 characters: a prefix of digits, `I` for the item code, `P` for a price or `W` for a weight in grams, and `C` for
    /// the check digit, such as `21IIIIIPPPPPC`.
    #[schema(min_length = 13, max_length = 13)]
    pub pattern: String,
    /// What a price in the code is multiplied by. Default: 1.
    #[schema(minimum = 1, maximum = 1000, required = false)]
    pub factor: i64,
}
