//! Customers of the chain, and how people find them.

use domain::text;
use protocol::entity;
use serde_json::{Map, Value};
use store::{Fault, Tx};

use super::SharedKind;
use super::fields::{Absent, Field, Form};
use super::kind::no_rules;
use super::stored::{self, Listed, StoredEntity};
use crate::search;

pub(crate) static KIND: SharedKind = SharedKind {
    entity: entity::get("customer"),
    word: "customer",
    missing: "customer",
    fields: &[
        Field { name: "name", form: Form::Text(text::NAME), absent: Absent::Required, about: "Name" },
        Field { name: "phone", form: Form::Text(text::PHONE), absent: Absent::Null, about: "Phone number, as entered" },
        Field {
            name: "email",
            form: Form::Text(text::EMAIL),
            absent: Absent::Null,
            about: "E-mail address, as entered",
        },
        Field { name: "note", form: Form::Text(text::NOTE), absent: Absent::Null, about: "For the staff" },
    ],
    check: no_rules,
};

/// Customers per query.
const AT_ONCE: i64 = 500;
/// Fewer digits are part of too many phone numbers.
const MIN_DIGITS: usize = 3;

/// The customers with these words, from [`search::words`], by id. Documents are JSON, so all are read until the page is full.
pub(super) fn find(tx: &mut Tx<'_>, words: &str, listed: &Listed<'_>) -> Result<Vec<StoredEntity>, Fault> {
    let most = usize::try_from(listed.limit).unwrap_or_default();
    let (mut found, mut after) = (Vec::new(), listed.after.to_owned());
    loop {
        let page = Listed { after: &after, deleted: listed.deleted, limit: AT_ONCE };
        let read = stored::list(tx, "", KIND.entity.name, &page)?;
        let is_last = i64::try_from(read.len()).unwrap_or(AT_ONCE) < AT_ONCE;
        if let Some(last) = read.last() {
            after.clone_from(&last.id);
        }
        found.extend(read.into_iter().filter(|customer| has(&customer.document, words)));
        if is_last || found.len() >= most {
            found.truncate(most);
            return Ok(found);
        }
    }
}

fn has(document: &Map<String, Value>, words: &str) -> bool {
    let field = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
    // `0812-345` and `+62 812 345` are the same number.
    let is_number = words.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    let number = digits(words);
    let number = number.trim_start_matches('0');
    let has_number = is_number && number.len() >= MIN_DIGITS && digits(field("phone")).contains(number);
    has_number || ["name", "email", "phone"].iter().any(|name| search::has(field(name), words))
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_phone_number_is_found_as_people_write_it() {
        let Value::Object(customer) = json!({"name": "Rina Wijaya", "phone": "+62 812-3456-7890", "email": null})
        else {
            unreachable!()
        };
        for words in ["rina", "wijaya", "0812 3456", "62812", "3456-7890", "812"] {
            assert!(has(&customer, words), "{words}");
        }
        for words in ["budi", "0813", "99", "rina 812"] {
            assert!(!has(&customer, words), "{words}");
        }
    }
}
