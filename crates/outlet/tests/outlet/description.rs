//! Regression tests for the API description.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::TestOutlet;

fn shape(name: &str) -> Value {
    let described = serde_json::to_value(outlet::routes::api()).unwrap();
    described["components"]["schemas"][name].clone()
}

fn names(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_statement_figures_are_separate_shapes() {
    let outlet = TestOutlet::alone().await;
    let health = outlet.admin().get("/api/v1/sync/health").await.data().clone();
    let mut described = names(&shape("SyncFigures")["properties"]);
    described.extend(["state", "reasons", "unknown"].map(str::to_owned));
    assert_eq!(names(&health), described);
    let day = outlet.admin().get("/api/v1/sync/statement?date=2026-11-22").await.data()["outlet"].clone();
    assert_eq!(names(&day), names(&shape("DayFigures")["properties"]));
}
