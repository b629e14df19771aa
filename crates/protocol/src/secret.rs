//! Masks secret fields (`Field::secret`) in lists, events and logs.
//!
//! Documents, batch items, updates and conflict records have different shapes, and later versions may add more; so a
//! value is masked wherever its field name occurs, also inside JSON that is stored as text.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::entity::ENTITIES;

/// Shown in place of a secret value.
pub const HIDDEN: &str = "(hidden)";

/// Whether any entity has a secret field of this name.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    ENTITIES.iter().flat_map(|entity| entity.fields).any(|field| field.secret && field.name == name)
}

/// Masks the secrets in a value.
#[must_use]
pub fn hide(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            // A conflict record has the field name beside the values.
            let is_of_secret = object.get("field").and_then(Value::as_str).is_some_and(is_secret);
            Value::Object(object.into_iter().map(|(name, value)| member(is_of_secret, name, value)).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(hide).collect()),
        Value::String(text) => Value::String(hide_text(&text).into_owned()),
        other => other,
    }
}

fn member(is_of_secret: bool, name: String, value: Value) -> (String, Value) {
    let secret = is_secret(&name) || (is_of_secret && ["base", "local", "cloud"].contains(&name.as_str()));
    let shown = if secret && !value.is_null() { Value::from(HIDDEN) } else { hide(value) };
    (name, shown)
}

/// Masks the value of a field. The value of `deleted` may contain the fields that one side changed.
#[must_use]
pub fn hide_field(name: &str, value: Value) -> Value {
    member(false, name.to_owned(), value).1
}

/// Masks secrets in a text that may be JSON. A text that names a secret and cannot be parsed is masked entirely.
#[must_use]
pub fn hide_text(text: &str) -> Cow<'_, str> {
    let names = |field: &crate::entity::Field| field.secret && text.contains(field.name);
    if !ENTITIES.iter().flat_map(|entity| entity.fields).any(names) {
        return Cow::Borrowed(text);
    }
    match serde_json::from_str::<Map<String, Value>>(text) {
        Ok(object) => Cow::Owned(hide(Value::Object(object)).to_string()),
        // An error message that names the field.
        Err(_) if !text.contains(['{', '$']) => Cow::Borrowed(text),
        Err(_) => Cow::Borrowed(HIDDEN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";

    #[test]
    fn secrets_are_hidden_at_any_depth() {
        let text = json!({"pin_hash": HASH, "name": "Sari"}).to_string();
        let shapes = [
            json!({"id": "u", "name": "Sari", "pin_hash": HASH}),
            json!({"fields": {"pin_hash": [null, HASH], "name": [null, "Sari"]}}),
            json!({"update": {"document": {"pin_hash": HASH, "name": "Sari"}}}),
            json!([{"field": "pin_hash", "base": HASH, "local": HASH, "cloud": HASH, "name": "Sari"}]),
            json!({"field": "pin_hash", "base": format!("\"{HASH}\""), "local": null, "name": "Sari"}),
            json!({"field": "deleted", "local": "true", "cloud": text}),
            json!({"cloud": format!("{text} and more"), "name": "Sari"}),
        ];
        for shape in shapes {
            let shown = hide(shape).to_string();
            assert!(!shown.contains("argon2id") && shown.contains(HIDDEN) && shown.contains("Sari"), "{shown}");
        }
    }

    #[test]
    fn missing_and_public_values_are_shown_unchanged() {
        let plain =
            json!({"pin_hash": null, "field": "price", "base": 1, "local": "2", "words": "pin_hash must be a text"});
        assert_eq!(hide(plain.clone()), plain);
        assert_eq!(hide_field("price", json!(1)), json!(1));
        assert_eq!(hide_field("pin_hash", json!(HASH)), json!(HIDDEN));
        assert_eq!(hide_field("deleted", json!({"pin_hash": HASH})), json!({"pin_hash": HIDDEN}));
    }
}
