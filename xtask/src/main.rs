//! Development tasks. `cargo xtask generate` writes the files that are generated from the code: the triggers in the
//! outlet's schema, the API descriptions, the protocol's table of conflict rules, the tables of codes; a test fails if
//! one is out of date. `cargo xtask fixtures` records the databases and batches of this version in `tests/fixtures/`,
//! once for each protocol; tests of later versions read them.

mod errors;
mod fixtures;
mod winners;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("generate") => {
            for (path, contents) in generated()? {
                std::fs::write(&path, contents).with_context(|| format!("cannot write {}", path.display()))?;
            }
            Ok(())
        }
        Some("fixtures") => fixtures::write(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures")),
        _ => bail!("usage: cargo xtask generate | fixtures"),
    }
}

/// Every generated file with the content that it should have.
fn generated() -> Result<Vec<(PathBuf, String)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let schema = root.join("sql/schema/002_sync_system.sql");
    let with_triggers = splice(&std::fs::read_to_string(&schema)?, "-- ", "", &protocol::capture::schema())?;
    let protocol = root.join("docs/protocol.md");
    let with_winners = splice(&std::fs::read_to_string(&protocol)?, "<!-- ", " -->", &winners::table())?;
    let errors = root.join("docs/errors.md");
    let with_codes = splice(&std::fs::read_to_string(&errors)?, "<!-- ", " -->", &errors::tables())?;
    Ok(vec![
        (schema, with_triggers),
        (errors, with_codes),
        (protocol, with_winners),
        (root.join("docs/openapi/outlet.json"), outlet::routes::api().to_pretty_json()? + "\n"),
        (root.join("docs/openapi/hub.json"), hub::api().to_pretty_json()? + "\n"),
    ])
}

/// Replaces the text between the two markers, each of which is a comment in the file's language.
fn splice(file: &str, open: &str, close: &str, generated: &str) -> Result<String> {
    let (begin, end) = (format!("{open}BEGIN GENERATED{close}\n"), format!("{open}END GENERATED{close}"));
    let (before, rest) = file.split_once(&begin).context("no BEGIN GENERATED line")?;
    let (_, after) = rest.split_once(&end).context("no END GENERATED line")?;
    Ok(format!("{before}{begin}{generated}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_files_are_up_to_date() {
        for (path, contents) in generated().unwrap() {
            let found = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(found == contents, "{} is out of date; run: cargo xtask generate", path.display());
        }
    }
}
