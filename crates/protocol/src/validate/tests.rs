use serde_json::json;

use super::*;
use crate::entity::{DECISION, ENTITIES, Encoding, RESOLUTION, find};

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("not an object") };
    object
}

/// A valid value for a field.
fn valid_value(field: &Field) -> Value {
    match field.value_type {
        ValueType::Text(_) | ValueType::DisplayText(_) | ValueType::Time | ValueType::Json | ValueType::Id => {
            "a".into()
        }
        ValueType::EnumValue(names) => names[0].into(),
        ValueType::Int(least, most) => 1.clamp(least, most).into(),
        ValueType::OneOf(numbers) => numbers[0].into(),
        ValueType::Money | ValueType::Amount => 1_000.into(),
        ValueType::Date => "2026-11-28".into(),
        ValueType::LocalMinute => "2026-11-28T17:00".into(),
        ValueType::Zone => "Asia/Jakarta".into(),
        ValueType::Flag => false.into(),
        ValueType::List(_) => json!([]),
    }
}

fn all_entities() -> impl Iterator<Item = &'static Entity> {
    ENTITIES.iter().chain([&RESOLUTION, &DECISION])
}

fn valid_fields(fields: &[Field]) -> Map<String, Value> {
    fields.iter().map(|field| (field.name.to_owned(), valid_value(field))).collect()
}

fn id_for(entity: &Entity) -> &'static str {
    if entity.is_single() { SINGLE_ID } else { "x" }
}

fn valid_document(entity: &Entity) -> Map<String, Value> {
    let mut document = valid_fields(entity.fields);
    document.insert("id".to_owned(), id_for(entity).into());
    for child in entity.children {
        let mut row = valid_fields(child.fields);
        row.insert("id".to_owned(), "y".into());
        document.insert(child.name.to_owned(), json!([row]));
    }
    document
}

/// Values that are invalid for a field of this type.
fn bad_for(value_type: ValueType) -> Vec<Value> {
    let accepts = |value: &Value| match value_type {
        ValueType::Json => value.is_string(),
        ValueType::DisplayText(_) => value == "a\0b",
        _ => false,
    };
    bad_for_all().into_iter().filter(|value| !accepts(value)).collect()
}

fn bad_for_all() -> Vec<Value> {
    vec![json!({"a": 1}), json!([[[]]]), json!(1.5), json!(1e300), json!("a\0b"), json!("x".repeat(10_000))]
}

#[test]
fn every_field_rejects_values_of_other_types() {
    for entity in all_entities() {
        let valid = valid_document(entity);
        assert_eq!(document(entity, id_for(entity), &valid), Ok(()), "{}", entity.name);
        for field in entity.fields {
            for value in bad_for(field.value_type) {
                let mut broken = valid.clone();
                broken.insert(field.name.to_owned(), value.clone());
                let invalid = document(entity, id_for(entity), &broken).unwrap_err();
                assert_eq!(invalid.code(), INVALID_DOCUMENT, "{}.{}: {value}", entity.name, field.name);
                assert!(invalid.to_string().contains(field.name), "{invalid}");
                assert!(fields(entity, &broken).is_err());
            }
            let mut null = valid.clone();
            null.insert(field.name.to_owned(), Value::Null);
            assert_eq!(
                document(entity, id_for(entity), &null).is_ok(),
                field.optional,
                "{}.{}",
                entity.name,
                field.name
            );
            let mut absent = valid.clone();
            absent.remove(field.name);
            assert_eq!(document(entity, id_for(entity), &absent), Ok(()), "{}.{}", entity.name, field.name);
        }
        for child in entity.children {
            for field in child.fields {
                for value in bad_for(field.value_type) {
                    let mut broken = valid.clone();
                    broken[child.name][0][field.name] = value.clone();
                    let invalid = document(entity, id_for(entity), &broken).unwrap_err().to_string();
                    assert!(invalid.contains(&format!("{}[0].{}", child.name, field.name)), "{invalid}: {value}");
                }
            }
            let mut many = valid.clone();
            many[child.name] = vec![many[child.name][0].clone(); child.max_rows + 1].into();
            assert!(document(entity, id_for(entity), &many).is_err(), "{}", child.name);
        }
    }
}

#[test]
fn an_entity_is_complete_with_its_required_fields() {
    for entity in all_entities() {
        let valid = valid_document(entity);
        for field in entity.fields {
            let (mut absent, mut null) = (valid.clone(), valid.clone());
            absent.remove(field.name);
            null.insert(field.name.to_owned(), Value::Null);
            let expected = if field.is_required() { Err(Invalid::Missing(field.name.to_owned())) } else { Ok(()) };
            assert_eq!(complete(entity.fields, &absent), expected, "{}.{}", entity.name, field.name);
            assert_eq!(complete(entity.fields, &null), expected, "{}.{}", entity.name, field.name);
        }
    }
    let missing = Invalid::Missing("name".to_owned());
    assert_eq!((missing.code(), missing.to_string().contains("'name'")), (MISSING_FIELD, true));
}

#[test]
fn outlet_owned_documents_require_all_mandatory_fields() {
    for entity in all_entities() {
        let (id, valid) = (id_for(entity), valid_document(entity));
        assert_eq!(super::complete_document(entity, id, &valid), Ok(()), "{}", entity.name);
        for field in entity.fields {
            let mut absent = valid.clone();
            absent.remove(field.name);
            assert_eq!(
                super::complete_document(entity, id, &absent).is_err(),
                field.is_required(),
                "{}.{}",
                entity.name,
                field.name
            );
        }
        for child in entity.children {
            let names = child.fields.iter().map(|field| (field.name, field.is_required())).chain([("id", true)]);
            for (name, is_required) in names {
                let mut absent = valid.clone();
                absent[child.name][0].as_object_mut().unwrap().remove(name);
                let missing = Invalid::Missing(format!("{}[0].{name}", child.name));
                let expected = if is_required { Err(missing) } else { Ok(()) };
                assert_eq!(super::complete_document(entity, id, &absent), expected);
            }
        }
    }
}

#[test]
fn an_id_must_be_one_that_outlets_can_store() {
    let (product, setting) = (find("product").unwrap(), find("setting").unwrap());
    assert_eq!((id_of(product, "kopi 1"), id_of(setting, SINGLE_ID)), (Ok(()), Ok(())));
    assert_eq!(id_of(product, "kopi☕"), Err(Invalid::Id));
    assert_eq!(id_of(setting, "another"), Err(Invalid::NotSingle));
    // References in an order have no check and must not block its money.
    let order = find("order").unwrap();
    assert_eq!(fields(order, &object(json!({"cashier_id": "kopi☕"}))), Ok(()));
    assert!(fields(order, &object(json!({"cashier_id": "a\nb"}))).is_err());
    let mut lines = valid_document(order);
    lines["lines"][0]["id"] = "kopi☕".into();
    assert!(document(order, "x", &lines).is_err());
}

#[test]
fn a_fields_type_matches_its_encoding() {
    let children = ENTITIES.iter().flat_map(|entity| entity.children).flat_map(|child| child.fields);
    for field in all_entities().flat_map(|entity| entity.fields).chain(children) {
        let kind = match field.value_type {
            ValueType::Flag if field.optional => Encoding::OptionalFlag,
            ValueType::Flag => Encoding::Flag,
            ValueType::List(_) => Encoding::List,
            _ => Encoding::Plain,
        };
        assert_eq!(field.encoding, kind, "{}", field.name);
        assert!(!field.value_type.to_string().is_empty());
    }
}

#[test]
fn numbers_and_dates_have_limits() {
    let product = |price: Value| fields(find("product").unwrap(), &object(json!({"price": price})));
    assert_eq!(product(json!(money::MAX_AMOUNT)), Ok(()));
    assert_eq!(product(json!(-1)).unwrap_err().code(), INVALID_DOCUMENT);
    for beyond in [json!(money::MAX_AMOUNT + 1), json!(i64::MAX)] {
        assert_eq!(product(beyond).unwrap_err().code(), "amount_too_large");
    }
    assert_eq!(product(json!(u64::MAX)).unwrap_err().code(), INVALID_DOCUMENT);
    let order = |date: &str| fields(find("order").unwrap(), &object(json!({"business_date": date})));
    // A clock without a battery, west of Greenwich, and the latest date that sorts as text.
    assert_eq!((order("1969-12-31"), order("9999-12-31")), (Ok(()), Ok(())));
    for date in ["0001-01-01", "1899-12-31", "-009999-01-01", "2026-02-30", "2026-1-1", "x"] {
        assert!(order(date).is_err(), "{date}");
    }
}

#[test]
fn a_charge_that_cannot_be_calculated_is_rejected() {
    let charge = find("charge").unwrap();
    let with = |name: &str, value: Value| {
        let mut document = valid_document(charge);
        document.insert("kind".to_owned(), "tax".into());
        document.insert(name.to_owned(), value);
        document
    };
    assert_eq!(document(charge, "x", &with("rate_bp", json!(1_000))), Ok(()));
    for (name, value) in [
        ("rate_bp", json!(1_001)),
        ("base_num", json!(2)),
        ("base_num", json!(i64::MAX)),
        ("base_den", json!(0)),
        ("valid_from", json!("x")),
        ("name", json!("")),
    ] {
        assert!(document(charge, "x", &with(name, value.clone())).is_err(), "{name} {value}");
    }
    let broken = with("base_num", json!(2));
    assert!(rules(charge, &broken, |name| name == "base_num").is_err());
    assert_eq!(rules(charge, &broken, |name| name == "active"), Ok(()), "it can be switched off");
}

#[test]
fn lists_must_be_valid_for_the_till() {
    let product = |name: &str, value: Value| fields(find("product").unwrap(), &object(json!({name: value})));
    let variant = |change: fn(&mut Value)| {
        let mut variant = json!({"available": true, "id": "a", "name": "b", "price": 1});
        change(&mut variant);
        json!([variant])
    };
    assert_eq!(product("variants", variant(|_| ())), Ok(()));
    let broken: [fn(&mut Value); 5] = [
        |v| v["price"] = json!(1.0),
        |v| v["price"] = json!(10_000_000_000_000_000_i64),
        |v| v["x"] = json!(1),
        |v| v["name"] = json!(""),
        |v| v["id"] = json!("a b"),
    ];
    for change in broken {
        assert!(product("variants", variant(change)).is_err());
    }
    let many: Vec<_> = (0..5_000).map(|n| json!({"id": n.to_string(), "name": "b", "price": 1})).collect();
    assert!(product("variants", many.into()).is_err());
    for not_a_list in [json!("[]"), json!({}), Value::Null] {
        assert!(product("variants", not_a_list.clone()).is_err() && product("modifier_groups", not_a_list).is_err());
    }
    let group = json!([{"id": "g", "name": "g", "min_selections": 100, "max_selections": 1, "options": []}]);
    assert!(product("modifier_groups", group).is_err());
}

#[test]
fn size_and_depth_have_one_limit_for_every_reader() {
    let of_bytes = |bytes: usize| format!(r#"{{"x":"{}"}}"#, "x".repeat(bytes - 8));
    assert_eq!(of_bytes(MAX_ENTITY_BYTES).len(), MAX_ENTITY_BYTES);
    assert!(read(&of_bytes(MAX_ENTITY_BYTES)).is_ok());
    assert_eq!(read(&of_bytes(MAX_ENTITY_BYTES + 1)).unwrap_err().code(), TOO_LARGE);
    let nested = |depth: usize| format!(r#"{{"x":{}1{}}}"#, "[".repeat(depth - 1), "]".repeat(depth - 1));
    let deepest = read(&nested(MAX_DEPTH)).unwrap();
    assert_eq!(check_size_of(&deepest), Ok(()));
    for depth in [MAX_DEPTH + 1, 127, 128, 1_000_000] {
        for refused in [read(&nested(depth)).err(), read_stored(&nested(depth)).err(), raw(&nested(depth)).err()] {
            if depth < 100_000 {
                assert_eq!(refused, Some(Invalid::TooDeep), "{depth}");
            } else {
                assert!(refused.is_some());
            }
        }
    }
    let deeper = object(
        json!({"x": serde_json::from_str::<Value>(&format!("{}1{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH))).unwrap()}),
    );
    assert_eq!(check_size_of(&deeper), Err(Invalid::TooDeep));
    assert_eq!(parse::depth(r#"{"a":"[[[{\"[","b":[]}"#), 2, "brackets in a string do not count");
}

#[test]
fn a_duplicate_json_key_is_rejected_at_any_depth() {
    assert!(read(r#"{"a": 1, "b": {"a": 1}}"#).is_ok());
    for twice in [r#"{"total": 1, "total": 2}"#, r#"{"a": [{"b": 1, "b": 1}]}"#, r#"{"a": 1, "\u0061": 1}"#] {
        assert!(read(twice).unwrap_err().to_string().contains("twice"), "{twice}");
    }
    for unreadable in ["", "[]", "1", r#"{"a": 1e400}"#, r#"{"a": "\ud83d"}"#, r#"{"a": 1} x"#] {
        assert_eq!(read(unreadable).unwrap_err().code(), INVALID_DOCUMENT, "{unreadable}");
    }
}

#[test]
fn fields_of_a_later_version_are_accepted() {
    let table = find("table").unwrap();
    let newer = object(json!({"id": "x", "name": "4", "shape": {"round": [true, 1.5, null]}}));
    assert_eq!(document(table, "x", &newer), Ok(()));
    assert_eq!(document(table, "other", &newer).unwrap_err().code(), INVALID_DOCUMENT);
    for wrong in ["", "a\0b", &"x".repeat(129)] {
        assert_eq!(document(table, wrong, &Map::new()), Err(Invalid::Id));
    }
}
