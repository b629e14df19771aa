//! What is printed, as plain data. A document says what happened; words, columns and marks are added by the layout.

use domain::{ChargeKind, Method, MovementKind, OrderType, ReportKind};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// A paper of the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "document", rename_all = "snake_case")]
pub enum Document {
    /// A receipt, a bill or a refund.
    Receipt(Box<Receipt>),
    /// A ticket for the kitchen or the bar.
    Ticket(Ticket),
    /// X or Z of a shift.
    Shift(Box<ShiftPaper>),
    /// Cash put into a drawer or taken out.
    Cash(CashMovement),
    /// A test of a printer.
    Test(TestPage),
    /// No paper: only opens the cash drawer at the printer.
    Drawer,
}

/// A time by the shop's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTime {
    /// Date and time.
    pub at: DateTime,
    /// Abbreviation of the zone, such as `WIB`.
    pub zone: String,
}

/// Who sells: the head and the foot of receipts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seller {
    /// Name of the shop.
    pub name: String,
    /// Name of the company as registered, if it differs.
    pub legal_name: Option<String>,
    /// Address of the place of business.
    pub address: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// NPWP.
    pub tax_number: Option<String>,
    /// NITKU: the number of the place of business.
    pub branch_tax_number: Option<String>,
    /// NPWPD: the number at the region, for the restaurant tax.
    pub regional_tax_number: Option<String>,
    /// Text at the end.
    pub footer: Option<String>,
}

/// What a receipt confirms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptKind {
    /// A paid order.
    Sale,
    /// An order that is not paid: a bill.
    Bill,
    /// A void order.
    Void,
    /// What was given back of a paid order.
    Refund(RefundOf),
}

/// The order of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundOf {
    /// Number of the order.
    pub order_number: String,
    /// Why.
    pub reason: String,
}

/// A receipt, a bill or a refund. `total = subtotal - discounts + charges + rounding`; charges inside the prices are not
/// added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// What it confirms.
    pub kind: ReceiptKind,
    /// Who sells.
    pub seller: Seller,
    /// Number for people.
    pub number: String,
    /// When it was paid; for a bill, when it was printed.
    pub time: LocalTime,
    /// Name of the cashier.
    pub cashier: Option<String>,
    /// Name of the guest.
    pub guest: Option<String>,
    /// Name of the table.
    pub table: Option<String>,
    /// Number to call an order without a table by.
    #[serde(default)]
    pub queue_no: Option<i64>,
    /// Number of guests.
    pub pax: Option<i64>,
    /// How the guest receives it.
    pub order_type: Option<OrderType>,
    /// Name of the delivery platform that it came from.
    #[serde(default)]
    pub channel: Option<String>,
    /// What was sold.
    pub lines: Vec<ReceiptLine>,
    /// Sum of the lines.
    pub subtotal: i64,
    /// Discounts, as positive amounts.
    pub discounts: Vec<NamedAmount>,
    /// Service charges and taxes.
    pub charges: Vec<ChargeLine>,
    /// Returned of what the guest paid beyond the total.
    #[serde(default)]
    pub surplus: i64,
    /// Cash rounding, signed.
    pub rounding: i64,
    /// Amount due.
    pub total: i64,
    /// The payments.
    pub payments: Vec<PaymentLine>,
    /// What is left to pay.
    pub due: i64,
    /// What was given back of it, as a positive amount.
    #[serde(default)]
    pub refunded: i64,
    /// Address of the same receipt as a page.
    pub link: Option<String>,
}

/// What was sold, or given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptLine {
    /// Name with the variant.
    pub name: String,
    /// Pieces, or thousandths of a unit.
    pub qty: i64,
    /// Decimal places of `qty`: 0 or 3.
    pub qty_scale: i64,
    /// The unit of a weighed line, such as kg.
    #[serde(default)]
    pub unit: Option<String>,
    /// Price of a piece or unit; `None`: not shown.
    pub price: Option<i64>,
    /// What it costs.
    pub amount: i64,
    /// The choices.
    pub modifiers: Vec<ReceiptModifier>,
}

/// A choice of a line. Its price is part of the price of the line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptModifier {
    /// Its name.
    pub name: String,
    /// How many, for each piece.
    pub qty: i64,
}

/// A discount.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NamedAmount {
    /// Its name; `None`: a word for its kind.
    pub name: Option<String>,
    /// The name of the line that it was given on; `None`: the whole order.
    pub line: Option<String>,
    /// Whether it is a gift.
    pub compliment: bool,
    /// Rate in hundredths of a percent.
    pub rate_bp: Option<i64>,
    /// The amount.
    pub amount: i64,
}

/// A service charge or tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeLine {
    /// Its name.
    pub name: String,
    /// Service charge or tax.
    pub kind: Option<ChargeKind>,
    /// Rate in hundredths of a percent.
    pub rate_bp: i64,
    /// What the rate applies to.
    pub base: i64,
    /// The amount.
    pub amount: i64,
    /// True: included in the prices.
    pub inclusive: bool,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentLine {
    /// The tender; `None`: a word for the method.
    pub name: Option<String>,
    /// The payment method, if it is known.
    pub method: Option<Method>,
    /// What the guest handed over.
    pub tendered: i64,
    /// What the guest got back.
    pub change: i64,
    /// Reference of the bank or wallet.
    pub reference: Option<String>,
    /// True: the money has not been seen yet.
    pub unconfirmed: bool,
}

/// Why a ticket is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketKind {
    /// The first of an order.
    New,
    /// More of an order.
    Addition,
    /// Lines that are not to be made.
    Void,
    /// The order went to another table.
    Moved,
    /// The order has another note, or is received in another way.
    Changed,
}

/// A ticket for the kitchen or the bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Why it is printed.
    pub kind: TicketKind,
    /// Name of the station.
    pub station: String,
    /// Number of the order.
    pub order_number: String,
    /// Name of the table.
    pub table: Option<String>,
    /// Number to call an order without a table by.
    #[serde(default)]
    pub queue_no: Option<i64>,
    /// The table before, for [`TicketKind::Moved`].
    #[serde(default)]
    pub from_table: Option<String>,
    /// Name of the guest.
    pub guest: Option<String>,
    /// Number of guests.
    pub pax: Option<i64>,
    /// How the guest receives it.
    pub order_type: Option<OrderType>,
    /// Name of the delivery platform that it came from.
    #[serde(default)]
    pub channel: Option<String>,
    /// When it was sent.
    pub time: LocalTime,
    /// The user who sent it.
    pub by: Option<String>,
    /// What to make.
    pub lines: Vec<TicketLine>,
    /// Note on the whole order.
    pub note: Option<String>,
}

/// What to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketLine {
    /// Name with the variant.
    pub name: String,
    /// Pieces, or thousandths of a unit.
    pub qty: i64,
    /// Decimal places of `qty`: 0 or 3.
    pub qty_scale: i64,
    /// The unit of a weighed line, such as kg.
    #[serde(default)]
    pub unit: Option<String>,
    /// The choices.
    pub modifiers: Vec<ReceiptModifier>,
    /// Note for the kitchen.
    pub note: Option<String>,
}

/// X or Z of a shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftPaper {
    /// X while it is open, Z once it is closed.
    pub kind: ReportKind,
    /// Who sells.
    pub seller: Seller,
    /// Number of the shift.
    pub number: String,
    /// Name of the drawer.
    pub drawer: String,
    /// The user who opened it.
    pub opened_by: Option<String>,
    /// When it was opened.
    pub opened_at: Option<LocalTime>,
    /// The user who closed it.
    pub closed_by: Option<String>,
    /// When it was closed.
    pub closed_at: Option<LocalTime>,
    /// When it was printed.
    pub printed_at: LocalTime,
    /// The orders that it settled; `None`: hidden until the count.
    pub sales: Option<ShiftSales>,
    /// Payments for orders that it did not settle.
    pub deposits_taken: i64,
    /// What was paid outside the shift for orders that it settled.
    pub deposits_used: i64,
    /// Number of refunds.
    pub refunds: i64,
    /// What they gave back.
    pub refunded: i64,
    /// The money of each tender.
    pub tenders: Vec<ShiftTender>,
    /// The cash; `None`: hidden until the count.
    pub cash: Option<ShiftCash>,
    /// What was counted.
    pub counted: Option<i64>,
    /// What stayed in the drawer.
    pub left_in_drawer: Option<i64>,
    /// Note of the user who closed it.
    pub note: Option<String>,
}

/// Sums of the orders of a shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftSales {
    /// Number of orders.
    pub orders: i64,
    /// Amounts of their lines.
    pub subtotal: i64,
    /// Discounts, as a positive amount.
    pub discount: i64,
    /// Service charges.
    pub service: i64,
    /// Taxes added to the prices.
    pub tax: i64,
    /// Taxes included in the prices.
    pub tax_included: i64,
    /// Cash rounding.
    pub rounding: i64,
    /// Their total.
    pub total: i64,
}

/// The money of a tender in a shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftTender {
    /// The tender; `None`: a word for the method.
    pub name: Option<String>,
    /// The payment method, if it is known.
    pub method: Option<Method>,
    /// Payments, without those taken back.
    pub payments: i64,
    /// What refunds gave back.
    pub refunds: i64,
    /// Payments that nobody has confirmed, of `payments`.
    pub unconfirmed: i64,
}

/// The cash of a drawer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftCash {
    /// Counted at the beginning.
    pub opening: i64,
    /// Cash payments without change.
    pub payments: i64,
    /// Given back by refunds.
    pub refunds: i64,
    /// Put in.
    pub paid_in: i64,
    /// Taken out.
    pub paid_out: i64,
    /// Moved to the safe.
    pub dropped: i64,
    /// What should be there.
    pub expected: i64,
}

/// Cash put into a drawer or taken out without a sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashMovement {
    /// Who sells.
    pub seller: Seller,
    /// Number of the shift.
    pub shift_number: String,
    /// Name of the drawer.
    pub drawer: String,
    /// In, out, or to the safe.
    pub kind: Option<MovementKind>,
    /// Positive.
    pub amount: i64,
    /// Why.
    pub reason: Option<String>,
    /// The user who made it.
    pub by: Option<String>,
    /// The manager or admin who approved it.
    pub approved_by: Option<String>,
    /// When.
    pub time: LocalTime,
}

/// A test of a printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestPage {
    /// Name of the printer.
    pub printer: String,
    /// Host and port.
    pub address: String,
    /// When it was printed.
    pub time: LocalTime,
}
