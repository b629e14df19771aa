//! Tables whose rows come from one document each, for entities of which there are few: reports sum the rows.

pub(super) mod verify;

use std::collections::BTreeMap;

use store::{Arg, Fault, Tx};

use super::cells::{Cell, Cells, read};
use super::{Projection, Rejection};

/// A table with rows of documents. Its first columns are `outlet_id`, the id of the document and `business_date`.
pub(super) struct Table {
    pub name: &'static str,
    pub columns: &'static [&'static str],
    /// The places of the texts among the columns.
    pub texts: &'static [usize],
    /// What its key has after the document.
    pub key: &'static str,
}

/// The rows of a document, by table, each sorted.
pub(super) type Rows = Vec<Vec<Cells>>;

/// A projection that records documents as rows.
pub(super) trait RowTables: Projection + 'static {
    const ROWS: &'static [Table];

    /// The rows that a document produces, by table.
    ///
    /// # Errors
    /// [`Rejection`]: the document is unreadable.
    fn rows(outlet_id: &str, document: &str, entity_id: &str) -> Result<Rows, Rejection>;
}

const ID: usize = 1;
const DATE: usize = 2;

impl Table {
    /// The statement that inserts a row.
    fn add(&self) -> String {
        let marks: Vec<_> = (1..=self.columns.len()).map(|n| format!("?{n}")).collect();
        format!("insert into {} ({}) values ({})", self.name, self.columns.join(", "), marks.join(", "))
    }

    /// The statement that deletes the rows of a document.
    fn drop(&self) -> String {
        format!("delete from {} where outlet_id = ?1 and {} = ?2", self.name, self.columns[ID])
    }

    /// The rows of a range of documents.
    fn of_range(&self) -> String {
        let Self { name, columns, key, .. } = self;
        let (id, columns) = (columns[ID], columns.join(", "));
        format!(
            "select {columns} from {name} where outlet_id = ?1 and {id} >= ?2 and {id} <= ?3
             order by {id}{key}"
        )
    }
}

/// Sorts the rows of each table.
pub(super) fn sorted(mut rows: Rows) -> Rows {
    rows.iter_mut().for_each(|rows| rows.sort());
    rows
}

/// Inserts rows that the tables do not contain.
pub(super) fn insert<T: RowTables>(tx: &mut Tx<'_>, rows: &Rows) -> Result<(), Fault> {
    for (table, rows) in T::ROWS.iter().zip(rows) {
        let add = table.add();
        for row in rows {
            let args: Vec<_> = row.iter().map(Cell::to_arg).collect();
            tx.defer(&add, &args)?;
        }
    }
    Ok(())
}

/// Deletes the rows of a document.
pub(super) fn delete<T: RowTables>(tx: &mut Tx<'_>, outlet_id: &str, entity_id: &str) -> Result<(), Fault> {
    T::ROWS.iter().try_for_each(|table| tx.defer(&table.drop(), &[outlet_id.into(), entity_id.into()]))
}

/// The rows of a document in the tables.
pub(super) fn recorded<T: RowTables>(tx: &mut Tx<'_>, outlet_id: &str, entity_id: &str) -> Result<Rows, Fault> {
    Ok(in_range::<T>(tx, outlet_id, entity_id, entity_id)?.remove(entity_id).unwrap_or_else(none::<T>))
}

/// No rows in any table.
fn none<T: RowTables>() -> Rows {
    vec![Vec::new(); T::ROWS.len()]
}

/// The rows of the documents in a range, by document.
fn in_range<T: RowTables>(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    from: &str,
    to: &str,
) -> Result<BTreeMap<String, Rows>, Fault> {
    let mut found = BTreeMap::<String, Rows>::new();
    for (place, table) in T::ROWS.iter().enumerate() {
        let range: [Arg<'_>; 3] = [outlet_id.into(), from.into(), to.into()];
        for row in tx.all(&table.of_range(), &range, |row| read(row, table.columns.len(), table.texts))? {
            found.entry(row[ID].as_str().to_owned()).or_insert_with(none::<T>)[place].push(row);
        }
    }
    Ok(found.into_iter().map(|(id, rows)| (id, sorted(rows))).collect())
}

/// The business day of these rows; empty without a row.
fn date(rows: &Rows) -> &str {
    rows.iter().flatten().next().map_or("", |row| row[DATE].as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;
    use crate::projections::refunds::Refunds;
    use crate::projections::shifts::Shifts;

    #[test]
    fn the_rows_of_a_document_are_found_by_their_key() {
        for table in Refunds::ROWS.iter().chain(Shifts::ROWS) {
            plans::assert_keyed(&table.drop());
            plans::assert_keyed(&table.of_range());
            plans::assert_unsorted(&table.of_range());
        }
    }
}
