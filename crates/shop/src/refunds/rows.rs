//! The rows of a refund, as stored and as answered by the API.

use domain::{ChargeKind, Method, RefundKind, TaxGroup};
use web::Word;

use crate::stored::stored;

stored! {
    /// What was given back of a paid order. Money is in minor units (rupiah) and positive.
    /// `total = subtotal - discount + service + tax + surplus + rounding`, and is the sum of the payments.
    pub struct Refund in "refunds" {
        /// UUIDv7.
        id: String as id,
        /// Number for people: outlet, business date, R and sequence. Never reused.
        refund_number: String,
        /// Id of the order.
        order_id: String as id,
        /// Number of the order.
        order_number: String,
        /// The trading day on which the sale counts, YYYY-MM-DD.
        order_date: String,
        /// The trading day on which the refund counts, YYYY-MM-DD.
        business_date: String,
        /// The drawer's shift that gave the money back.
        shift_id: Option<String>,
        /// Pieces of lines, or an amount without goods.
        #[schema(value_type = RefundKind)]
        kind: Word<RefundKind> as word,
        /// Sum of the amounts of the lines, before discount.
        subtotal: i64,
        /// Sum of their shares of the discounts, as a positive number.
        discount: i64,
        /// Sum of their shares of the service charges.
        service: i64,
        /// Sum of their shares of the taxes added to the prices.
        tax: i64,
        /// Sum of their shares of the taxes included in the prices; not added.
        tax_included: i64,
        /// Returned of what the guest paid beyond the order's total.
        surplus: i64,
        /// Cash rounding, signed.
        rounding: i64,
        /// The money that went back.
        total: i64,
        /// Why.
        reason: String,
        /// The user who gave it back.
        cashier_id: Option<String>,
        /// The manager or admin who approved it.
        approved_by: Option<String>,
        /// RFC 3339 UTC.
        created_at: String,
    }
    also {
        /// What each line of the order gives back.
        lines: Vec<RefundLine>,
        /// What each service charge and tax gives back.
        charges: Vec<RefundCharge>,
        /// The money that went back, by tender.
        payments: Vec<RefundPayment>,
    }
}

stored! {
    /// What a line of the order gives back.
    pub struct RefundLine in "refund_lines" of "refund_id" {
        /// UUIDv7.
        id: String as id,
        /// Id of the order's line.
        order_line_id: String as id,
        /// Id of the product.
        product_id: String as id,
        /// Name at the time of the order.
        name: String,
        /// Pieces, or thousandths of the unit if `qty_scale` is 3; 0 if only money is given back.
        qty: i64,
        /// Decimal places of `qty`: 0 or 3.
        qty_scale: i64,
        /// The unit of a weighed line, such as kg; null: the piece.
        unit: Option<String>,
        /// Before discount.
        amount: i64,
        /// Share of the discounts.
        discount: i64,
        /// Share of the service charges.
        service: i64,
        /// Share of the taxes added to the prices.
        tax: i64,
        /// Share of the taxes included in the prices.
        tax_included: i64,
        /// Whether the goods return to the stock.
        restock: bool,
    }
}

stored! {
    /// What a service charge or tax of the order gives back.
    pub struct RefundCharge in "refund_charges" of "refund_id" {
        /// UUIDv7.
        id: String as id,
        /// Id of the charge.
        charge_id: String as id,
        /// Name on the receipt.
        name: String,
        /// Service charge or tax.
        #[schema(value_type = ChargeKind)]
        kind: Word<ChargeKind> as word,
        /// Rate in hundredths of a percent.
        rate_bp: i64,
        /// The group of products that bear it; null for a service charge.
        #[schema(value_type = Option<TaxGroup>)]
        tax_group: Option<Word<TaxGroup>> as optional_word,
        /// Part of the amount that the rate applied to.
        base: i64,
        /// Part of the charge.
        amount: i64,
        /// True: included in the prices.
        inclusive: bool,
    }
}

stored! {
    /// Money that went back by one tender.
    pub struct RefundPayment in "refund_payments" of "refund_id" {
        /// UUIDv7.
        id: String as id,
        /// The payment method.
        #[schema(value_type = Method)]
        method: Word<Method> as word,
        /// Id of the tender, if the chain has a list of them.
        tender_id: Option<String>,
        /// Name of the tender at the time of the payment.
        tender_name: Option<String>,
        /// The money.
        amount: i64,
        /// Cash rounding, signed: the money minus the part of the refund.
        rounding: i64,
        /// Reference of the bank or wallet.
        reference: Option<String>,
        /// The drawer's shift that gave it back.
        shift_id: Option<String>,
    }
}
