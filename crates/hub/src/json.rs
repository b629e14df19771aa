//! Values as JSON text, as the database stores them.

/// A value as JSON; empty if it has no JSON form, which does not happen with our types.
pub(crate) fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
