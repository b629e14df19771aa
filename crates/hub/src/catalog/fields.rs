//! Fields that people may set, each with its form: the same forms as at the outlet's endpoints.
//!
//! Reading a body against this list distinguishes a field that is absent, null, misspelled or malformed. The result is the
//! fields of the document, in their stored forms.

use std::str::FromStr;

use domain::money::MAX_AMOUNT;
use domain::text::Rule;
use domain::{BusinessDate, LocalMinute, Money, barcode, pin, product};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use web::messages::Message;
use web::{ApiError, Code, Problem, text, time};

/// A field that people may set.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name in the body and in the document.
    pub name: &'static str,
    pub form: Form,
    pub absent: Absent,
    /// Description for people.
    pub about: &'static str,
}

/// The form of a value.
#[derive(Debug)]
pub(crate) enum Form {
    /// Text, stored in its normal form.
    Text(Rule),
    /// Money in minor units, not negative.
    Amount,
    /// An integer in a range, with the code of the refusal.
    Number { least: i64, most: i64, code: Code },
    /// One of these numbers.
    OneOf(&'static [i64], Code),
    /// One of these values.
    Word(fn() -> Vec<&'static str>, Code),
    /// A list of these values, each at most once.
    Words(fn() -> Vec<&'static str>, Code),
    /// A list of whole numbers in a range, each at most once.
    Numbers { least: i64, most: i64, code: Code },
    /// A list of ids, each at most once.
    Ids(Code),
    /// true or false.
    Flag,
    /// The id of another entity.
    Id,
    /// YYYY-MM-DD.
    Date,
    /// YYYY-MM-DDTHH:MM of an outlet's clock.
    LocalMinute,
    /// RFC 3339.
    Time,
    /// An IANA time zone.
    Zone,
    /// 4 to 8 digits. Never stored: `http::hashed` replaces it by the hash.
    Pin,
    /// A product's variants.
    Variants,
    /// A product's modifier groups.
    ModifierGroups,
    /// The patterns of a scale's barcodes.
    BarcodePatterns,
}

/// The value of a new entity if the body lacks the field, and whether null is allowed.
#[derive(Debug)]
pub(crate) enum Absent {
    /// The field is required.
    Required,
    /// Null; null and blank are allowed.
    Null,
    /// The value of another field.
    Like(&'static str),
    Text(&'static str),
    Int(i64),
    /// This number; null is allowed.
    IntOrNull(i64),
    Flag(bool),
    EmptyList,
}

impl Absent {
    /// Whether the field may be null.
    pub(crate) fn allows_null(&self) -> bool {
        matches!(self, Self::Null | Self::IntOrNull(_))
    }
}

/// All fields of a new entity.
pub(crate) fn of_new(fields: &[Field], body: &Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    let mut read = of_change(fields, body)?;
    for field in fields {
        let value = match field.absent {
            _ if read.contains_key(field.name) => continue,
            Absent::Required => return Err(Code::InvalidBody.field(field.name, Problem::Missing)),
            Absent::Null => Value::Null,
            Absent::Like(other) => read.get(other).cloned().unwrap_or_default(),
            Absent::Text(word) => word.into(),
            Absent::Int(n) | Absent::IntOrNull(n) => n.into(),
            Absent::Flag(flag) => flag.into(),
            Absent::EmptyList => Value::Array(Vec::new()),
        };
        read.insert(field.name.to_owned(), value);
    }
    Ok(read)
}

/// The fields in the body.
pub(crate) fn of_change(fields: &[Field], body: &Map<String, Value>) -> Result<Map<String, Value>, ApiError> {
    let read = body.iter().map(|(name, value)| {
        let field = fields.iter().find(|field| field.name == name).ok_or_else(|| {
            let names: Vec<_> = fields.iter().map(|field| field.name).collect();
            Code::InvalidBody.field(name.as_str(), Problem::unknown(&names))
        })?;
        Ok((name.clone(), field.read(value)?))
    });
    read.collect()
}

impl Field {
    fn read(&self, value: &Value) -> Result<Value, ApiError> {
        let blank = value.as_str().is_some_and(|text| text.trim().is_empty());
        match self.absent {
            Absent::Null if value.is_null() || blank => Ok(Value::Null),
            Absent::Text("") if blank => Ok(Value::from("")),
            Absent::IntOrNull(_) if value.is_null() => Ok(Value::Null),
            _ if value.is_null() => Err(Code::InvalidBody.field(self.name, Problem::Null)),
            _ => self.form.read(self.name, value),
        }
    }
}

impl Form {
    fn read(&self, name: &str, value: &Value) -> Result<Value, ApiError> {
        let wrong = |kind: &str| {
            let problem = Problem::WrongType.with("expected", kind).with("kind", "value");
            Code::InvalidBody.field(name, problem.with("found", value.to_string()))
        };
        let words = || value.as_str().ok_or_else(|| wrong("text"));
        let number = || value.as_i64().ok_or_else(|| wrong("number"));
        let not_allowed = |code: Code, choices: Vec<String>| {
            code.field(name, Problem::NotAllowed.with("choices", choices.join(", ")))
        };
        Ok(match *self {
            Self::Text(rule) => text::required(name, words()?, rule)?.into(),
            Self::Amount => match number()? {
                amount if (0..=MAX_AMOUNT).contains(&amount) => amount.into(),
                _ => {
                    let not_an_amount = Problem::NotAnAmount.with("least", Money(0)).with("most", Money(MAX_AMOUNT));
                    return Err(Code::InvalidPrice.field(name, not_an_amount));
                }
            },
            Self::Number { least, most, code } => match number()? {
                n if (least..=most).contains(&n) => n.into(),
                _ => return Err(code.field(name, Problem::NotBetween.with("least", least).with("most", most))),
            },
            Self::OneOf(numbers, code) => match number()? {
                n if numbers.contains(&n) => n.into(),
                _ => return Err(not_allowed(code, numbers.iter().map(ToString::to_string).collect())),
            },
            Self::Word(choices, code) => {
                let word = words()?;
                let known = choices().into_iter().find(|&choice| choice == word);
                known.ok_or_else(|| not_allowed(code, choices().into_iter().map(str::to_owned).collect()))?.into()
            }
            Self::Words(choices, code) => {
                let all = value.as_array().ok_or_else(|| wrong("list"))?;
                let is_known = |one: &Value| choices().into_iter().any(|choice| one == choice);
                if !all.iter().all(is_known) {
                    return Err(not_allowed(code, choices().into_iter().map(str::to_owned).collect()));
                }
                unique(code, name, all)?;
                value.clone()
            }
            Self::Numbers { least, most, code } => {
                let all = value.as_array().ok_or_else(|| wrong("list"))?;
                if !all.iter().all(|one| one.as_i64().is_some_and(|n| (least..=most).contains(&n))) {
                    return Err(code.field(name, Problem::NotBetween.with("least", least).with("most", most)));
                }
                unique(code, name, all)?;
                value.clone()
            }
            Self::Ids(code) => {
                let all = value.as_array().ok_or_else(|| wrong("list"))?;
                let id = |one: &Value| text::reference(name, one.as_str().unwrap_or_default()).map(Value::from);
                let all = all.iter().map(id).collect::<Result<Vec<_>, _>>()?;
                unique(code, name, &all)?;
                all.into()
            }
            Self::Flag => value.as_bool().ok_or_else(|| wrong("boolean"))?.into(),
            Self::Id => text::reference(name, words()?)?.into(),
            Self::Date => {
                let date = BusinessDate::parse(words()?);
                date.ok_or_else(|| Code::InvalidDate.field(name, Problem::NotADate))?.to_string().into()
            }
            Self::LocalMinute => {
                let minute = LocalMinute::parse(words()?);
                minute.ok_or_else(|| Code::InvalidTime.field(name, Problem::NotAMinute))?.to_string().into()
            }
            Self::Time => {
                let at = Timestamp::from_str(words()?);
                time::text(at.map_err(|_| Code::InvalidTime.field(name, Problem::NotATime))?).into()
            }
            Self::Zone => {
                let zone = TimeZone::get(words()?).ok();
                let iana = zone.as_ref().and_then(TimeZone::iana_name);
                iana.ok_or_else(|| Code::InvalidZone.field(name, Problem::NotAZone))?.into()
            }
            Self::Pin => {
                let pin = words()?;
                pin::check_pin(pin).map_err(|refused| Code::InvalidPin.field(name, refused))?;
                pin.into()
            }
            Self::Variants => list(Code::InvalidVariants, name, value, product::variants)?,
            Self::ModifierGroups => list(Code::InvalidModifierGroups, name, value, product::modifier_groups)?,
            Self::BarcodePatterns => {
                list(Code::InvalidBarcodePatterns, name, value, |list| barcode::patterns(&list).map(|_| list))?
            }
        })
    }
}

/// Refuses a list with an element twice.
fn unique(code: Code, name: &str, list: &[Value]) -> Result<(), ApiError> {
    let is_repeated = list.iter().enumerate().any(|(at, one)| list[..at].contains(one));
    if is_repeated { Err(code.field(name, Problem::Repeated)) } else { Ok(()) }
}

/// A list, in the form that its rule returns.
fn list<T: Serialize + DeserializeOwned, E: Into<Message>>(
    code: Code,
    name: &str,
    value: &Value,
    rule: fn(Vec<T>) -> Result<Vec<T>, E>,
) -> Result<Value, ApiError> {
    let parsed = web::extract::from_value(value.clone()).map_err(|refused: ApiError| refused.within(name))?;
    let list = rule(parsed).map_err(|refused| code.field(name, refused))?;
    serde_json::to_value(list).map_err(|error| {
        tracing::error!(%error, "a list cannot be written");
        ApiError::internal()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{
        announcement, category, charge, customer, menu, outlet_charge, outlet_product, price, product, setting, tender,
        user,
    };
    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(object) = value else { panic!("no object") };
        object
    }

    /// Outlets compare field by field, so no field may be missing or extra.
    #[test]
    fn settable_fields_equal_the_declared_fields() {
        let kinds = [
            &announcement::KIND,
            &category::KIND,
            &charge::KIND,
            &customer::KIND,
            &menu::KIND,
            &menu::OUTLET_KIND,
            &outlet_charge::KIND,
            &outlet_product::KIND,
            &price::KIND,
            &price::OUTLET_KIND,
            &product::KIND,
            &setting::KIND,
            &tender::KIND,
            &user::KIND,
        ];
        for kind in kinds {
            let mut settable: Vec<_> = kind.fields.iter().map(|field| field.name.replace("pin", "pin_hash")).collect();
            let mut declared: Vec<_> = kind.entity.fields.iter().map(|field| field.name.to_owned()).collect();
            settable.sort();
            declared.sort();
            assert_eq!(settable, declared, "{}", kind.word);
        }
    }

    #[test]
    fn absent_null_and_blank_differ() {
        let read = |body| of_change(product::KIND.fields, &object(body));
        assert_eq!(read(json!({})).unwrap(), object(json!({})));
        assert_eq!(
            read(json!({"code": null, "barcode": " "})).unwrap(),
            object(json!({"code": null, "barcode": null}))
        );
        assert_eq!(read(json!({"price": null})).unwrap_err().code(), "invalid_body");
        assert_eq!(read(json!({"name": " "})).unwrap_err().code(), "invalid_text");
        assert_eq!(read(json!({"prise": 1})).unwrap_err().code(), "invalid_body");
        assert_eq!(read(json!({"price": 1.5})).unwrap_err().code(), "invalid_body");
        assert_eq!(read(json!({"price": -1})).unwrap_err().code(), "invalid_price");
        assert_eq!(read(json!({"price": MAX_AMOUNT})).unwrap()["price"], MAX_AMOUNT);
    }

    #[test]
    fn a_new_entity_has_every_field() {
        let user = of_new(user::KIND.fields, &object(json!({"username": "sari", "role": "cashier", "pin": "4711"})));
        let whole = json!({"username": "sari", "name": "sari", "role": "cashier", "pin": "4711", "active": true});
        assert_eq!(user.unwrap(), object(whole));
        let missing = of_new(user::KIND.fields, &object(json!({"username": "sari", "role": "cashier"})));
        assert_eq!(missing.unwrap_err().message(), "The request body is not valid: 'pin' is missing.");
    }

    #[test]
    fn a_refusal_names_the_allowed_values() {
        let read = |name: &str, value| of_change(setting::KIND.fields, &object(json!({name: value}))).unwrap_err();
        assert_eq!(
            read("cash_rounding_step", json!(7)).message(),
            "'cash_rounding_step' must be one of 0, 50, 100, 500, 1000."
        );
        assert_eq!(read("cutoff_minutes", json!(1440)).message(), "'cutoff_minutes' must be 0 to 1439.");
        assert_eq!(read("zone", json!("Mars")).code(), "invalid_zone");
        let pin = of_change(user::KIND.fields, &object(json!({"pin": "12a4"}))).unwrap_err();
        assert!(pin.code() == "invalid_pin" && !pin.message().contains("12a4"));
    }
}
