//! Translates SQL for PostgreSQL.

use postgres::types::Type;

/// `?1` becomes `$1`, the text in `/*pg …*/` becomes part of the statement, and `instr` becomes `strpos`.
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

/// The COPY that replaces many plain inserts of the form `insert into t (…) values (?1, …)`; none for other statements.
pub(super) fn copy(sql: &str) -> Option<String> {
    let (table, values) = sql.trim().strip_prefix("insert into ")?.split_once("values")?;
    let values = values.trim().strip_prefix('(')?.strip_suffix(')')?;
    values.split(',').zip(1..).all(|(value, n)| value.trim() == format!("?{n}")).then_some(())?;
    Some(format!("copy {} from stdin binary", table.trim()))
}

/// The statement that replaces many executions of `sql` and takes a list for each parameter of these types. Supported
/// forms: `insert into t (…) values (?1, …) on conflict …`, `update t set … where …`, `delete from t where …`; none for
/// others.
pub(super) fn lists(sql: &str, types: &[Type]) -> Option<String> {
    let sql = sql.trim();
    let lists: Vec<_> = types.iter().enumerate().map(|(n, kind)| format!("${}::{kind}[]", n + 1)).collect();
    let names: Vec<_> = (1..=types.len()).map(|n| format!("c{n}")).collect();
    let rows = format!("unnest({}) as many({})", lists.join(", "), names.join(", "));
    let by_name = |text: &str| translate(text).replace('$', "many.c");
    if let Some(insert) = sql.strip_prefix("insert into ") {
        let (table, rest) = insert.split_once("values")?;
        let (values, rest) = rest.split_once(')')?;
        let plain = values.trim().strip_prefix('(')?;
        plain.split(',').zip(1..).all(|(value, n)| value.trim() == format!("?{n}")).then_some(())?;
        return Some(format!("insert into {} select * from {rows} {}", table.trim(), translate(rest.trim())));
    }
    let (head, condition) = sql.split_once("where")?;
    let condition = by_name(condition.trim());
    if sql.starts_with("delete from ") {
        return Some(format!("{} using {rows} where {condition}", head.trim()));
    }
    let sets = by_name(head.trim().strip_prefix("update ")?);
    Some(format!("update {sets} from {rows} where {condition}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_postgresql_only_parts_are_translated() {
        assert_eq!(
            translate("select a / b from t where x = ?1 and y = ?12"),
            "select a / b from t where x = $1 and y = $12"
        );
        assert_eq!(
            translate("select 1 from t where k = ?1 /*pg for update*/"),
            "select 1 from t where k = $1 for update"
        );
        assert_eq!(translate("where instr(x, ?1) > 0"), "where strpos(x, $1) > 0");
        assert_eq!(translate("select 1 /* a comment */"), "select 1 /* a comment */");
    }

    #[test]
    fn many_statements_are_combined_into_one() {
        let types = [Type::TEXT, Type::INT8];
        let lists = |sql| lists(sql, &types).unwrap();
        let plain = "\n    insert into t (a, b)\n    values (?1, ?2)";
        assert_eq!(copy(plain).unwrap(), "copy t (a, b) from stdin binary");
        let rows = "unnest($1::text[], $2::int8[]) as many(c1, c2)";
        assert_eq!(
            lists("insert into t as d (a, b) values (?1, ?2)\n on conflict (a) do update set b = d.b + excluded.b"),
            format!(
                "insert into t as d (a, b) select * from {rows} on conflict (a) do update set b = d.b + excluded.b"
            )
        );
        assert_eq!(
            lists("delete from t where a = ?1 and b = ?2"),
            format!("delete from t using {rows} where a = many.c1 and b = many.c2")
        );
        assert_eq!(
            lists("update t set b = ?2 where a = ?1"),
            format!("update t set b = many.c2 from {rows} where a = many.c1")
        );
        for other in ["insert into t (a) values (?2)", "insert into t (a) values (coalesce(?1, 0))", "select 1"] {
            assert_eq!((copy(other), super::lists(other, &types)), (None, None), "{other}");
        }
        assert_eq!(copy("insert into t (a) values (?1) on conflict do nothing"), None);
    }
}
