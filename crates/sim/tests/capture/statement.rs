//! Random SQL statements on an outlet's tables: rows are inserted, updated, deleted, replaced, moved to another parent
//! and renamed, also by statements that skip or delete other rows.

use sim::dice::Dice;

/// A random element.
pub fn one<T: Clone>(dice: &mut Dice, from: &[T]) -> T {
    dice.pick(from).unwrap().clone()
}

/// A random statement; if it fails, it changes nothing.
pub fn statement(dice: &mut Dice) -> String {
    let clause = one(dice, &["", "", "", "or ignore", "or replace"]);
    let order = one(dice, &["o1", "o2"]);
    let (product, number) = (one(dice, &["a", "b", "c"]), dice.below(5));
    let (child, id) = (one(dice, &["order_lines", "order_lines", "payments", "order_charges"]), one(dice, &["x", "y"]));
    let (child, columns, values, column) = match child {
        "order_lines" => (
            child,
            "order_id, id, position, product_id, name, price, qty, amount, tax_group, station",
            format!("'{order}', '{id}', 1, '{product}', 'Kopi', 10, {number} + 1, 10, 'pbjt', 'bar'"),
            "qty",
        ),
        "payments" => (
            child,
            "order_id, id, method, amount, tendered, created_at",
            format!("'{order}', '{id}', 'cash', {number} + 1, 10, 'now'"),
            "amount",
        ),
        _ => (
            child,
            "order_id, id, position, charge_id, name, kind, rate_bp, base, amount",
            format!("'{order}', '{id}', 1, 'pb1', 'PBJT', 'tax', 1000, 10, {number} + 1"),
            "amount",
        ),
    };
    let orders = "id, order_number, business_date, status, order_type, subtotal, total, created_at";
    let of_child = format!("order_id = '{order}' and id = '{id}'");
    match dice.below(26) {
        20 => format!(
            "insert {clause} into outlet_products (id, price, available)
             values ('{product}', nullif({number}, 0), nullif({number} % 3, 2))"
        ),
        21 => format!(
            "insert into outlet_products (id, price) values ('{product}', {number})
             on conflict (id) do update set price = nullif(excluded.price, 1), available = nullif({number} % 3, 2)"
        ),
        22 if dice.one_in(2) => format!("delete from outlet_products where id = '{product}'"),
        22 => format!("update {clause} outlet_products set id = 'b' where id = '{product}'"),
        23 => format!(
            "insert {clause} into sync_conflicts
             (id, entity_type, entity_id, field, base, local, cloud, rule, status, created_at)
             values ('k{number}', 'product', '{product}', 'price', '1', '{number}', null, 'manual', 'open', 'now')"
        ),
        24 => format!(
            "update {clause} sync_conflicts set status = 'resolved', resolved_by = 'u{number}', resolved_at = 'now'
             where entity_id = '{product}'"
        ),
        // From the hub, never sent.
        25 => format!(
            "insert or replace into announcements (id, title, ends_at)
             values ('n{number}', 'Promo {product}', nullif({number}, 0))"
        ),
        0 => format!("insert {clause} into products (id, name, price) values ('{product}', 'Baru', {number})"),
        1 => format!(
            "insert into products (id, name, price) values ('{product}', 'Baru', {number})
             on conflict (id) do update set price = excluded.price"
        ),
        2..=3 => format!("update {clause} products set price = {number} where id = '{product}'"),
        4 => format!(
            "update products set available = {number} % 2, barcode = nullif({number}, 0) where id = '{product}'"
        ),
        5 => format!("delete from products where id = '{product}'"),
        6 => format!("update {clause} products set id = '{}' where id = '{product}'", one(dice, &["a", "b", "c"])),
        7 => format!(
            "insert {clause} into orders ({orders}) values ('{order}', '1', '2026-11-28', 'open', 'dine_in', {number}, {number}, 'now')"
        ),
        8..=9 => format!("update {clause} orders set subtotal = {number}, total = {number} where id = '{order}'"),
        10 => format!("update orders set status = status, pax = nullif({number}, 0)"),
        11 if dice.one_in(3) => format!("delete from orders where id = '{order}'"),
        11 => format!("update {clause} orders set id = '{}' where id = '{order}'", one(dice, &["o1", "o2"])),
        12..=13 => format!("insert {clause} into {child} ({columns}) values ({values})"),
        14 => format!(
            "insert into {child} ({columns}) values ({values})
             on conflict (order_id, id) do update set {column} = excluded.{column}"
        ),
        15 => format!("update {clause} {child} set {column} = {number} + 1 where {of_child}"),
        16 => format!("delete from {child} where {of_child}"),
        17..=18 => {
            format!("update {clause} {child} set order_id = '{}' where {of_child}", one(dice, &["o1", "o2"]))
        }
        _ => format!("update {clause} {child} set id = '{}' where {of_child}", one(dice, &["x", "y"])),
    }
}
