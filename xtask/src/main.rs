//! Chores: `cargo xtask generate` writes the generated part of the outlet's schema and the API descriptions;
//! tests find a file that was forgotten.

use std::path::Path;

use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("generate") => generate(),
        _ => bail!("usage: cargo xtask generate"),
    }
}

fn generate() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let path = root.join("sql/schema/002_sync_system.sql");
    let file = std::fs::read_to_string(&path)?;
    let (before, rest) = file.split_once("-- BEGIN GENERATED\n").context("no BEGIN GENERATED line")?;
    let (_, after) = rest.split_once("-- END GENERATED").context("no END GENERATED line")?;
    let generated = sync::capture::schema();
    std::fs::write(&path, format!("{before}-- BEGIN GENERATED\n{generated}-- END GENERATED{after}"))?;
    Ok(())
}
