//! What an entity must be, wherever it comes in: from an API, a batch, a page, a snapshot, or a row that is about to be
//! sent. The declaration in [`crate::entity`] says what each field holds; this reads it.
//!
//! Guarantees: what passes fits every carrier ([`crate::limits`]), can be stored by both engines and read by every JSON
//! reader, and keeps the rules that calculating with it needs. Fields that this version does not know are allowed, and
//! count for size and depth only. A field that is absent says nothing; an entity as a whole has those that its row cannot be
//! without ([`complete`]): what an outlet sends of its own is such a whole ([`whole`]).
//!
//! Left out: rules between several entities, and the sums of an order, which the hub checks where it books them.

mod parse;

use std::fmt;

use domain::cart::{self, ChargeKind, ServiceBase};
use domain::ids::{MUST_BE, is_id};
use domain::{BusinessDate, Modifier, ModifierGroup, Money, TaxGroup, Variant, money, product};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::entity::{Child, Element, Entity, Field, Holds, SINGLE_ID};
use crate::limits::{MAX_DEPTH, MAX_ENTITY_BYTES, MAX_ID_BYTES, MAX_MODIFIERS, MAX_SHOWN_CHARS};
use crate::wire::ChangedFields;

/// The years that a business date may lie in: any that a machine's clock can make. A shop whose clock has no battery sells
/// in 1970, and its sales count like all others.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=9999;
/// Characters of a time.
const MAX_TIME_CHARS: usize = 64;

/// Why an entity is not taken. The words are a sentence without its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Larger than any entity may be.
    #[error("it has {0} bytes; an entity has at most {MAX_ENTITY_BYTES}, so that everybody can read it")]
    TooLarge(usize),
    /// Nested deeper than any entity is.
    #[error("it is nested deeper than {MAX_DEPTH} levels, which not everybody can read")]
    TooDeep,
    /// It is no JSON object, or one that two readers would read differently.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// Its id is none.
    #[error("its id {MUST_BE}")]
    Id,
    /// An entity that each outlet has once, under another id.
    #[error("each outlet has it once: its id must be '{SINGLE_ID}'")]
    NotSingle,
    /// An amount beyond what money may be.
    #[error("'{0}' is beyond what can be calculated with: -{max} to {max}", max = money::MAX_AMOUNT)]
    Amount(String),
    /// A field that does not hold what it must.
    #[error("'{field}' {must}")]
    Field {
        /// Its name; in a child row with the row's place.
        field: String,
        /// What it must be.
        must: String,
    },
    /// A field that the entity cannot be without.
    #[error("it has no '{0}', which it cannot be without")]
    Missing(String),
    /// Fields that do not go together.
    #[error("{0}")]
    Rule(String),
}

impl Invalid {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => TOO_LARGE,
            Self::TooDeep => TOO_DEEP,
            Self::Amount(_) => "amount_too_large",
            Self::Missing(_) => MISSING_FIELD,
            Self::Unreadable(_) | Self::Id | Self::NotSingle | Self::Field { .. } | Self::Rule(_) => INVALID_DOCUMENT,
        }
    }
}

/// The code of [`Invalid::TooLarge`].
pub const TOO_LARGE: &str = "too_large";
/// The code of [`Invalid::TooDeep`].
pub const TOO_DEEP: &str = "too_deep";
/// The code of [`Invalid::Missing`].
pub const MISSING_FIELD: &str = "missing_field";
/// The code of a document that breaks a rule.
pub const INVALID_DOCUMENT: &str = "invalid_document";

/// Reads the text of a document of any type: an object within the limits of size and depth, no key of it twice.
///
/// # Errors
/// [`Invalid`].
pub fn read(text: &str) -> Result<Map<String, Value>, Invalid> {
    shape(text)?;
    match parse::unique(text).map_err(|error| Invalid::Unreadable(error.to_string()))? {
        Value::Object(document) => Ok(document),
        _ => Err(Invalid::Unreadable("it is no object".to_owned())),
    }
}

/// The same of what was stored before the rules were these: no more is asked than that everybody can read it.
///
/// # Errors
/// [`Invalid`].
pub fn readable(text: &str) -> Result<Map<String, Value>, Invalid> {
    shape(text)?;
    serde_json::from_str(text).map_err(|error| Invalid::Unreadable(error.to_string()))
}

/// The same, as it stands there.
///
/// # Errors
/// [`Invalid`].
pub fn raw(text: &str) -> Result<&RawValue, Invalid> {
    shape(text)?;
    serde_json::from_str(text).map_err(|error| Invalid::Unreadable(error.to_string()))
}

/// Whether a JSON text is within the limits of size and depth; says nothing else of it.
///
/// # Errors
/// [`Invalid::TooLarge`], [`Invalid::TooDeep`].
pub fn shape(text: &str) -> Result<(), Invalid> {
    if text.len() > MAX_ENTITY_BYTES {
        return Err(Invalid::TooLarge(text.len()));
    }
    if parse::depth(text) > MAX_DEPTH { Err(Invalid::TooDeep) } else { Ok(()) }
}

/// Whether arrays and objects stand deeper inside each other than so many levels anywhere in a JSON text.
#[must_use]
pub fn is_deeper(text: &str, levels: usize) -> bool {
    parse::depth(text) > levels
}

/// Reads the fields of an item: old and new value of each, no key twice, of which each reader would take another one.
///
/// # Errors
/// What the reader said.
pub fn unique_fields<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<ChangedFields>, D::Error> {
    let Some(fields) = parse::unique_or_null(from)? else { return Ok(None) };
    let pair = |(name, value): (String, Value)| match value {
        Value::Array(both) => match <[Value; 2]>::try_from(both) {
            Ok([old, new]) => Ok((name, (old, new))),
            Err(_) => Err(D::Error::custom(format_args!("'{name}' is not a list of the old and the new value"))),
        },
        _ => Err(D::Error::custom(format_args!("'{name}' is not a list of the old and the new value"))),
    };
    fields.into_iter().map(pair).collect::<Result<_, _>>().map(Some)
}

/// The same of a value that was read.
///
/// # Errors
/// [`Invalid::TooLarge`], [`Invalid::TooDeep`].
pub fn shape_of(document: &Map<String, Value>) -> Result<(), Invalid> {
    let mut size = Bytes(0);
    serde_json::to_writer(&mut size, document).map_err(|error| Invalid::Unreadable(error.to_string()))?;
    if size.0 > MAX_ENTITY_BYTES {
        return Err(Invalid::TooLarge(size.0));
    }
    if document.values().any(|value| deeper(value, MAX_DEPTH - 1)) { Err(Invalid::TooDeep) } else { Ok(()) }
}

fn deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(values) => levels == 0 || values.iter().any(|value| deeper(value, levels - 1)),
        Value::Object(fields) => levels == 0 || fields.values().any(|value| deeper(value, levels - 1)),
        _ => false,
    }
}

/// Counts what is written into it.
struct Bytes(usize);

impl std::io::Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A text that an order copies from the catalog to show it, as far as its field takes it: a name that is too long is a fault
/// of the product or the charge, and keeps no sale from head office.
#[must_use]
pub fn shown(text: String) -> String {
    cut(text, MAX_SHOWN_CHARS)
}

/// The first characters of a text.
#[must_use]
pub fn cut(mut text: String, chars: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(chars) {
        text.truncate(end);
    }
    text
}

/// An id, or the name of a type.
///
/// # Errors
/// [`Invalid::Id`].
pub fn id(id: &str) -> Result<(), Invalid> {
    if is_id(id) { Ok(()) } else { Err(Invalid::Id) }
}

/// The id of this entity.
///
/// # Errors
/// [`Invalid::Id`], [`Invalid::NotSingle`].
pub fn id_of(entity: &Entity, entity_id: &str) -> Result<(), Invalid> {
    id(entity_id)?;
    if entity.is_single() && entity_id != SINGLE_ID { Err(Invalid::NotSingle) } else { Ok(()) }
}

/// What names another entity: a column without a check. An order keeps what a shell wrote there, and its money arrives.
fn is_reference(text: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&text.len()) && !text.contains(char::is_control)
}

/// A document that a row can be made of: as [`document`], and with every field that its rows cannot be without.
///
/// # Errors
/// [`Invalid`].
pub fn whole(entity: &Entity, entity_id: &str, document: &Map<String, Value>) -> Result<(), Invalid> {
    self::document(entity, entity_id, document)?;
    complete_with_rows(entity, document)
}

/// Whether rows can be made of a document and of its child rows: as [`complete`] of each.
///
/// # Errors
/// [`Invalid::Missing`].
pub fn complete_with_rows(entity: &Entity, document: &Map<String, Value>) -> Result<(), Invalid> {
    complete(entity.fields, document)?;
    for child in entity.children {
        let rows = document.get(child.name).and_then(Value::as_array).into_iter().flatten();
        for (place, row) in rows.enumerate() {
            let Some(row) = row.as_object() else { continue };
            let missing = if row.contains_key("id") { first_missing(child.fields, row) } else { Some("id") };
            if let Some(name) = missing {
                return Err(Invalid::Missing(format!("{}[{place}].{name}", child.name)));
            }
        }
    }
    Ok(())
}

/// A document of this entity: its fields that are there, its child rows, and what they must be together.
///
/// # Errors
/// [`Invalid`].
pub fn document(entity: &Entity, entity_id: &str, document: &Map<String, Value>) -> Result<(), Invalid> {
    id_of(entity, entity_id)?;
    if document.get("id").is_some_and(|named| named != entity_id) {
        return Err(Invalid::Unreadable("it names another id than its item".to_owned()));
    }
    fields(entity, document)?;
    for child in entity.children {
        rows(child, document.get(child.name))?;
    }
    rules(entity, document, |_| true)
}

/// The same of a document whose text nobody has measured: its size and depth too.
///
/// # Errors
/// [`Invalid`].
pub fn parsed(entity: &Entity, entity_id: &str, document: &Map<String, Value>) -> Result<(), Invalid> {
    shape_of(document)?;
    self::document(entity, entity_id, document)
}

/// What the fields of an entity must be together, where one of them has changed: one that was there before does not keep
/// anybody from switching it off.
///
/// # Errors
/// [`Invalid::Rule`].
pub fn rules(
    entity: &Entity,
    document: &Map<String, Value>,
    has_changed: impl Fn(&str) -> bool,
) -> Result<(), Invalid> {
    if entity.name == "charge" && CALCULATED.iter().any(|name| has_changed(name)) { charge(document) } else { Ok(()) }
}

/// What a charge is calculated from.
const CALCULATED: [&str; 6] = ["kind", "rate_bp", "tax_group", "base_num", "base_den", "inclusive"];

/// The fields of this entity that are there, each alone.
///
/// # Errors
/// [`Invalid`].
pub fn fields(entity: &Entity, fields: &Map<String, Value>) -> Result<(), Invalid> {
    check(entity.fields, fields, &|name| name.to_owned())
}

/// Whether a row can be made of these values: those that it cannot be without are there.
///
/// # Errors
/// [`Invalid::Missing`].
pub fn complete(declared: &[Field], document: &Map<String, Value>) -> Result<(), Invalid> {
    first_missing(declared, document).map_or(Ok(()), |name| Err(Invalid::Missing(name.to_owned())))
}

fn first_missing(declared: &[Field], document: &Map<String, Value>) -> Option<&'static str> {
    let is_missing = |field: &&Field| field.is_required() && document.get(field.name).is_none_or(Value::is_null);
    declared.iter().find(is_missing).map(|field| field.name)
}

fn check(declared: &[Field], fields: &Map<String, Value>, named: &dyn Fn(&str) -> String) -> Result<(), Invalid> {
    for field in declared {
        if let Some(value) = fields.get(field.name) {
            one(field, value).map_err(|wrong| match wrong {
                Wrong::Amount => Invalid::Amount(named(field.name)),
                Wrong::Must(must) => Invalid::Field { field: named(field.name), must },
            })?;
        }
    }
    Ok(())
}

fn rows(child: &Child, rows: Option<&Value>) -> Result<(), Invalid> {
    let wrong = |must: String| Invalid::Field { field: child.name.to_owned(), must };
    let rows = match rows {
        None => return Ok(()),
        Some(Value::Array(rows)) => rows,
        Some(_) => return Err(wrong("must be a list".to_owned())),
    };
    if rows.len() > child.max_rows {
        return Err(wrong(format!("has {} rows: at most {}", rows.len(), child.max_rows)));
    }
    for (place, row) in rows.iter().enumerate() {
        let named = |name: &str| format!("{}[{place}].{name}", child.name);
        let row = row.as_object().ok_or_else(|| wrong(format!("must be a list of objects; [{place}] is none")))?;
        if row.get("id").is_some_and(|row_id| row_id.as_str().is_none_or(|row_id| id(row_id).is_err())) {
            return Err(Invalid::Field { field: named("id"), must: MUST_BE.to_owned() });
        }
        check(child.fields, row, &named)?;
    }
    Ok(())
}

/// Why a value is not what its field holds.
enum Wrong {
    Amount,
    Must(String),
}

fn one(field: &Field, value: &Value) -> Result<(), Wrong> {
    if value.is_null() {
        return if field.optional { Ok(()) } else { must("must not be null") };
    }
    let blank = value.as_str() == Some("");
    if field.optional && blank {
        return Ok(());
    }
    let text = || value.as_str().ok_or_else(|| Wrong::Must("must be a text".to_owned()));
    let number = || value.as_i64().ok_or_else(|| Wrong::Must("must be a whole number".to_owned()));
    match field.holds {
        Holds::Text(rule) => rule.check(text()?).map_err(|refused| Wrong::Must(refused.to_string())),
        Holds::Shown(most) if text()?.chars().count() <= most => Ok(()),
        Holds::Shown(most) => must(&format!("is too long: at most {most} characters")),
        Holds::Word(words) if words.contains(&text()?) => Ok(()),
        Holds::Word(words) => must(&format!("must be one of {}", words.join(", "))),
        Holds::Int(least, most) if (least..=most).contains(&number()?) => Ok(()),
        Holds::Int(least, most) => must(&format!("must be {least} to {most}")),
        Holds::OneOf(numbers) if numbers.contains(&number()?) => Ok(()),
        Holds::OneOf(numbers) => must(&format!("must be one of {numbers:?}")),
        Holds::Money => Money(number()?).checked().map(|_| ()).map_err(|_| Wrong::Amount),
        Holds::Amount if number()? < 0 => must("must not be negative"),
        Holds::Amount => Money(number()?).checked().map(|_| ()).map_err(|_| Wrong::Amount),
        Holds::Id if is_reference(text()?) => Ok(()),
        Holds::Id => must("must name an entity: 1 to 128 bytes without control characters"),
        Holds::Date if BusinessDate::parse(text()?).is_some_and(|date| YEARS.contains(&date.date().year())) => Ok(()),
        Holds::Date => must(&format!("must be a date as YYYY-MM-DD, from {} to {}", YEARS.start(), YEARS.end())),
        Holds::Time if is_plain(text()?) => Ok(()),
        Holds::Time => must("must be a time"),
        Holds::Zone if TimeZone::get(text()?).is_ok() => Ok(()),
        Holds::Zone => must("must be an IANA time zone, for example Asia/Jakarta"),
        Holds::Flag if value.is_boolean() => Ok(()),
        Holds::Flag => must("must be true or false"),
        Holds::Json => text().map(|_| ()),
        Holds::List(element) => list(element, value),
    }
}

/// A time as programs write it, in whatever form.
#[must_use]
pub fn is_plain(time: &str) -> bool {
    time.chars().count() <= MAX_TIME_CHARS && !time.contains(char::is_control)
}

fn must(words: &str) -> Result<(), Wrong> {
    Err(Wrong::Must(words.to_owned()))
}

fn list(element: Element, value: &Value) -> Result<(), Wrong> {
    let refused = |refused: product::ListRefused| Wrong::Must(format!("is not as it must be: {refused}"));
    match element {
        Element::Variant => product::variants(elements::<Variant>(value)?).map(|_| ()).map_err(refused),
        Element::ModifierGroup => {
            product::modifier_groups(elements::<ModifierGroup>(value)?).map(|_| ()).map_err(refused)
        }
        Element::Modifier => modifiers(&elements(value)?),
    }
}

fn elements<T: DeserializeOwned>(value: &Value) -> Result<Vec<T>, Wrong> {
    if !value.is_array() {
        return Err(Wrong::Must("must be a list".to_owned()));
    }
    Vec::deserialize(value).map_err(|error| Wrong::Must(format!("is not as it must be: {error}")))
}

fn modifiers(list: &[Modifier]) -> Result<(), Wrong> {
    if list.len() > MAX_MODIFIERS {
        return must(&format!("has {} modifiers: at most {MAX_MODIFIERS}", list.len()));
    }
    for modifier in list {
        let shown = [&modifier.group, &modifier.name];
        let fits = is_reference(&modifier.id)
            && shown.iter().all(|text| text.chars().count() <= MAX_SHOWN_CHARS)
            && (1..=product::MAX_SELECTIONS).contains(&modifier.qty)
            && modifier.price.checked().is_ok();
        if !fits {
            let words = "has a modifier whose id, names, price or quantity is out of bounds";
            return must(words);
        }
    }
    Ok(())
}

/// A charge that cannot be calculated with would stop every till.
fn charge(document: &Map<String, Value>) -> Result<(), Invalid> {
    let word = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str, absent| document.get(name).and_then(Value::as_i64).unwrap_or(absent);
    let Some(kind) = ChargeKind::parse(word("kind")) else { return Ok(()) };
    let rule = cart::Charge {
        id: String::new(),
        name: String::new(),
        kind,
        rate_bp: number("rate_bp", 0),
        tax_group: TaxGroup::parse(word("tax_group")).unwrap_or_default(),
        base: ServiceBase::parse(word("service_base")).unwrap_or_default(),
        base_num: number("base_num", 1),
        base_den: number("base_den", 1),
        inclusive: document.get("inclusive") == Some(&Value::Bool(true)),
    };
    cart::check_entered(&rule).map_err(|refused| Invalid::Rule(refused.to_string()))
}

impl fmt::Display for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(rule) => write!(f, "text, at most {} characters", rule.max_chars),
            Self::Shown(most) => write!(f, "any text, at most {most} characters"),
            Self::Word(words) => f.write_str(&words.join(", ")),
            Self::Int(i64::MIN, i64::MAX) => f.write_str("whole number"),
            Self::Int(least, most) => write!(f, "{least} to {most}"),
            Self::OneOf(numbers) => write!(f, "one of {numbers:?}"),
            Self::Money => write!(f, "money, -{max} to {max}", max = money::MAX_AMOUNT),
            Self::Amount => write!(f, "money, 0 to {}", money::MAX_AMOUNT),
            Self::Id => write!(f, "id, at most {MAX_ID_BYTES} bytes"),
            Self::Date => write!(f, "YYYY-MM-DD, {} to {}", YEARS.start(), YEARS.end()),
            Self::Time => write!(f, "time, at most {MAX_TIME_CHARS} characters"),
            Self::Zone => f.write_str("IANA time zone"),
            Self::Flag => f.write_str("true or false"),
            Self::Json => f.write_str("JSON as text"),
            Self::List(Element::Variant) => write!(f, "at most {} variants", product::MAX_VARIANTS),
            Self::List(Element::ModifierGroup) => write!(f, "at most {} modifier groups", product::MAX_GROUPS),
            Self::List(Element::Modifier) => write!(f, "at most {MAX_MODIFIERS} modifiers"),
        }
    }
}

#[cfg(test)]
mod tests;
