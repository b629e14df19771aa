//! Validates entities at every input: API, batch, page, snapshot, and rows that are about to be sent. The field types
//! are declared in [`crate::entity`].
//!
//! Guarantees: a valid entity fits every carrier ([`crate::limits`]), can be stored by both database engines and read
//! by every JSON reader, and can be used in calculations. Unknown fields are allowed; only their size and depth are
//! checked. A missing field is no error, except where a whole row is needed ([`complete`]), as in documents of
//! outlet-owned entities ([`complete_document`]).
//!
//! Not included: rules between entities, and the totals of an order, which the hub checks when it records the sale.

mod invalid;
mod parse;

use std::collections::BTreeMap;
use std::fmt;

use domain::barcode;
use domain::cart::{self, ChargeKind, ServiceBase};
use domain::ids::is_id;
use domain::{BusinessDate, LocalMinute, Modifier, ModifierGroup, Money, TaxGroup, Variant, money, product};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::entity::{Child, Element, Entity, Field, SINGLE_ID, ValueType};
use crate::limits::{
    MAX_CHANNELS, MAX_DEPTH, MAX_ENTITY_BYTES, MAX_ID_BYTES, MAX_MODIFIERS, MAX_ORDER_TYPES, MAX_SHOWN_CHARS,
    MAX_STATIONS,
};

pub use invalid::{INVALID_DOCUMENT, Invalid, MISSING_FIELD, Requirement, TOO_DEEP, TOO_LARGE};

/// Old and new value of each changed field.
pub type ChangedFields = BTreeMap<String, (Value, Value)>;

/// Valid years of a business date: any that a machine's clock can show. A shop whose clock has no battery sells in
/// 1970, and its sales must count too.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=9999;
/// Days of a week.
const WEEKDAYS: usize = 7;
/// Maximum characters of a time.
const MAX_TIME_CHARS: usize = 64;

/// Parses a document of any type: an object within the limits of size and depth, without duplicate keys.
///
/// # Errors
/// [`Invalid`].
pub fn read(text: &str) -> Result<Map<String, Value>, Invalid> {
    check_size(text)?;
    match parse::unique(text).map_err(|error| Invalid::Unreadable(error.to_string()))? {
        Value::Object(document) => Ok(document),
        _ => Err(Invalid::NotAnObject),
    }
}

/// Parses a stored document, which may be older than the rules: requires only that it is readable.
///
/// # Errors
/// [`Invalid`].
pub fn read_stored(text: &str) -> Result<Map<String, Value>, Invalid> {
    check_size(text)?;
    serde_json::from_str(text).map_err(|error| Invalid::Unreadable(error.to_string()))
}

/// As [`read_stored`], without parsing the value.
///
/// # Errors
/// [`Invalid`].
pub fn raw(text: &str) -> Result<&RawValue, Invalid> {
    check_size(text)?;
    serde_json::from_str(text).map_err(|error| Invalid::Unreadable(error.to_string()))
}

/// Checks the size and depth of a JSON text, nothing else.
///
/// # Errors
/// [`Invalid::TooLarge`], [`Invalid::TooDeep`].
pub fn check_size(text: &str) -> Result<(), Invalid> {
    if text.len() > MAX_ENTITY_BYTES {
        return Err(Invalid::TooLarge(text.len()));
    }
    if parse::depth(text) > MAX_DEPTH { Err(Invalid::TooDeep) } else { Ok(()) }
}

/// Whether a JSON text is nested deeper than this many levels.
#[must_use]
pub fn is_deeper(text: &str, levels: usize) -> bool {
    parse::depth(text) > levels
}

/// Reads the fields of an item, old and new value of each. Rejects duplicate keys, because readers disagree on which
/// one counts.
///
/// # Errors
/// The error of the deserializer.
pub fn unique_fields<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<ChangedFields>, D::Error> {
    let Some(fields) = parse::unique_or_null(from)? else { return Ok(None) };
    let pair = |(name, value): (String, Value)| match value {
        Value::Array(values) => match <[Value; 2]>::try_from(values) {
            Ok([old, new]) => Ok((name, (old, new))),
            Err(_) => Err(D::Error::custom(format_args!("'{name}' is not a list of the old and the new value"))),
        },
        _ => Err(D::Error::custom(format_args!("'{name}' is not a list of the old and the new value"))),
    };
    fields.into_iter().map(pair).collect::<Result<_, _>>().map(Some)
}

/// [`check_size`] for a parsed document.
///
/// # Errors
/// [`Invalid::TooLarge`], [`Invalid::TooDeep`].
pub fn check_size_of(document: &Map<String, Value>) -> Result<(), Invalid> {
    let mut size = ByteCounter(0);
    serde_json::to_writer(&mut size, document).map_err(|error| Invalid::Unreadable(error.to_string()))?;
    if size.0 > MAX_ENTITY_BYTES {
        return Err(Invalid::TooLarge(size.0));
    }
    if document.values().any(|value| is_nested_deeper(value, MAX_DEPTH - 1)) { Err(Invalid::TooDeep) } else { Ok(()) }
}

fn is_nested_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(values) => levels == 0 || values.iter().any(|value| is_nested_deeper(value, levels - 1)),
        Value::Object(fields) => levels == 0 || fields.values().any(|value| is_nested_deeper(value, levels - 1)),
        _ => false,
    }
}

/// A writer that only counts bytes.
struct ByteCounter(usize);

impl std::io::Write for ByteCounter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Truncates a text that an order copies from the catalog for display. A long name is a mistake in the catalog and must
/// not block a sale.
#[must_use]
pub fn display_text(text: String) -> String {
    cut(text, MAX_SHOWN_CHARS)
}

/// Truncates a text to this many characters.
#[must_use]
pub fn cut(mut text: String, chars: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(chars) {
        text.truncate(end);
    }
    text
}

/// Checks an id or a type name.
///
/// # Errors
/// [`Invalid::Id`].
pub fn id(id: &str) -> Result<(), Invalid> {
    if is_id(id) { Ok(()) } else { Err(Invalid::Id) }
}

/// Checks the id of an entity of this type.
///
/// # Errors
/// [`Invalid::Id`], [`Invalid::NotSingle`].
pub fn id_of(entity: &Entity, entity_id: &str) -> Result<(), Invalid> {
    id(entity_id)?;
    if entity.is_single() && entity_id != SINGLE_ID { Err(Invalid::NotSingle) } else { Ok(()) }
}

/// Whether a text may refer to another entity. Such columns have no check in the database, so any short text without
/// control characters is accepted: a strange reference must not block a sale.
fn is_reference(text: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&text.len()) && !text.contains(char::is_control)
}

/// Checks a document from which rows can be created: as [`document`], with all required fields.
///
/// # Errors
/// [`Invalid`].
pub fn complete_document(entity: &Entity, entity_id: &str, document: &Map<String, Value>) -> Result<(), Invalid> {
    self::document(entity, entity_id, document)?;
    complete_with_rows(entity, document)
}

/// As [`complete`], for the root row and all child rows.
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

/// Checks a document of this entity: its fields, its child rows, and the rules between its fields.
///
/// # Errors
/// [`Invalid`].
pub fn document(entity: &Entity, entity_id: &str, document: &Map<String, Value>) -> Result<(), Invalid> {
    id_of(entity, entity_id)?;
    if document.get("id").is_some_and(|named| named != entity_id) {
        return Err(Invalid::OtherId);
    }
    fields(entity, document)?;
    for child in entity.children {
        rows(child, document.get(child.name))?;
    }
    rules(entity, document, |_| true)
}

/// As [`document`], for a document whose size and depth are not checked yet.
///
/// # Errors
/// [`Invalid`].
pub fn parsed_document(entity: &Entity, entity_id: &str, document: &Map<String, Value>) -> Result<(), Invalid> {
    check_size_of(document)?;
    self::document(entity, entity_id, document)
}

/// Checks the rules between fields if one of the fields that they concern has changed: an entity that was invalid
/// before can still be switched off.
///
/// # Errors
/// [`Invalid::Charge`].
pub fn rules(
    entity: &Entity,
    document: &Map<String, Value>,
    has_changed: impl Fn(&str) -> bool,
) -> Result<(), Invalid> {
    if entity.name == "charge" && CHARGE_FIELDS.iter().any(|name| has_changed(name)) {
        charge(document)
    } else {
        Ok(())
    }
}

/// The fields from which a charge is calculated.
const CHARGE_FIELDS: [&str; 6] = ["kind", "rate_bp", "tax_group", "base_num", "base_den", "inclusive"];

/// Checks each field that is present.
///
/// # Errors
/// [`Invalid`].
pub fn fields(entity: &Entity, fields: &Map<String, Value>) -> Result<(), Invalid> {
    check(entity.fields, fields, &|name| name.to_owned())
}

/// Checks that all required fields are present.
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

fn check(declared: &[Field], fields: &Map<String, Value>, path_of: &dyn Fn(&str) -> String) -> Result<(), Invalid> {
    for field in declared {
        if let Some(value) = fields.get(field.name) {
            check_value(field, value).map_err(|violation| match violation {
                Violation::Amount => Invalid::Amount(path_of(field.name)),
                Violation::Must(must) => Invalid::Field { field: path_of(field.name), must },
            })?;
        }
    }
    Ok(())
}

fn rows(child: &Child, rows: Option<&Value>) -> Result<(), Invalid> {
    let invalid = |must: Requirement| Invalid::Field { field: child.name.to_owned(), must };
    let rows = match rows {
        None => return Ok(()),
        Some(Value::Array(rows)) => rows,
        Some(_) => return Err(invalid(Requirement::List)),
    };
    if rows.len() > child.max_rows {
        return Err(invalid(Requirement::Entries { count: rows.len(), most: child.max_rows }));
    }
    for (place, row) in rows.iter().enumerate() {
        let path_of = |name: &str| format!("{}[{place}].{name}", child.name);
        let row = row.as_object().ok_or_else(|| invalid(Requirement::Object(place)))?;
        if row.get("id").is_some_and(|row_id| row_id.as_str().is_none_or(|row_id| id(row_id).is_err())) {
            return Err(Invalid::Field { field: path_of("id"), must: Requirement::Id });
        }
        check(child.fields, row, &path_of)?;
    }
    Ok(())
}

/// Why a value does not match its field's type.
enum Violation {
    Amount,
    Must(Requirement),
}

fn check_value(field: &Field, value: &Value) -> Result<(), Violation> {
    if value.is_null() {
        return if field.optional { Ok(()) } else { must(Requirement::NotNull) };
    }
    let blank = value.as_str() == Some("");
    if field.optional && blank {
        return Ok(());
    }
    let text = || value.as_str().ok_or(Violation::Must(Requirement::Text));
    let number = || value.as_i64().ok_or(Violation::Must(Requirement::Number));
    match field.value_type {
        ValueType::Text(rule) => rule.check(text()?).map_err(|refused| Violation::Must(Requirement::Content(refused))),
        ValueType::DisplayText(most) if text()?.chars().count() <= most => Ok(()),
        ValueType::DisplayText(most) => must(Requirement::Length(most)),
        ValueType::EnumValue(names) if names.contains(&text()?) => Ok(()),
        ValueType::EnumValue(names) => must(Requirement::OneOf(names)),
        ValueType::Int(least, most) if (least..=most).contains(&number()?) => Ok(()),
        ValueType::Int(least, most) => must(Requirement::Between(least, most)),
        ValueType::OneOf(numbers) if numbers.contains(&number()?) => Ok(()),
        ValueType::OneOf(numbers) => must(Requirement::OneOfNumbers(numbers)),
        ValueType::Money => Money(number()?).checked().map(|_| ()).map_err(|_| Violation::Amount),
        ValueType::Amount if number()? < 0 => must(Requirement::Between(0, money::MAX_AMOUNT)),
        ValueType::Amount => Money(number()?).checked().map(|_| ()).map_err(|_| Violation::Amount),
        ValueType::Id if is_reference(text()?) => Ok(()),
        ValueType::Id => must(Requirement::Reference),
        ValueType::Date if BusinessDate::parse(text()?).is_some_and(|date| YEARS.contains(&date.date().year())) => {
            Ok(())
        }
        ValueType::Date => must(Requirement::Date),
        ValueType::LocalMinute
            if LocalMinute::parse(text()?).is_some_and(|minute| YEARS.contains(&minute.date().date().year())) =>
        {
            Ok(())
        }
        ValueType::LocalMinute => must(Requirement::LocalMinute),
        ValueType::Time if is_time(text()?) => Ok(()),
        ValueType::Time => must(Requirement::Time),
        ValueType::Zone if TimeZone::get(text()?).is_ok() => Ok(()),
        ValueType::Zone => must(Requirement::Zone),
        ValueType::Flag if value.is_boolean() => Ok(()),
        ValueType::Flag => must(Requirement::Flag),
        ValueType::Json => text().map(|_| ()),
        ValueType::List(element) => list(element, value),
    }
}

/// Whether a text may be a time, in any format.
#[must_use]
pub fn is_time(time: &str) -> bool {
    time.chars().count() <= MAX_TIME_CHARS && !time.contains(char::is_control)
}

fn must(requirement: Requirement) -> Result<(), Violation> {
    Err(Violation::Must(requirement))
}

fn list(element: Element, value: &Value) -> Result<(), Violation> {
    let refused = |refused: product::ListRefused| Violation::Must(Requirement::Options(refused));
    match element {
        Element::Variant => product::variants(elements::<Variant>(value)?).map(|_| ()).map_err(refused),
        Element::ModifierGroup => {
            product::modifier_groups(elements::<ModifierGroup>(value)?).map(|_| ()).map_err(refused)
        }
        Element::Modifier => modifiers(&elements(value)?),
        Element::OrderType => names(&elements(value)?, MAX_ORDER_TYPES),
        Element::Station => names(&elements(value)?, MAX_STATIONS),
        Element::Channel => names(&elements(value)?, MAX_CHANNELS),
        Element::Weekday => weekdays(&elements(value)?),
        Element::BarcodePattern => barcode::patterns(&elements(value)?)
            .map(|_| ())
            .map_err(|refused| Violation::Must(Requirement::Patterns(refused))),
    }
}

fn elements<T: DeserializeOwned>(value: &Value) -> Result<Vec<T>, Violation> {
    if !value.is_array() {
        return Err(Violation::Must(Requirement::List));
    }
    Vec::deserialize(value).map_err(|error| Violation::Must(Requirement::Shape(error.to_string())))
}

fn names(list: &[String], most: usize) -> Result<(), Violation> {
    if list.len() > most {
        return must(Requirement::Entries { count: list.len(), most });
    }
    match list.iter().find(|name| !is_reference(name)) {
        Some(_) => must(Requirement::Reference),
        None => Ok(()),
    }
}

fn weekdays(list: &[i64]) -> Result<(), Violation> {
    if list.len() > WEEKDAYS {
        return must(Requirement::Entries { count: list.len(), most: WEEKDAYS });
    }
    if list.iter().all(|day| (1..=7).contains(day)) { Ok(()) } else { must(Requirement::Between(1, 7)) }
}

fn modifiers(list: &[Modifier]) -> Result<(), Violation> {
    if list.len() > MAX_MODIFIERS {
        return must(Requirement::Entries { count: list.len(), most: MAX_MODIFIERS });
    }
    for modifier in list {
        let texts = [&modifier.group, &modifier.name];
        let fits = is_reference(&modifier.id)
            && texts.iter().all(|text| text.chars().count() <= MAX_SHOWN_CHARS)
            && (1..=product::MAX_SELECTIONS).contains(&modifier.qty)
            && modifier.price.checked().is_ok();
        if !fits {
            return must(Requirement::Modifier);
        }
    }
    Ok(())
}

/// An invalid charge would stop every till. A stored word that this version does not know is no error here: the field's
/// own rule reports it where it is entered.
fn charge(document: &Map<String, Value>) -> Result<(), Invalid> {
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let number = |name: &str, absent| document.get(name).and_then(Value::as_i64).unwrap_or(absent);
    let tax_group = text("tax_group").map_or(Some(TaxGroup::default()), TaxGroup::parse);
    let base = text("service_base").map_or(Some(ServiceBase::default()), ServiceBase::parse);
    let (Some(kind), Some(tax_group), Some(base)) = (text("kind").and_then(ChargeKind::parse), tax_group, base) else {
        return Ok(());
    };
    let rule = cart::Charge {
        id: String::new(),
        name: String::new(),
        kind,
        rate_bp: number("rate_bp", 0),
        tax_group,
        base,
        base_num: number("base_num", 1),
        base_den: number("base_den", 1),
        inclusive: document.get("inclusive") == Some(&Value::Bool(true)),
    };
    cart::check_entered(&rule).map_err(Invalid::Charge)
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(rule) => write!(f, "text, at most {} characters", rule.max_chars),
            Self::DisplayText(most) => write!(f, "any text, at most {most} characters"),
            Self::EnumValue(names) => f.write_str(&names.join(", ")),
            Self::Int(i64::MIN, i64::MAX) => f.write_str("whole number"),
            Self::Int(least, most) => write!(f, "{least} to {most}"),
            Self::OneOf(numbers) => write!(f, "one of {numbers:?}"),
            Self::Money => write!(f, "money, -{max} to {max}", max = money::MAX_AMOUNT),
            Self::Amount => write!(f, "money, 0 to {}", money::MAX_AMOUNT),
            Self::Id => write!(f, "id, at most {MAX_ID_BYTES} bytes"),
            Self::Date => write!(f, "YYYY-MM-DD, {} to {}", YEARS.start(), YEARS.end()),
            Self::LocalMinute => write!(f, "YYYY-MM-DDTHH:MM, {} to {}", YEARS.start(), YEARS.end()),
            Self::Time => write!(f, "time, at most {MAX_TIME_CHARS} characters"),
            Self::Zone => f.write_str("IANA time zone"),
            Self::Flag => f.write_str("true or false"),
            Self::Json => f.write_str("JSON as text"),
            Self::List(Element::Variant) => write!(f, "at most {} variants", product::MAX_VARIANTS),
            Self::List(Element::ModifierGroup) => write!(f, "at most {} modifier groups", product::MAX_GROUPS),
            Self::List(Element::Modifier) => write!(f, "at most {MAX_MODIFIERS} modifiers"),
            Self::List(Element::OrderType) => write!(f, "at most {MAX_ORDER_TYPES} order types"),
            Self::List(Element::Station) => write!(f, "at most {MAX_STATIONS} stations"),
            Self::List(Element::Channel) => write!(f, "at most {MAX_CHANNELS} channels"),
            Self::List(Element::Weekday) => write!(f, "at most {WEEKDAYS} weekdays, 1 to 7"),
            Self::List(Element::BarcodePattern) => write!(f, "at most {} barcode patterns", barcode::MAX_PATTERNS),
        }
    }
}

#[cfg(test)]
mod tests;
