//! Tables for a terminal: plain, aligned, one line per row.

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use domain::text::escaped;
use serde_json::Value;
use web::Notice;

use crate::out::{NotWritten, say, tell};

/// Prints these fields of each row below their names.
pub fn print(fields: &[&str], rows: &[Value]) -> Result<(), NotWritten> {
    if rows.is_empty() {
        return tell(Notice::Nothing);
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
        Value::String(text) => escaped(text, &[]).into_owned(),
        other => escaped(&other.to_string(), &[]).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_cell_is_one_line_without_control_characters() {
        for value in [Value::from("a\u{1b}[2J\nb\tc\u{9b}"), serde_json::json!(["\u{7f}\u{202e}"])] {
            let cell = text(&value);
            assert!(!cell.contains(char::is_control) && !cell.contains('\u{202e}'), "{cell:?}");
        }
    }
}
