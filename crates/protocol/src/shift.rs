//! The document of a drawer's shift.

use domain::shift::shift_sequence;
use serde_json::Value;

use crate::entity::Document;

/// The drawer and the number of a shift.
pub(crate) fn used_number(shift: &Document) -> Option<(String, i64)> {
    let text = |name: &str| shift.get(name).and_then(Value::as_str);
    Some((text("drawer_id")?.to_owned(), shift_sequence(text("shift_number")?)?))
}
