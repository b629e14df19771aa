//! Lists by business date, the newest first: their conditions and their order.

use std::fmt::Write as _;

use domain::BusinessDate;
use store::Arg;

/// Where a list continues: business date, id and outlet of the last entry of the previous page.
pub(super) type Place = [String; 3];

/// A list of the rows of one table.
pub(super) struct ByDate<'q> {
    /// The alias of the table.
    pub table: &'static str,
    /// The column with the id.
    pub id: &'static str,
    pub outlet_id: Option<&'q str>,
    pub from: Option<BusinessDate>,
    pub to: Option<BusinessDate>,
    pub after: Option<&'q Place>,
}

/// Conditions of a query and their parameters. The limit is the first parameter.
#[derive(Default)]
pub(super) struct Conditions {
    conditions: Vec<String>,
    texts: Vec<String>,
}

impl Conditions {
    /// Adds a condition; each `?` stands for the next text.
    pub(super) fn add(&mut self, condition: &str, texts: impl IntoIterator<Item = String>) {
        let mut pieces = condition.split('?');
        let mut sql = pieces.next().unwrap_or_default().to_owned();
        for (piece, text) in pieces.zip(texts) {
            self.texts.push(text);
            let _ = write!(sql, "?{}{piece}", self.texts.len() + 1);
        }
        self.conditions.push(sql);
    }

    /// All conditions.
    pub(super) fn sql(&self) -> String {
        if self.conditions.is_empty() { "true".to_owned() } else { self.conditions.join(" and ") }
    }

    /// All parameters.
    pub(super) fn args(&self, limit: i64) -> Vec<Arg<'_>> {
        std::iter::once(limit.into()).chain(self.texts.iter().map(Arg::from)).collect()
    }
}

impl ByDate<'_> {
    /// The conditions of the list.
    pub(super) fn conditions(&self) -> Conditions {
        let Self { table, id, .. } = self;
        let mut conditions = Conditions::default();
        if let Some(outlet_id) = self.outlet_id {
            conditions.add(&format!("{table}.outlet_id = ?"), [outlet_id.to_owned()]);
        }
        for (operator, date) in [(">=", self.from), ("<=", self.to)] {
            if let Some(date) = date {
                conditions.add(&format!("{table}.business_date {operator} ?"), [date.to_string()]);
            }
        }
        if let Some(place) = self.after {
            let columns = format!("{table}.business_date, {table}.{id}, {table}.outlet_id");
            conditions.add(&format!("({columns}) < (?, ?, ?)"), place.clone());
        }
        conditions
    }

    /// The order of the list, which is that of an index.
    pub(super) fn order(&self) -> String {
        let Self { table, id, .. } = self;
        let outlet = if self.outlet_id.is_some() { String::new() } else { format!(", {table}.outlet_id desc") };
        format!("{table}.business_date desc, {table}.{id} desc{outlet}")
    }
}
