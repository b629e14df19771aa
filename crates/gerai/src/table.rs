//! Tables on a terminal: plain, aligned, one row per thing.

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde_json::Value;

use crate::out::{NotWritten, say};

/// Prints these fields of each row, under their names.
pub fn print(fields: &[&str], rows: &[Value]) -> Result<(), NotWritten> {
    if rows.is_empty() {
        return say!("Nothing.");
    }
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(fields);
    for row in rows {
        table.add_row(fields.iter().map(|field| text(&row[*field])));
    }
    say!("{table}")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
