//! The golden figures: every case of `golden/figures.json`, calculated.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use domain::barcode::{self, Pattern, Scanned, Value};
use domain::cart::split::{self, Piece};
use domain::cart::{
    self, Amounts, Cart, Charge, ChargeKind, Discount, DiscountValue, Line, QtyScale, Quantity, Totals,
};
use domain::combo::{self, Component};
use domain::qris::{Qris, QrisMode};
use domain::refund::{Settlement, SoldLine};
use domain::{BasisPoints, CashRounding, Drawer, Method, Money, ServiceBase, TaxGroup, payment};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

const FIGURES: &str = include_str!("../golden/figures.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    number: u32,
    name: String,
    kind: String,
    given: Json,
    expected: Json,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenLine {
    price: Money,
    qty: i64,
    qty_scale: i64,
    tax_group: TaxGroup,
}

#[derive(Deserialize)]
struct GivenDiscount {
    line: Option<usize>,
    #[serde(flatten)]
    value: GivenValue,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum GivenValue {
    Percent { rate_bp: i64 },
    Amount { value: Money },
    Compliment,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenCharge {
    kind: ChargeKind,
    rate_bp: i64,
    tax_group: TaxGroup,
    inclusive: bool,
    base_num: i64,
    base_den: i64,
    service_base: ServiceBase,
}

#[derive(Deserialize)]
struct GivenOrder {
    lines: Vec<GivenLine>,
    discounts: Vec<GivenDiscount>,
    charges: Vec<GivenCharge>,
}

struct Order {
    lines: Vec<Line>,
    discounts: Vec<Discount>,
    charges: Vec<Charge>,
}

impl Order {
    fn cart(&self) -> Cart<'_> {
        Cart { lines: &self.lines, discounts: &self.discounts, charges: &self.charges }
    }

    fn totals(&self) -> Totals {
        cart::totals(self.cart()).unwrap()
    }
}

impl From<GivenOrder> for Order {
    fn from(given: GivenOrder) -> Order {
        Order {
            lines: given.lines.iter().map(line).collect(),
            discounts: given.discounts.iter().map(discount).collect(),
            charges: given.charges.iter().map(charge).collect(),
        }
    }
}

fn line(given: &GivenLine) -> Line {
    let scale = QtyScale::from_decimals(given.qty_scale).unwrap();
    Line::priced(given.price, Quantity { qty: given.qty, scale }, given.tax_group).unwrap()
}

fn discount(given: &GivenDiscount) -> Discount {
    let value = match given.value {
        GivenValue::Percent { rate_bp } => DiscountValue::Percent(BasisPoints(rate_bp)),
        GivenValue::Amount { value } => DiscountValue::Amount(value),
        GivenValue::Compliment => DiscountValue::Compliment,
    };
    Discount { line: given.line, value }
}

fn charge(given: &GivenCharge) -> Charge {
    let GivenCharge { kind, rate_bp, tax_group, inclusive, base_num, base_den, service_base } = *given;
    let (id, name) = (String::new(), String::new());
    Charge { id, name, kind, rate_bp, tax_group, base: service_base, base_num, base_den, inclusive }
}

fn shown(amounts: Amounts) -> Json {
    let Amounts { subtotal, discount, service, tax, tax_included } = amounts;
    let total = amounts.total();
    serde_json::json!({"subtotal": subtotal, "discount": discount, "service": service, "tax": tax,
        "tax_included": tax_included, "total": total})
}

fn shown_all(amounts: impl IntoIterator<Item = Amounts>) -> Vec<Json> {
    amounts.into_iter().map(shown).collect()
}

fn read<T: DeserializeOwned>(value: &Json) -> T {
    T::deserialize(value).unwrap()
}

fn order_of(given: &Json) -> Order {
    read::<GivenOrder>(given).into()
}

fn order(given: &Json) -> Json {
    let totals = order_of(given).totals();
    let charges: Vec<Json> = totals
        .charges
        .iter()
        .map(|it| serde_json::json!({"charge": it.charge, "base": it.base, "amount": it.amount}))
        .collect();
    serde_json::json!({"order": shown(totals.order), "lines": shown_all(totals.lines), "charges": charges})
}

fn payments(given: &Json) -> Json {
    #[derive(Deserialize)]
    struct Tender {
        method: Method,
        tendered: Money,
    }
    let mut total: Money = read(&given["total"]);
    let (mut paid, mut applied) = (Money::ZERO, Vec::new());
    for Tender { method, tendered } in read::<Vec<Tender>>(&given["payments"]) {
        let due = total.checked_sub(paid).unwrap();
        let one = payment::apply(due, method, tendered, read(&given["rounding"])).unwrap();
        total = total.checked_add(one.rounding).unwrap();
        paid = paid.checked_add(one.amount).unwrap();
        applied.push(serde_json::json!({"amount": one.amount, "rounding": one.rounding, "change": one.change,
            "settles": one.settles}));
    }
    assert_eq!(paid, total);
    serde_json::json!({"payments": applied, "total": total})
}

fn equal_split(given: &Json) -> Json {
    serde_json::json!({"parts": split::equally(read(&given["due"]), read(&given["parts"]), read(&given["step"]))})
}

fn split_by_line(given: &Json) -> Json {
    let (order, parts) = (order_of(given), read::<Vec<Vec<usize>>>(&given["parts"]));
    let piece = |line: usize| Piece { line, qty: order.lines[line].quantity.qty };
    let parts: Vec<Vec<Piece>> = parts.into_iter().map(|part| part.into_iter().map(piece).collect()).collect();
    let whole = order.totals();
    let parts = split::by_lines(order.cart(), &whole, &parts).unwrap();
    serde_json::json!({"order": shown(whole.order), "parts": shown_all(parts.into_iter().map(|part| part.order))})
}

fn merge(given: &Json) -> Json {
    let orders: Vec<Vec<GivenLine>> = read(&given["orders"]);
    let charges: Vec<Charge> = read::<Vec<GivenCharge>>(&given["charges"]).iter().map(charge).collect();
    let calculate = |lines: &[Line]| cart::totals(Cart { lines, discounts: &[], charges: &charges }).unwrap().order;
    let orders: Vec<Vec<Line>> = orders.iter().map(|lines| lines.iter().map(line).collect()).collect();
    let alone = shown_all(orders.iter().map(|lines| calculate(lines)));
    serde_json::json!({"orders": alone, "merged": shown(calculate(&orders.concat()))})
}

fn refunds(given: &Json) -> Json {
    let (order, index) = (order_of(given), read::<usize>(&given["line"]));
    let line = order.lines[index];
    let mut sold = SoldLine {
        qty: line.quantity.qty,
        tax_group: line.tax_group,
        sold: order.totals().lines[index],
        returned_qty: 0,
        by_qty: Amounts::ZERO,
        by_amount: Amounts::ZERO,
    };
    let mut refunds = Vec::new();
    for qty in read::<Vec<i64>>(&given["pieces"]) {
        let refund = sold.return_qty(qty).unwrap();
        sold.returned_qty += qty;
        sold.by_qty = sold.by_qty.checked_add(refund).unwrap();
        refunds.push(refund);
    }
    serde_json::json!({"refunds": shown_all(refunds), "line_total": sold.sold.total()})
}

fn payouts(given: &Json) -> Json {
    #[derive(Deserialize)]
    struct Refund {
        method: Method,
        amount: Money,
    }
    let (total, paid) = (read(&given["total"]), read(&given["paid"]));
    let mut settlement = Settlement { total, paid, refunded: Money::ZERO, returned: Money::ZERO };
    let mut payouts = Vec::new();
    for Refund { method, amount } in read::<Vec<Refund>>(&given["refunds"]) {
        let rounding: CashRounding = read(&given["rounding"]);
        let payout = settlement.payout(amount, method, rounding).unwrap();
        settlement = settlement.after(payout).unwrap();
        payouts.push(serde_json::json!({"amount": payout.amount, "rounding": payout.rounding}));
    }
    serde_json::json!({"payouts": payouts})
}

fn combo_amounts(given: &Json) -> Json {
    let prices: Vec<Money> = read(&given["components"]);
    let components: Vec<Component> =
        prices.into_iter().map(|price| Component { price, quantity: Quantity::pieces(1) }).collect();
    let amounts = combo::amounts(read(&given["price"]), read(&given["qty"]), &components).unwrap();
    serde_json::json!({"amounts": amounts})
}

fn scanned(given: &Json) -> Json {
    let pattern = Pattern::parse(&read::<String>(&given["pattern"]), read(&given["factor"])).unwrap();
    let per_kilogram: Option<Money> = read(&given["price_per_kilogram"]);
    let Scanned { item, value } = pattern.read(&read::<String>(&given["code"])).unwrap();
    let (amount, grams) = match value {
        Value::Price(price) => (price, per_kilogram.and_then(|per_kilogram| barcode::grams(price, per_kilogram))),
        Value::Grams(qty) => {
            let weight = Quantity { qty, scale: QtyScale::Thousandths };
            (weight.amount(per_kilogram.unwrap()).unwrap(), Some(qty))
        }
    };
    serde_json::json!({"item": item, "amount": amount, "grams": grams})
}

fn drawer(given: &Json) -> Json {
    let amount = |field: &str| read::<Money>(&given[field]);
    let drawer = Drawer {
        opening: amount("opening"),
        payments: amount("payments"),
        refunds: amount("refunds"),
        paid_in: amount("paid_in"),
        paid_out: amount("paid_out"),
        dropped: amount("dropped"),
    };
    serde_json::json!({"expected": drawer.expected().unwrap(), "difference": drawer.difference(amount("counted")).unwrap()})
}

fn qris_code(given: &Json) -> Json {
    let code = Qris::parse(&read::<String>(&given["static"])).unwrap();
    serde_json::json!({"dynamic": code.payment(read(&given["amount"]), QrisMode::Amount12).unwrap()})
}

#[test]
fn every_golden_figure_is_calculated() {
    let cases: Vec<Case> = serde_json::from_str(FIGURES).unwrap();
    for Case { number, name, kind, given, expected } in &cases {
        let found = match kind.as_str() {
            "order" => order(given),
            "payments" => payments(given),
            "equal_split" => equal_split(given),
            "split" => split_by_line(given),
            "merge" => merge(given),
            "refunds" => refunds(given),
            "payouts" => payouts(given),
            "combo" => combo_amounts(given),
            "barcode" => scanned(given),
            "drawer" => drawer(given),
            "qris" => qris_code(given),
            _ => panic!("{number}: unknown kind '{kind}'"),
        };
        assert_eq!(&found, expected, "{number}: {name}");
    }
    let numbers: std::collections::BTreeSet<u32> = cases.iter().map(|case| case.number).collect();
    assert!(numbers.into_iter().eq(1..=51), "a figure is missing");
}
