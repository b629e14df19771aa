//! Work in the background: verification and comparison with head office, with progress and cancellation.

use serde_json::{Value, json};
use testkit::{Answer, Fault, TestOutlet, behind_proxy, eventually};

async fn start(outlet: &TestOutlet, body: Value) -> Value {
    let answer = outlet.admin().post("/api/v1/jobs", &body).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    answer.data().clone()
}

fn path(job: &Value) -> String {
    format!("/api/v1/jobs/{}", job["id"].as_str().unwrap())
}

async fn cancel(outlet: &TestOutlet, job: &Value) -> Answer {
    outlet.admin().call("DELETE", &path(job), &Value::Null).await
}

/// The job when it has ended.
async fn ended(outlet: &TestOutlet, job: &Value) -> Value {
    eventually("the job has ended", || async { outlet.admin().get(&path(job)).await.data()["state"] != "running" })
        .await;
    outlet.admin().get(&path(job)).await.data().clone()
}

fn comparisons(outlet: &TestOutlet) -> i64 {
    outlet.shell().query_row("select count(*) from sync_reconcile", [], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_is_a_job_with_a_result() {
    let (_hub, _proxy, mut outlet) = behind_proxy().await;
    outlet.sell_many(5).await;
    outlet.synced().await;
    let expected = outlet.admin().post("/api/v1/sync/verify", &json!({})).await.data().clone();
    let job = start(&outlet, json!({"kind": "verify"})).await;
    assert_eq!((&job["kind"], &job["result"], &job["ended_at"]), (&json!("verify"), &Value::Null, &Value::Null));
    assert!(job["total"].as_i64().unwrap() > 5);
    let job = ended(&outlet, &job).await;
    assert_eq!((&job["state"], &job["result"], &job["error"]), (&json!("done"), &expected, &Value::Null));
    assert_eq!((&job["done"], &job["done"]), (&job["total"], &expected["compared"]));
    let resync = start(&outlet, json!({"kind": "resync", "scope": "owned"})).await;
    let resync = ended(&outlet, &resync).await;
    assert_eq!(resync["state"], "done");
    assert!(resync["done"].as_i64().unwrap() >= 5, "{resync}");
    let listed = outlet.admin().get("/api/v1/jobs").await.data().clone();
    assert_eq!(listed, json!([resync, job]), "newest first");
    assert_eq!(cancel(&outlet, &job).await.data(), &job, "what has ended stays as it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_job_can_be_cancelled_and_runs_only_once() {
    let (_hub, proxy, outlet) = behind_proxy().await;
    proxy.set(Fault::Silent);
    for body in [json!({"kind": "verify"}), json!({"kind": "resync"})] {
        let job = start(&outlet, body.clone()).await;
        let again = outlet.admin().post("/api/v1/jobs", &body).await;
        assert_eq!((again.refusal(), &again.body["args"]["id"]), ((409, "job_running"), &job["id"]));
        let cancelled = cancel(&outlet, &job).await.data().clone();
        assert_eq!((&cancelled["state"], cancelled["ended_at"].is_string()), (&json!("cancelled"), true));
    }
    assert_eq!(comparisons(&outlet), 0);
    for (method, path) in [("GET", "/api/v1/jobs/x"), ("DELETE", "/api/v1/jobs/x")] {
        assert_eq!(outlet.admin().call(method, path, &Value::Null).await.refusal(), (404, "not_found"));
    }
    for body in [
        json!({}),
        json!({"kind": "sleep"}),
        json!({"kind": "verify", "scope": "all"}),
        json!({"kind": "resync", "repair": true}),
    ] {
        assert_eq!(outlet.admin().post("/api/v1/jobs", &body).await.refusal(), (422, "invalid_body"), "{body}");
    }
    let lonely = TestOutlet::alone().await;
    for kind in ["verify", "resync"] {
        let refused = lonely.admin().post("/api/v1/jobs", &json!({"kind": kind})).await;
        assert_eq!(refused.refusal(), (409, "cloud_not_configured"));
    }
    assert_eq!(*lonely.admin().get("/api/v1/jobs").await.data(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_that_sync_needs_is_not_cancelled() {
    let (_hub, proxy, outlet) = behind_proxy().await;
    proxy.set(Fault::Unplugged);
    let job = start(&outlet, json!({"kind": "resync", "scope": "all"})).await;
    // As after a gap in the hub's stream.
    outlet
        .app()
        .db
        .write(|tx| replica::progress::range::begin(tx, replica::progress::range::Scope::Shared, web::time::now()))
        .await
        .unwrap();
    assert_eq!(cancel(&outlet, &job).await.refusal(), (409, "job_not_cancellable"));
    assert_eq!(comparisons(&outlet), 2, "nothing was cancelled");
    assert_eq!(outlet.admin().get(&path(&job)).await.data()["state"], "running");
    proxy.set(Fault::None);
    outlet.admin().post("/api/v1/sync/trigger", &json!({})).await.data();
    assert_eq!(ended(&outlet, &job).await["state"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_goes_on_after_a_restart_as_a_new_job() {
    let (_hub, proxy, outlet) = behind_proxy().await;
    proxy.set(Fault::Unplugged);
    let job = start(&outlet, json!({"kind": "resync", "scope": "owned"})).await;
    let outlet = outlet.restart().await;
    let listed = outlet.admin().get("/api/v1/jobs").await.data().clone();
    assert_eq!((&listed[0]["kind"], &listed[0]["state"]), (&json!("resync"), &json!("running")));
    assert_ne!(listed[0]["id"], job["id"]);
    assert_eq!(outlet.admin().get("/api/v1/jobs").await.data().as_array().unwrap().len(), 1);
    proxy.set(Fault::None);
    outlet.admin().post("/api/v1/sync/trigger", &json!({})).await.data();
    assert_eq!(ended(&outlet, &listed[0]).await["state"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_fails_if_head_office_cannot_be_reached() {
    let (_hub, proxy, outlet) = behind_proxy().await;
    proxy.set(Fault::Unplugged);
    let job = start(&outlet, json!({"kind": "verify"})).await;
    let job = ended(&outlet, &job).await;
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("sync_failed")));
    assert!(job["error"]["message"].as_str().unwrap().len() > 20);
}
