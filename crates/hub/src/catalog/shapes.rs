//! Request and response shapes for the API description, generated from the fields of a kind.

use std::borrow::Cow;

use serde_json::{Map, Value};
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, SchemaType,
    Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};
use web::Warning;
use web::shapes::{BarcodePattern, ModifierGroup, Variant};

use super::SharedKind;
use super::fields::{Absent, Field, Form};
use super::stored::StoredEntity;

/// An entity in an answer: its declared fields and its version, never a PIN or its hash.
pub(crate) fn shown(kind: &SharedKind, stored: &StoredEntity) -> Map<String, Value> {
    let mut shown = Map::from_iter([("id".to_owned(), stored.id.as_str().into())]);
    for field in kind.fields.iter().filter(|field| is_shown(field)) {
        shown.insert(field.name.to_owned(), stored.document.get(field.name).cloned().unwrap_or_default());
    }
    shown.insert("version".to_owned(), stored.token.n.into());
    shown.insert("deleted".to_owned(), stored.deleted.into());
    shown.insert("changed_by".to_owned(), stored.changed_by.as_str().into());
    shown.insert("changed_at".to_owned(), stored.changed_at.as_str().into());
    shown
}

fn is_shown(field: &Field) -> bool {
    !matches!(field.form, Form::Pin)
}

/// The body of POST; `id` may come from the caller.
pub(super) fn of_new(kind: &SharedKind) -> RefOr<Schema> {
    creation(kind, ObjectBuilder::new()).into()
}

/// The body of POST for several outlets.
pub(super) fn of_many(kind: &SharedKind) -> RefOr<Schema> {
    creation(kind, ObjectBuilder::new().property("outlet_ids", any_outlets()).required("outlet_ids")).into()
}

/// `outlet_ids` of a request.
pub(super) fn any_outlets() -> Schema {
    let all = text("`all`: every active outlet");
    let these = ArrayBuilder::new().items(text("An outlet's id or code"));
    OneOfBuilder::new().item(all).item(these).into()
}

fn creation(kind: &SharedKind, body: ObjectBuilder) -> ObjectBuilder {
    let id = text("UUIDv7; made by the hub if not given");
    let id = id.schema_type(SchemaType::from_iter([Type::String, Type::Null]));
    let body = with_fields(kind, body.property("id", id));
    let required = kind.fields.iter().filter(|field| matches!(field.absent, Absent::Required));
    required.fold(body, |body, field| body.required(field.name))
}

/// The body of PATCH and PUT.
pub(super) fn of_change(kind: &SharedKind) -> RefOr<Schema> {
    with_fields(kind, ObjectBuilder::new()).into()
}

fn with_fields(kind: &SharedKind, body: ObjectBuilder) -> ObjectBuilder {
    let body = kind.fields.iter().fold(body, |body, field| body.property(field.name, of(field)));
    body.additional_properties(Some(AdditionalProperties::FreeForm(false)))
}

/// An entity in an answer.
pub(super) fn of_shown(kind: &SharedKind) -> RefOr<Schema> {
    let whole = |n: &str| ObjectBuilder::new().schema_type(Type::Integer).description(Some(n)).build();
    let flag = |about: &str| ObjectBuilder::new().schema_type(Type::Boolean).description(Some(about)).build();
    let fields = kind.fields.iter().filter(|field| is_shown(field));
    let body = fields.fold(ObjectBuilder::new().property("id", text("UUIDv7")).required("id"), |body, field| {
        body.property(field.name, of(field)).required(field.name)
    });
    body.property("version", whole("For `If-Match`"))
        .required("version")
        .property("deleted", flag("Only its tombstone is left"))
        .required("deleted")
        .property("changed_by", text("An outlet's id, or `hq:` and a user's name"))
        .required("changed_by")
        .property("changed_at", text("RFC 3339 UTC"))
        .required("changed_at")
        .property(
            "warnings",
            ArrayBuilder::new().items(Ref::from_schema_name(Warning::name())).description(Some(WARNINGS)),
        )
        .into()
}

const WARNINGS: &str = "Values that another entity has too, which somebody should check. Only in answers to changes; \
                        absent if there are none";

fn text(about: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(about))
}

fn of(field: &Field) -> Schema {
    if let Some(item) = item_of(field) {
        let item = Ref::from_schema_name(item);
        return ArrayBuilder::new().items(item).description(Some(field.about)).into();
    }
    if let Form::Words(choices, _) = field.form {
        let item = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(choices()));
        return ArrayBuilder::new().items(item).unique_items(true).description(Some(field.about)).into();
    }
    if let Form::Numbers { least, most, .. } = field.form {
        let item = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(most));
        return ArrayBuilder::new().items(item).unique_items(true).description(Some(field.about)).into();
    }
    if let Form::Ids(_) = field.form {
        let item = ObjectBuilder::new().schema_type(Type::String);
        return ArrayBuilder::new().items(item).unique_items(true).description(Some(field.about)).into();
    }
    let plain = match field.form {
        Form::Flag => Type::Boolean,
        Form::Amount | Form::Number { .. } | Form::OneOf(..) => Type::Integer,
        _ => Type::String,
    };
    let schema_type = match field.absent {
        Absent::Null | Absent::IntOrNull(_) => SchemaType::from_iter([plain.clone(), Type::Null]),
        _ => plain.clone().into(),
    };
    let object = ObjectBuilder::new().schema_type(schema_type).description(Some(field.about));
    // If null is allowed, a blank text means null.
    let format = |object: ObjectBuilder, format| match field.absent {
        Absent::Null => object,
        _ => object.format(Some(format)),
    };
    let object = match field.form {
        Form::Text(rule) => {
            let object = object.max_length(Some(rule.max_chars));
            if matches!(field.absent, Absent::Required) { object.min_length(Some(1)) } else { object }
        }
        Form::Pin => object.pattern(Some("^[0-9]{4,8}$")),
        Form::Number { least, most, .. } => object.minimum(Some(least)).maximum(Some(most)),
        Form::Amount => object.minimum(Some(0)),
        Form::OneOf(numbers, _) => object.enum_values(Some(numbers.iter().copied())),
        Form::Word(choices, _) => {
            let words = choices().into_iter().map(Value::from);
            // Otherwise a null would not be one of the values.
            let null = field.absent.allows_null().then_some(Value::Null);
            object.enum_values(Some(words.chain(null)))
        }
        Form::Time => format(object, SchemaFormat::KnownFormat(KnownFormat::DateTime)),
        Form::Date => format(object, SchemaFormat::KnownFormat(KnownFormat::Date)),
        _ => object,
    };
    let object = if plain == Type::Integer {
        object.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
    } else {
        object
    };
    object.build().into()
}

/// The shape of list elements.
fn item_of(field: &Field) -> Option<Cow<'static, str>> {
    match field.form {
        Form::Variants => Some(Variant::name()),
        Form::ModifierGroups => Some(ModifierGroup::name()),
        Form::BarcodePatterns => Some(BarcodePattern::name()),
        _ => None,
    }
}

/// The nested shapes of a kind.
pub(super) fn named(kind: &SharedKind, shapes: &mut Vec<(String, RefOr<Schema>)>) {
    shapes.push((Warning::name().into(), Warning::schema()));
    Warning::schemas(shapes);
    let has = |is: fn(&Form) -> bool| kind.fields.iter().any(|field| is(&field.form));
    if has(|form| matches!(form, Form::BarcodePatterns)) {
        shapes.push((BarcodePattern::name().into(), BarcodePattern::schema()));
    }
    if has(|form| matches!(form, Form::Variants | Form::ModifierGroups)) {
        shapes.push((Variant::name().into(), Variant::schema()));
        shapes.push((ModifierGroup::name().into(), ModifierGroup::schema()));
        ModifierGroup::schemas(shapes);
    }
}

/// Defines the shapes of a kind: for creation, for a change, for answers.
macro_rules! shapes {
    ($kind:expr, $($shape:ident = $make:ident),+) => {$(
        #[doc = "For the API description."]
        pub(crate) struct $shape;
        impl utoipa::PartialSchema for $shape {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::catalog::shapes::$make(&$kind)
            }
        }
        impl utoipa::ToSchema for $shape {
            fn schemas(
                shapes: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>,
            ) {
                $crate::catalog::shapes::named(&$kind, shapes);
            }
        }
    )+};
}
pub(crate) use shapes;
