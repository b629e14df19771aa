//! The conditions of a list's query, with their parameters.

use rusqlite::{Params, ToSql, params_from_iter};

/// Conditions that all must hold. Parameters are numbered in the order in which they are bound.
#[derive(Default)]
pub(crate) struct Conditions<'v> {
    all: Vec<String>,
    values: Vec<Box<dyn ToSql + 'v>>,
}

impl<'v> Conditions<'v> {
    /// Adds a parameter and returns its number: `?1`.
    pub(crate) fn bind(&mut self, value: impl ToSql + 'v) -> String {
        self.values.push(Box::new(value));
        format!("?{}", self.values.len())
    }

    /// Adds a condition.
    pub(crate) fn require(&mut self, condition: impl Into<String>) {
        self.all.push(condition.into());
    }

    /// Adds a condition on a value, if there is one.
    pub(crate) fn require_some(&mut self, value: Option<impl ToSql + 'v>, condition: impl FnOnce(&str) -> String) {
        if let Some(value) = value {
            let number = self.bind(value);
            self.require(condition(&number));
        }
    }

    /// The `where` clause; empty without conditions.
    pub(crate) fn to_sql(&self) -> String {
        if self.all.is_empty() { String::new() } else { format!("where {}", self.all.join(" and ")) }
    }

    /// The parameters.
    pub(crate) fn params(&self) -> impl Params {
        params_from_iter(self.values.iter().map(|value| &**value as &dyn ToSql))
    }
}

/// The pattern of `like … escape '\'` for texts that contain this one. `like` ignores the case of the letters a to z.
pub(crate) fn containing(text: &str) -> String {
    let escaped = text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{escaped}%")
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn a_pattern_finds_its_text_literally() {
        let db = Connection::open_in_memory().unwrap();
        for (text, part, found) in [
            ("Kopi Susu", "KOPI", true),
            ("Kopi Susu", "i S", true),
            ("Diskon 50%", "50%", true),
            ("Diskon 500", "50%", false),
            ("a_b", "a_b", true),
            ("axb", "a_b", false),
            (r"a\b", r"a\b", true),
            ("ab", r"a\b", false),
        ] {
            let mut conditions = Conditions::default();
            let pattern = conditions.bind(containing(part));
            let text = conditions.bind(text);
            let sql = format!(r"select {text} like {pattern} escape '\'");
            let is_found: bool = db.query_row(&sql, conditions.params(), |row| row.get(0)).unwrap();
            assert_eq!(is_found, found, "{part} in {sql}");
        }
    }

    #[test]
    fn conditions_are_joined_and_may_be_absent() {
        let mut conditions = Conditions::default();
        assert_eq!(conditions.to_sql(), "");
        conditions.require_some(None::<i64>, |n| format!("a = {n}"));
        conditions.require_some(Some(1), |n| format!("b = {n}"));
        conditions.require("c");
        assert_eq!(conditions.to_sql(), "where b = ?1 and c");
    }
}
