//! The API description where it once said something else than the hub does.

use serde_json::{Value, json};

fn shape(name: &str) -> Value {
    let described = serde_json::to_value(hub::api()).unwrap();
    described["components"]["schemas"][name].clone()
}

/// The words of a field that names its shape.
fn words(of: &Value) -> Value {
    shape(of["$ref"].as_str().unwrap().rsplit('/').next().unwrap())["enum"].clone()
}

#[test]
fn an_outlet_and_its_webhook_are_described_by_states_of_their_own() {
    let heard = &shape("OutletSummary")["properties"];
    assert_eq!(words(&heard["state"]), json!(["active", "revoked", "unknown"]));
    assert_eq!(words(&heard["webhook"]["oneOf"][0]), json!(["active", "failing", "gone", "unknown"]));
}

#[test]
fn a_strategy_is_described_as_an_enum() {
    assert_eq!(words(&shape("Resolve")["properties"]["strategy"]), json!(["local_wins", "cloud_wins"]));
}

#[test]
fn a_batch_may_leave_out_what_is_empty() {
    let required = shape("Batch")["required"].clone();
    let needed = ["protocol", "epoch", "batch_no", "batch_id", "complete_through", "items"];
    assert_eq!(required, json!(needed));
}

#[test]
fn the_id_of_a_new_entity_may_be_null_as_it_may_be_left_out() {
    assert_eq!(shape("NewCategory")["properties"]["id"]["type"], json!(["string", "null"]));
}
