//! The tables of the hub's database, once for each engine.

/// SQLite's and PostgreSQL's.
pub static SCHEMA: store::Schema = store::Schema {
    sqlite: sqlite::Schema {
        migrations: &[sqlite::Migration { version: 1, name: "001_hub", sql: include_str!("schema/sqlite.sql") }],
        marker: "outlets",
    },
    postgres: &[store::Migration { version: 1, name: "001_hub", sql: include_str!("schema/postgres.sql"), oldest: 1 }],
};

#[cfg(test)]
mod tests {
    /// The statements of a schema, line by line, without remarks and what only one engine has.
    fn lines(schema: &str, without: &[&str]) -> Vec<String> {
        let code: Vec<_> = schema.lines().map(str::trim).filter(|line| !line.starts_with("--")).collect();
        let statements = code.join("\n");
        let kept = statements.split(';').filter(|statement| !without.iter().any(|words| statement.contains(words)));
        kept.flat_map(str::lines)
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .filter(|line| !line.is_empty())
            .collect()
    }

    /// A line of SQLite's schema in PostgreSQL's dialect.
    fn in_postgres(line: &str) -> String {
        let line = line.replace("if not exists ", "").replace(") strict, without rowid", ")").replace(") strict", ")");
        let line =
            line.replace(" integer", " bigint").replace("= deleted)", "= (deleted = 1))").replace("instr(", "strpos(");
        match line.split_once(" text") {
            Some((name, rest)) if !name.contains(' ') => format!("{name} text collate \"C\"{rest}"),
            _ => line,
        }
    }

    #[test]
    fn both_engines_have_the_same_tables() {
        let sqlite = lines(include_str!("schema/sqlite.sql"), &["schema_migrations"]);
        let partitioned = include_str!("schema/postgres.sql");
        let postgres =
            lines(&partitioned.replace(" partition by list (stream)", ""), &["node_secrets", "partition of"]);
        let translated: Vec<_> = sqlite.iter().map(|line| in_postgres(line)).collect();
        assert!(translated.len() > 150, "{}", translated.len());
        for (one, other) in translated.iter().zip(&postgres) {
            assert_eq!(one, other);
        }
        assert_eq!(translated.len(), postgres.len());
    }
}
