//! What no list, event or log shows to people: the fields that `Field::secret` names.
//!
//! Documents, items of batches, updates and records of conflicts have different shapes, and a later version may add to
//! them; so a value is hidden wherever its name stands, also inside JSON that is kept as text.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::entity::ENTITIES;

/// What is shown in place of a secret that is set.
pub const HIDDEN: &str = "(hidden)";

/// Whether a field of this name is secret, of whatever entity.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    ENTITIES.iter().flat_map(|entity| entity.fields).any(|field| field.secret && field.name == name)
}

/// The same without secrets.
#[must_use]
pub fn hide(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            // A record of a conflict names its field beside the values.
            let about_one = object.get("field").and_then(Value::as_str).is_some_and(is_secret);
            Value::Object(object.into_iter().map(|(name, value)| member(about_one, name, value)).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(hide).collect()),
        Value::String(text) => Value::String(hide_text(&text).into_owned()),
        other => other,
    }
}

fn member(about_one: bool, name: String, value: Value) -> (String, Value) {
    let secret = is_secret(&name) || (about_one && ["base", "local", "cloud"].contains(&name.as_str()));
    let shown = if secret && !value.is_null() { Value::from(HIDDEN) } else { hide(value) };
    (name, shown)
}

/// The value of a field of this name, or of `deleted`: there it is the fields that one side changed.
#[must_use]
pub fn hide_field(name: &str, value: Value) -> Value {
    member(false, name.to_owned(), value).1
}

/// A text that may hold JSON with secrets. One that names a secret and cannot be read is hidden whole.
#[must_use]
pub fn hide_text(text: &str) -> Cow<'_, str> {
    let names = |field: &crate::entity::Field| field.secret && text.contains(field.name);
    if !ENTITIES.iter().flat_map(|entity| entity.fields).any(names) {
        return Cow::Borrowed(text);
    }
    match serde_json::from_str::<Map<String, Value>>(text) {
        Ok(object) => Cow::Owned(hide(Value::Object(object)).to_string()),
        // Words of ours, that name the field.
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
    fn what_is_not_set_and_what_is_not_secret_is_shown_as_it_is() {
        let open =
            json!({"pin_hash": null, "field": "price", "base": 1, "local": "2", "words": "pin_hash must be a text"});
        assert_eq!(hide(open.clone()), open);
        assert_eq!(hide_field("price", json!(1)), json!(1));
        assert_eq!(hide_field("pin_hash", json!(HASH)), json!(HIDDEN));
        assert_eq!(hide_field("deleted", json!({"pin_hash": HASH})), json!({"pin_hash": HIDDEN}));
    }
}
