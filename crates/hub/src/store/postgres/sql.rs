//! One text for both engines, as PostgreSQL wants it.

/// `?1` becomes `$1`; what stands in `/*pg …*/` is said to PostgreSQL alone; SQLite's `instr` has
/// another name there.
pub(super) fn translate(sql: &str) -> String {
    let sql = &sql.replace("instr(", "strpos(");
    let mut text = String::with_capacity(sql.len());
    let mut rest = sql.as_str();
    while let Some(at) = rest.find(['?', '/']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(tail) = rest.strip_prefix('?') {
            text.push('$');
            rest = tail;
        } else if let Some((words, tail)) = rest.strip_prefix("/*pg ").and_then(|tail| tail.split_once("*/")) {
            text.push_str(words);
            rest = tail;
        } else {
            text.push('/');
            rest = &rest[1..];
        }
    }
    text + rest
}

/// The COPY that does what an `insert into t (…) values (?1, …)` does for many rows; none where it says more than that.
pub(super) fn copy_of(insert: &str) -> Option<String> {
    let (table_and_columns, values) =
        insert.trim().strip_prefix("insert into ")?.split_once(" values ").or_else(|| {
            // The statement may go on in the next line.
            insert.trim().strip_prefix("insert into ")?.split_once("values ")
        })?;
    let plain = values.trim().strip_suffix(')')?.strip_prefix('(')?;
    plain.split(',').zip(1..).all(|(value, n)| value.trim() == format!("?{n}")).then_some(())?;
    Some(format!("copy {} from stdin binary", table_and_columns.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_what_is_for_postgresql_alone_are_translated() {
        assert_eq!(
            translate("select a / b from t where x = ?1 and y = ?12"),
            "select a / b from t where x = $1 and y = $12"
        );
        assert_eq!(
            translate("select 1 from t where k = ?1 /*pg for update*/"),
            "select 1 from t where k = $1 for update"
        );
        assert_eq!(translate("where instr(x, ?1) > 0"), "where strpos(x, $1) > 0");
        assert_eq!(translate("select 1 /* a remark */"), "select 1 /* a remark */");
    }

    #[test]
    fn only_a_plain_insert_can_be_copied() {
        let copy = copy_of("\n    insert into t (a, b)\n    values (?1, ?2)");
        assert_eq!(copy.as_deref(), Some("copy t (a, b) from stdin binary"));
        for other in [
            "insert into t (a) values (?2)",
            "insert into t (a) values (?1) on conflict do nothing",
            "insert into t (a) values (coalesce(?1, 0))",
            "update t set a = ?1",
        ] {
            assert_eq!(copy_of(other), None, "{other}");
        }
    }
}
