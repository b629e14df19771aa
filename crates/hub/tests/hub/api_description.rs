//! Parts of the API description that once differed from the hub's answers.

use serde_json::{Value, json};

fn shape(name: &str) -> Value {
    let described = serde_json::to_value(hub::api()).unwrap();
    described["components"]["schemas"][name].clone()
}

/// The values of a field that refers to a schema.
fn words(of: &Value) -> Value {
    shape(of["$ref"].as_str().unwrap().rsplit('/').next().unwrap())["enum"].clone()
}

#[test]
fn outlet_and_webhook_states_are_separate_schemas() {
    let outlet = &shape("OutletSummary")["properties"];
    assert_eq!(words(&outlet["state"]), json!(["active", "revoked", "unknown"]));
    assert_eq!(words(&outlet["webhook"]["oneOf"][0]), json!(["active", "failing", "gone", "unknown"]));
}

#[test]
fn a_strategy_is_described_as_an_enum() {
    assert_eq!(words(&shape("Resolve")["properties"]["strategy"]), json!(["local_wins", "cloud_wins"]));
}

#[test]
fn empty_batch_fields_are_optional() {
    let required = shape("Batch")["required"].clone();
    let needed = ["protocol", "epoch", "batch_no", "batch_id", "complete_through", "items"];
    assert_eq!(required, json!(needed));
}

#[test]
fn the_id_of_a_new_entity_is_optional_and_nullable() {
    assert_eq!(shape("NewCategory")["properties"]["id"]["type"], json!(["string", "null"]));
}
