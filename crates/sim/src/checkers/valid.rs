//! Orders that only the server's commands have changed are valid: their figures are the sums of their rows, the status
//! follows from what is paid, and no more was given back than was paid.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use domain::{ChargeKind, OrderStatus};
use shop::orders::{Order, get};

use crate::world::World;

pub(super) fn check(world: &World) -> Result<Vec<String>> {
    let mut all = Vec::new();
    if !world.faults.commands {
        return Ok(all);
    }
    for shop in &world.shops {
        let ids = shop.file.texts("select id from orders order by id")?;
        let tx = shop.file.db()?.unchecked_transaction()?;
        for id in ids {
            let order = get(&tx, &id).map_err(|error| anyhow!("{}", error.message()))?;
            let wrong = problems(&order);
            all.extend(wrong.into_iter().map(|problem| format!("{} {} at {}", order.order_number, problem, shop.name)));
        }
    }
    Ok(all)
}

/// What is wrong with an order.
fn problems(order: &Order) -> Vec<String> {
    let lines = |figure: fn(&shop::orders::OrderLine) -> i64| order.lines.iter().map(figure).sum::<i64>();
    let charges = |kind: ChargeKind, inclusive: bool| -> i64 {
        let charges = order.charges.iter();
        charges.filter(|row| row.kind.known() == Some(kind) && row.inclusive == inclusive).map(|row| row.amount).sum()
    };
    let payments = |figure: fn(&shop::orders::Payment) -> i64| order.payments.iter().map(figure).sum::<i64>();
    let mut wrong = Vec::new();
    for (name, figure, sum) in [
        ("subtotal", order.subtotal, lines(|line| line.amount)),
        ("discount", order.discount, lines(|line| line.discount)),
        ("discount of its rows", order.discount, order.discounts.iter().map(|given| given.amount).sum()),
        ("service", order.service, lines(|line| line.service)),
        ("service of its charges", order.service, charges(ChargeKind::Service, false)),
        ("tax", order.tax, lines(|line| line.tax)),
        ("tax of its charges", order.tax, charges(ChargeKind::Tax, false)),
        ("included tax", order.tax_included, lines(|line| line.tax_included)),
        ("included tax of its charges", order.tax_included, charges(ChargeKind::Tax, true)),
        ("paid", order.paid, payments(|payment| payment.amount)),
        ("rounding", order.rounding, payments(|payment| payment.rounding)),
        ("total", order.total, order.subtotal - order.discount + order.service + order.tax + order.rounding),
        ("refunded", order.refunded, order.refunds.iter().map(|refund| refund.total).sum()),
    ] {
        if figure != sum {
            wrong.push(format!("has the {name} {figure}, and its rows add up to {sum}"));
        }
    }
    let agrees = match order.status.known() {
        Some(OrderStatus::Paid) => order.paid == order.total,
        Some(OrderStatus::Open) => order.paid < order.total || order.paid == 0,
        Some(OrderStatus::Void) => order.paid == 0,
        None => false,
    };
    if !agrees {
        wrong.push(format!("is {:?} with {} paid of {}", order.status, order.paid, order.total));
    }
    if order.refunded > order.paid {
        wrong.push(format!("gave back {} of {}", order.refunded, order.paid));
    }
    let mut returned: BTreeMap<&str, i64> = BTreeMap::new();
    for row in order.refunds.iter().flat_map(|refund| &refund.lines) {
        *returned.entry(row.order_line_id.as_str()).or_default() += row.qty;
    }
    for line in &order.lines {
        let back = returned.get(line.id.as_str()).copied().unwrap_or(0);
        if back > line.qty {
            wrong.push(format!("took {back} of {} pieces of {} back", line.qty, line.name));
        }
        if line.amount < 0 || line.discount > line.amount || line.qty <= 0 {
            wrong.push(format!("has the line {line:?}"));
        }
    }
    wrong
}
