//! Values as JSON text, as the database stores them.

/// A value whose form serde has made; nothing where it has no form in JSON, which none of ours has.
pub(crate) fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
