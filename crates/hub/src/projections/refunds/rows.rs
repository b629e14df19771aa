//! The rows of a refund in its tables.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use store::{Arg, Fault, Tx};

use super::refund::Refund;
use crate::projections::cells::{Cell, Cells, read};
use crate::projections::sales::{Tax, TaxKey};

/// A table with rows of refunds.
pub(super) struct Table {
    pub name: &'static str,
    /// Its columns, with the texts among them.
    columns: &'static [&'static str],
    texts: &'static [usize],
    /// What its key has after the refund.
    key: &'static str,
}

impl Table {
    /// The statement that inserts a row.
    fn add(&self) -> String {
        let marks: Vec<_> = (1..=self.columns.len()).map(|n| format!("?{n}")).collect();
        format!("insert into {} ({}) values ({})", self.name, self.columns.join(", "), marks.join(", "))
    }

    fn drop(&self) -> String {
        format!("delete from {} where outlet_id = ?1 and refund_id = ?2", self.name)
    }

    /// The rows of a range of refunds.
    fn of_range(&self) -> String {
        let Self { name, columns, key, .. } = self;
        let columns = columns.join(", ");
        format!(
            "select {columns} from {name} where outlet_id = ?1 and refund_id >= ?2 and refund_id <= ?3
             order by refund_id{key}"
        )
    }
}

/// The tables, each with the columns `outlet_id`, `refund_id` and `business_date` first.
pub(super) const TABLES: [Table; 4] = [
    Table {
        name: "refunds",
        columns: &[
            "outlet_id",
            "refund_id",
            "business_date",
            "refund_number",
            "order_id",
            "order_number",
            "order_date",
            "kind",
            "reason",
            "created_at",
            "cashier_id",
            "approved_by",
            "subtotal",
            "discount",
            "service",
            "tax",
            "tax_included",
            "surplus",
            "rounding",
            "total",
        ],
        texts: &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        key: "",
    },
    Table {
        name: "refund_lines",
        columns: &["outlet_id", "refund_id", "business_date", "line_no", "product_id", "name", "qty", "amount"],
        texts: &[0, 1, 2, 4, 5],
        key: ", line_no",
    },
    Table {
        name: "refund_tenders",
        columns: &["outlet_id", "refund_id", "business_date", "method", "amount"],
        texts: &[0, 1, 2, 3],
        key: ", method",
    },
    Table {
        name: "refund_taxes",
        columns: &["outlet_id", "refund_id", "business_date", "name", "rate_bp", "inclusive", "base", "amount"],
        texts: &[0, 1, 2, 3],
        key: ", name, rate_bp, inclusive",
    },
];
const REFUND_ID: usize = 1;
const DATE: usize = 2;

struct Statements {
    add: String,
    drop: String,
    of_range: String,
}

static STATEMENTS: LazyLock<[Statements; 4]> = LazyLock::new(|| {
    TABLES.map(|table| Statements { add: table.add(), drop: table.drop(), of_range: table.of_range() })
});

/// The rows of a refund, by table, each sorted.
pub(super) type Rows = [Vec<Cells>; 4];

/// The rows that a document produces.
pub(super) fn of(outlet_id: &str, refund: &Refund<'_>) -> Rows {
    let text = |text: &str| Cell::text(text);
    let maybe = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map_or(Cell::Null, Cell::text);
    let with = |more: Cells| [vec![text(outlet_id), text(&refund.id), text(&refund.business_date)], more].concat();
    let root = with(vec![
        text(&refund.refund_number),
        text(&refund.order_id),
        text(&refund.order_number),
        text(&refund.order_date),
        text(&refund.kind),
        text(&refund.reason),
        text(&refund.created_at),
        maybe(&refund.cashier_id),
        maybe(&refund.approved_by),
        Cell::Int(refund.subtotal),
        Cell::Int(refund.discount),
        Cell::Int(refund.service),
        Cell::Int(refund.tax),
        Cell::Int(refund.tax_included),
        Cell::Int(refund.surplus),
        Cell::Int(refund.rounding),
        Cell::Int(refund.total),
    ]);
    let lines = (0_i64..).zip(&refund.lines).map(|(no, line)| {
        with(vec![Cell::Int(no), text(&line.product_id), text(&line.name), Cell::Int(line.qty), Cell::Int(line.amount)])
    });
    let tenders = refund.tenders().into_iter().map(|(method, amount)| with(vec![text(method), Cell::Int(amount)]));
    let taxes = refund.taxes().into_iter().map(|(TaxKey { name, rate_bp, inclusive }, Tax { base, amount })| {
        let inclusive = i64::from(inclusive);
        with(vec![text(&name), Cell::Int(rate_bp), Cell::Int(inclusive), Cell::Int(base), Cell::Int(amount)])
    });
    sorted([vec![root], lines.collect(), tenders.collect(), taxes.collect()])
}

fn sorted(mut rows: Rows) -> Rows {
    rows.iter_mut().for_each(|rows| rows.sort());
    rows
}

/// Inserts the rows of a refund that the tables do not contain.
pub(super) fn insert(tx: &mut Tx<'_>, outlet_id: &str, refund: &Refund<'_>) -> Result<(), Fault> {
    for (statements, rows) in STATEMENTS.iter().zip(&of(outlet_id, refund)) {
        for row in rows {
            let args: Vec<_> = row.iter().map(Cell::to_arg).collect();
            tx.defer(&statements.add, &args)?;
        }
    }
    Ok(())
}

/// Deletes the rows of a refund.
pub(super) fn delete(tx: &mut Tx<'_>, outlet_id: &str, refund_id: &str) -> Result<(), Fault> {
    STATEMENTS.iter().try_for_each(|statements| tx.defer(&statements.drop, &[outlet_id.into(), refund_id.into()]))
}

/// The rows of a refund in the tables.
pub(super) fn recorded(tx: &mut Tx<'_>, outlet_id: &str, refund_id: &str) -> Result<Rows, Fault> {
    Ok(in_range(tx, outlet_id, refund_id, refund_id)?.remove(refund_id).unwrap_or_default())
}

/// The rows of the refunds in a range, by refund.
pub(super) fn in_range(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    from: &str,
    to: &str,
) -> Result<BTreeMap<String, Rows>, Fault> {
    let mut found = BTreeMap::<String, Rows>::new();
    for (place, (table, statements)) in TABLES.iter().zip(STATEMENTS.iter()).enumerate() {
        let range: [Arg<'_>; 3] = [outlet_id.into(), from.into(), to.into()];
        for row in tx.all(&statements.of_range, &range, |row| read(row, table.columns.len(), table.texts))? {
            found.entry(row[REFUND_ID].as_str().to_owned()).or_default()[place].push(row);
        }
    }
    Ok(found.into_iter().map(|(refund, rows)| (refund, sorted(rows))).collect())
}

/// The business day of these rows; empty without a row.
pub(super) fn date(rows: &Rows) -> &str {
    rows.iter().flatten().next().map_or("", |row| row[DATE].as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn the_rows_of_a_refund_are_found_by_their_key() {
        for Statements { drop, of_range, .. } in STATEMENTS.iter() {
            plans::assert_keyed(drop);
            plans::assert_keyed(of_range);
            plans::assert_unsorted(of_range);
        }
    }
}
