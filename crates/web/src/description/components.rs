//! Makes one component per shape. utoipa inlines the argument of a generic type (`Success<Order>`) at each use, so
//! client generators would create many types. Equal shapes become references, and unused components are removed.

use std::collections::BTreeSet;

use serde_json::Value;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems};
use utoipa::openapi::{OpenApi, Ref, RefOr, Schema};

const PREFIX: &str = "#/components/schemas/";

/// Replaces each schema that equals a component by a reference, and removes unused components.
pub(super) fn share(api: &mut OpenApi) {
    let named = names(api);
    api.paths.paths.values_mut().flat_map(super::operations).flat_map(schemas).for_each(|schema| refer(schema, &named));
    for schema in api.components.iter_mut().flat_map(|components| components.schemas.values_mut()) {
        children(schema).into_iter().for_each(|child| refer(child, &named));
    }
    remove_unused(api);
}

/// The object components. Two equal ones are both omitted, since neither can replace the other.
fn names(api: &OpenApi) -> Vec<(String, RefOr<Schema>)> {
    let components = || api.components.iter().flat_map(|components| &components.schemas);
    let is_object = |schema: &RefOr<Schema>| matches!(schema, RefOr::T(Schema::Object(o)) if !o.properties.is_empty());
    let is_alone = |schema: &RefOr<Schema>| components().filter(|(_, other)| *other == schema).count() == 1;
    let named = components().filter(|(_, schema)| is_object(schema) && is_alone(schema));
    named.map(|(name, schema)| (name.clone(), schema.clone())).collect()
}

/// The schemas of an operation's bodies.
fn schemas(operation: &mut Operation) -> impl Iterator<Item = &mut RefOr<Schema>> {
    let responses = operation.responses.responses.values_mut().filter_map(|response| match response {
        RefOr::T(response) => Some(response.content.values_mut()),
        RefOr::Ref(_) => None,
    });
    let request = operation.request_body.iter_mut().filter_map(|request| match request {
        RefOr::T(request) => Some(request.content.values_mut()),
        RefOr::Ref(_) => None,
    });
    responses.flatten().chain(request.flatten()).filter_map(|content| match content {
        RefOr::T(content) => content.schema.as_mut(),
        RefOr::Ref(_) => None,
    })
}

fn refer(schema: &mut RefOr<Schema>, named: &[(String, RefOr<Schema>)]) {
    match named.iter().find(|(_, component)| component == schema) {
        Some((name, _)) => *schema = RefOr::Ref(Ref::from_schema_name(name)),
        None => children(schema).into_iter().for_each(|child| refer(child, named)),
    }
}

/// The direct child schemas.
fn children(schema: &mut RefOr<Schema>) -> Vec<&mut RefOr<Schema>> {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            let others = object.additional_properties.as_deref_mut().and_then(|others| match others {
                AdditionalProperties::RefOr(schema) => Some(schema),
                AdditionalProperties::FreeForm(_) => None,
            });
            object.properties.values_mut().chain(others).collect()
        }
        RefOr::T(Schema::Array(array)) => match &mut array.items {
            ArrayItems::RefOrSchema(items) => vec![items],
            ArrayItems::False => Vec::new(),
        },
        RefOr::T(Schema::OneOf(of)) => of.items.iter_mut().collect(),
        RefOr::T(Schema::AllOf(of)) => of.items.iter_mut().collect(),
        RefOr::T(Schema::AnyOf(of)) => of.items.iter_mut().collect(),
        RefOr::T(_) | RefOr::Ref(_) => Vec::new(),
    }
}

fn remove_unused(api: &mut OpenApi) {
    let Some(components) = &mut api.components else { return };
    let as_json = |value: Result<Value, serde_json::Error>| value.unwrap_or_default();
    let mut used = BTreeSet::new();
    let mut open = references(&as_json(serde_json::to_value(&api.paths)));
    while let Some(name) = open.pop() {
        if let Some(schema) = components.schemas.get(&name).filter(|_| used.insert(name)) {
            open.extend(references(&as_json(serde_json::to_value(schema))));
        }
    }
    components.schemas.retain(|name, _| used.contains(name));
}

/// The components that a value refers to.
fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => {
            let named = map.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix(PREFIX));
            named.map(str::to_owned).into_iter().chain(map.values().flat_map(references)).collect()
        }
        Value::Array(list) => list.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_shapes_share_a_component_and_unused_ones_are_removed() {
        let thing = json!({"type": "object", "properties": {"id": {"type": "string"}}});
        let answer = json!({"type": "object", "properties": {"data": {"type": "array", "items": thing}}});
        let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}});
        let mut api: OpenApi = serde_json::from_value(json!({
            "openapi": "3.1.0",
            "info": {"title": "t", "version": "1"},
            "paths": {"/things": {"get": {"responses": {"200": {"description": "OK", "content": content}}}}},
            "components": {"schemas": {"Thing": thing, "Answer": answer, "Unused": {"type": "string"}}},
        }))
        .unwrap();
        share(&mut api);
        let shared = serde_json::to_value(&api).unwrap()["components"]["schemas"].clone();
        assert_eq!(shared["Answer"]["properties"]["data"]["items"], json!({"$ref": "#/components/schemas/Thing"}));
        assert_eq!(shared.as_object().unwrap().keys().collect::<Vec<_>>(), ["Answer", "Thing"]);
    }
}
