//! A reproducible stream of orders: a seed always produces the same orders.

use domain::Money;
use serde_json::{Value, json};

use crate::{MENU, Menu, modifier_groups, variants};

/// A stream of orders.
#[derive(Debug)]
pub struct Guests {
    state: u64,
}

const NAMES: &[&str] =
    &["Budi", "Siti", "Agus", "Dewi", "Rina", "Joko", "Putri", "Andi", "Wayan", "Made", "Ratna", "Bayu", "Tari", "Eko"];
const NOTES: &[&str] = &["tanpa gula", "pedas", "tidak pedas", "es sedikit", "bungkus", "extra shot", "tanpa bawang"];

impl Guests {
    /// Guests for this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1 }
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        // xorshift64*: good enough for choosing meals.
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let mixed = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(mixed).unwrap_or(0) % n.max(1)
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// The body of a `POST /api/v1/orders` with `lines` lines, paid at once: exactly, or in cash with change.
    pub fn order(&mut self, menu: &Menu, lines: usize) -> Value {
        let mut subtotal = 0;
        let lines: Vec<_> = (0..lines)
            .map(|_| {
                let product = self.below(menu.products.len());
                let qty = if self.one_in(4) { 2 + self.below(3) } else { 1 };
                let (mut line, price) = self.piece(menu, product);
                subtotal += price * i64::try_from(qty).unwrap_or(1);
                line["qty"] = json!(qty);
                if self.one_in(8) {
                    line["note"] = json!(self.pick(NOTES));
                }
                line
            })
            .collect();
        let due = total(subtotal);
        let mut order = json!({"lines": lines, "payments": [self.payment(due)]});
        match self.below(10) {
            0 => order["order_type"] = json!("delivery"),
            1..=3 => order["order_type"] = json!("take_away"),
            _ => {
                order["table_number"] = json!((1 + self.below(12)).to_string());
                order["pax"] = json!(1 + self.below(5));
            }
        }
        if self.one_in(3) {
            order["customer_name"] = json!(self.pick(NAMES));
        }
        order
    }

    /// A product with variant and modifiers: the line, and the price per piece.
    fn piece(&mut self, menu: &Menu, product: usize) -> (Value, i64) {
        let (id, mut price) = menu.products[product].clone();
        let name = MENU.iter().flat_map(|(_, _, items)| *items).nth(product).map_or("", |(name, _)| name);
        let mut line = json!({"product_id": id});
        let variants = variants(name);
        if !variants.is_empty() {
            let variant = self.pick(&variants);
            line["variant_id"] = json!(variant.id);
            price = variant.price.0;
        }
        let mut modifiers = Vec::new();
        for group in modifier_groups(name) {
            if group.min_selections > 0 || self.one_in(3) {
                let option = self.pick(&group.options);
                modifiers.push(json!({"id": option.id}));
                price += option.price_delta.0;
            }
        }
        if !modifiers.is_empty() {
            line["modifiers"] = json!(modifiers);
        }
        (line, price)
    }

    fn payment(&mut self, due: i64) -> Value {
        match self.below(10) {
            0..=4 => {
                let note = *self.pick(&[1_000, 5_000, 50_000, 100_000]);
                json!({"method": "cash", "amount": (due + note - 1) / note * note})
            }
            5..=7 => json!({"method": "qris", "amount": due}),
            8 => json!({"method": "card", "amount": due}),
            _ => json!({"method": "ewallet", "amount": due}),
        }
    }

    /// Number of lines of the next order: one to five, usually two or three.
    pub fn lines(&mut self) -> usize {
        *self.pick(&[1, 2, 2, 2, 3, 3, 3, 4, 5])
    }
}

/// The total of an order with this subtotal in the café: 5 % service, 10 % tax on both.
fn total(subtotal: i64) -> i64 {
    let percent = |amount: i64, of_hundred| Money(amount).ratio(of_hundred, 100).map_or(0, |share| share.0);
    let with_service = subtotal + percent(subtotal, 5);
    with_service + percent(with_service, 10)
}
