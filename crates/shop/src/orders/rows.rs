//! The rows of an order, as stored and as answered by the API.

use domain::{
    ChargeKind, DiscountKind, Method, Modifier, OrderStatus, OrderType, PaymentStatus, PriceSource, Station, TaxGroup,
    VoidKind,
};
use web::messages::Message;
use web::{ApiError, Code, Warning, Word};

use crate::refunds::Refund;
use crate::stored::stored;

stored! {
    /// An order with its lines, discounts, charges and payments. Money is in minor units (rupiah).
    /// `total = subtotal - discount + service + tax + rounding`; `paid = total` once the status is `paid`.
    pub struct Order in "orders" {
        /// UUIDv7.
        id: String as id,
        /// Number for people: outlet, business date, sequence. Never reused.
        order_number: String,
        /// The outlet's trading day on which the order was taken, YYYY-MM-DD.
        business_date: String,
        /// The status of the order.
        #[schema(value_type = OrderStatus)]
        status: Word<OrderStatus> as word,
        /// How the guest receives the order.
        #[schema(value_type = OrderType)]
        order_type: Word<OrderType> as word,
        /// Id of the tender of the delivery platform that it came from; null: the outlet's own counter.
        channel: Option<String>,
        /// Table of the guests.
        table_number: Option<String>,
        /// Number to call the order by, from 1 each business date, if it was created without a table.
        queue_no: Option<i64>,
        /// Id of the customer.
        customer_id: Option<String>,
        /// Name of the guest.
        customer_name: Option<String>,
        /// Number of guests.
        pax: Option<i64>,
        /// Note on the whole order.
        note: Option<String>,
        /// The user who created the order.
        cashier_id: Option<String>,
        /// Sum of the amounts of the lines, before discount.
        subtotal: i64,
        /// Sum of all discounts, as a positive number.
        discount: i64,
        /// Sum of all service charges.
        service: i64,
        /// Taxes added to the prices.
        tax: i64,
        /// Taxes included in the prices; not added.
        tax_included: i64,
        /// Cash rounding, signed.
        rounding: i64,
        /// Amount due.
        total: i64,
        /// Amount paid.
        paid: i64,
        /// Reason of the void.
        void_reason: Option<String>,
        /// The user who requested the void.
        void_requested_by: Option<String>,
        /// The manager or admin who approved the void.
        voided_by: Option<String>,
        /// The order that this one was merged into; it is void.
        merged_into: Option<String>,
        /// The order that this one was split from.
        split_from: Option<String>,
        /// The drawer's shift in which it was settled.
        shift_id: Option<String>,
        /// RFC 3339 UTC.
        created_at: String,
        /// RFC 3339 UTC.
        paid_at: Option<String>,
        /// The trading day on which the order was settled and counts as a sale, YYYY-MM-DD.
        paid_date: Option<String>,
        /// When all tickets of the paid order were ready, RFC 3339 UTC.
        ready_at: Option<String>,
        /// When all of the paid order was served, RFC 3339 UTC.
        served_at: Option<String>,
        /// RFC 3339 UTC.
        voided_at: Option<String>,
    }
    also {
        /// Version of this entity, for `If-Match`.
        version: i64,
        /// The lines.
        lines: Vec<OrderLine>,
        /// Discounts in the sequence in which they were given.
        discounts: Vec<OrderDiscount>,
        /// Service charges and taxes.
        charges: Vec<Charge>,
        /// The payments.
        payments: Vec<Payment>,
        /// What was given back of the paid order, the oldest first.
        refunds: Vec<Refund>,
        /// The sum of their totals.
        refunded: i64,
        /// Warnings for people: charges that were omitted. Only in the answer to a command; absent if there are none.
        // `idempotency` translates them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schema(value_type = Vec<Warning>)]
        warnings: Vec<Message>,
    }
}

stored! {
    /// An order line, with name, price and tax group at the time at which it was added.
    pub struct OrderLine in "order_lines" of "order_id" {
        /// UUIDv7.
        id: String as id,
        /// Position, from 1.
        position: i64,
        /// Id of the product.
        product_id: String as id,
        /// Name at the time of the order.
        name: String,
        /// Id of the chosen variant, if the product has variants.
        variant_id: Option<String>,
        /// Name of the variant; printed after the product's name.
        variant_name: Option<String>,
        /// The chosen modifiers.
        #[schema(value_type = Vec<web::shapes::Modifier>)]
        modifiers: Vec<Modifier> as list,
        /// Price of one piece or unit, including variant and modifiers.
        price: i64,
        /// Number of pieces, or thousandths of the unit if `qty_scale` is 3.
        qty: i64,
        /// Decimal places of `qty`: 0 or 3.
        qty_scale: i64,
        /// The unit of a weighed line, such as kg; null: the piece.
        unit: Option<String>,
        /// Price × quantity, or the price in a barcode; 0 if the line is void.
        amount: i64,
        /// Share of the discounts.
        discount: i64,
        /// Share of the service charges.
        service: i64,
        /// Share of the taxes added to the prices.
        tax: i64,
        /// Share of the taxes included in the prices.
        tax_included: i64,
        /// The tax group of the product.
        #[schema(value_type = TaxGroup)]
        tax_group: Word<TaxGroup> as word,
        /// Where it is prepared.
        #[schema(value_type = Station)]
        station: Word<Station> as word,
        /// The course, 1 to 9, which can be sent apart; null: only a send of everything sends it.
        course: Option<i64>,
        /// Note for the kitchen.
        note: Option<String>,
        /// The user who added the line.
        added_by: Option<String>,
        /// When it was added, which decided its price. RFC 3339 UTC.
        added_at: Option<String>,
        /// Where the price came from.
        #[schema(value_type = Option<PriceSource>)]
        price_source: Option<Word<PriceSource>> as optional_word,
        /// Id of the menu that the price came from.
        menu_id: Option<String>,
        /// When the line was sent to be prepared, RFC 3339 UTC. Only unsent lines can be changed or removed.
        sent_at: Option<String>,
        /// The order that the line was moved from.
        from_order_id: Option<String>,
        /// Whether the goods of a void line came back or were wasted.
        #[schema(value_type = Option<VoidKind>)]
        void_kind: Option<Word<VoidKind>> as optional_word,
        /// Reason of the void.
        void_reason: Option<String>,
        /// The user who requested the void.
        void_requested_by: Option<String>,
        /// The manager or admin who approved the void.
        voided_by: Option<String>,
        /// RFC 3339 UTC.
        voided_at: Option<String>,
    }
}

stored! {
    /// A discount or a compliment. Discounts on lines come first, then those on the order; each applies to what the
    /// earlier ones left.
    pub struct OrderDiscount in "order_discounts" of "order_id" {
        /// UUIDv7.
        id: String as id,
        /// Position, from 1.
        position: i64,
        /// The line; null: the whole order.
        line_id: Option<String>,
        /// How it is calculated.
        #[schema(value_type = DiscountKind)]
        kind: Word<DiscountKind> as word,
        /// Name on the receipt.
        name: Option<String>,
        /// Rate in hundredths of a percent, for `percent`.
        rate_bp: Option<i64>,
        /// Requested amount, for `amount`.
        value: Option<i64>,
        /// Resulting amount, positive. For a compliment: the list price of what was given away.
        amount: i64,
        /// Why it was given.
        reason: Option<String>,
        /// The user who gave it.
        given_by: Option<String>,
        /// The manager or admin who approved it, if it needed approval.
        approved_by: Option<String>,
        /// RFC 3339 UTC.
        created_at: String,
    }
}

stored! {
    /// A service charge or tax as calculated for the order.
    #[schema(as = OrderCharge)]
    pub struct Charge in "order_charges" of "order_id" {
        /// UUIDv7.
        id: String as id,
        /// Position, from 1.
        position: i64,
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
        /// Amount that the rate applies to.
        base: i64,
        /// Resulting amount.
        amount: i64,
        /// True: included in the prices.
        inclusive: bool,
    }
}

stored! {
    /// A payment, or the reversal of one.
    pub struct Payment in "payments" of "order_id" {
        /// UUIDv7.
        id: String as id,
        /// The payment method.
        #[schema(value_type = Method)]
        method: Word<Method> as word,
        /// Amount that counts towards the order; negative for a reversal.
        amount: i64,
        /// Cash rounding of this payment, signed.
        rounding: i64,
        /// Amount that the guest handed over.
        tendered: i64,
        /// Change returned to the guest.
        change: i64,
        /// `unconfirmed` until the payment is matched.
        #[schema(value_type = PaymentStatus)]
        status: Word<PaymentStatus> as word,
        /// Id of the tender, if the chain has a list of them.
        tender_id: Option<String>,
        /// Name of the tender at the time of the payment.
        tender_name: Option<String>,
        /// Reference of the bank or wallet.
        reference: Option<String>,
        /// The drawer's shift that received it.
        shift_id: Option<String>,
        /// The user who received the payment.
        cashier_id: Option<String>,
        /// The trading day on which the payment counts, YYYY-MM-DD; null: the order's.
        business_date: Option<String>,
        /// The user who confirmed it.
        confirmed_by: Option<String>,
        /// RFC 3339 UTC.
        confirmed_at: Option<String>,
        /// The payment that this row reverses.
        reverses: Option<String>,
        /// Reason of the reversal.
        reason: Option<String>,
        /// The manager or admin who approved the reversal, if it needed approval.
        approved_by: Option<String>,
        /// RFC 3339 UTC.
        created_at: String,
    }
}

impl Order {
    /// Whether an amount is still due.
    pub(crate) fn is_due(&self) -> bool {
        self.status.known() != Some(OrderStatus::Paid)
    }

    /// The status of the order.
    ///
    /// # Errors
    /// 409 `unreadable_order`: the stored value is unknown; there is no default.
    pub fn parse_status(&self) -> Result<OrderStatus, ApiError> {
        self.status.known().ok_or_else(|| Code::UnreadableOrder.with("status", self.status.as_str()))
    }
}
