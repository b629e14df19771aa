//! A database server in trouble: outlets are told to come again, and nothing of theirs is to blame.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use hub::Hub;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use crate::app::{TestHub, coffee};

#[tokio::test]
async fn a_database_without_room_takes_the_sale_when_there_is_some_again() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let sale = [outlet.order(1, &coffee("o1"))];
    // As the server says it where it cannot extend a file, where its disk fails, and where its memory is used up.
    for state in ["53100", "58030", "53200"] {
        let refuse = format!(
            "create or replace function no_room() returns trigger language plpgsql as
               $$ begin raise exception 'no room' using errcode = '{state}'; end $$"
        );
        hub.execute(String::leak(refuse), None).await;
        hub.execute("create trigger no_room before insert on documents for each row execute function no_room()", None)
            .await;
        let batch = outlet.batch(&sale);
        let refused = outlet.post(&batch).await;
        refused.refused(503, "disk_full");
        assert!(refused.headers.contains_key("retry-after"));
        hub.execute("drop trigger no_room on documents", None).await;
    }
    assert_eq!(hub.count("chains where batch_no > 0").await, 0);
    outlet.push(&sale).await;
    assert_eq!(hub.rows("orders", "from daily_sales").await, ["1"]);
}

#[tokio::test]
async fn a_standby_that_takes_no_writes_is_left_for_a_server_that_does() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let sale = [outlet.order(1, &coffee("o1"))];
    // The connection lives on when its server has stood down; only what it says shows that.
    hub.execute(
        "create function stood_down() returns trigger language plpgsql as
           $$ begin raise exception 'read-only' using errcode = '25006'; end $$",
        None,
    )
    .await;
    hub.execute(
        "create trigger stood_down before insert on documents for each row execute function stood_down()",
        None,
    )
    .await;
    let batch = outlet.batch(&sale);
    outlet.post(&batch).await.refused(503, "database_unreachable");
    hub.execute("drop trigger stood_down on documents", None).await;
    outlet.push(&sale).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_on_one_machine_make_a_snapshot_at_once_and_each_is_whole() {
    let hub = TestHub::start().await;
    let other = Hub::open(&hub.config, web::time::now()).await.unwrap().0;
    assert_eq!(hub.hub.store().snapshots_path(), other.store().snapshots_path(), "they share the folder");
    for n in 0..10 {
        let mut outlet = hub.outlet(&format!("JKT-{n}")).await;
        let items: Vec<Value> = (0..500).map(|n| outlet.table(&format!("t{n}"))).collect();
        outlet.push(&items).await;
        let get = |router: axum::Router| {
            let request = Request::get(format!("/v1/outlets/{}/snapshot", outlet.id))
                .header(header::AUTHORIZATION, format!("Bearer {}", outlet.key));
            async move {
                let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK);
                let etag = answer.headers()["etag"].to_str().unwrap().trim_matches('"').to_owned();
                let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
                assert_eq!(sync::snapshot::hex(&Sha256::digest(&bytes)), etag);
            }
        };
        tokio::join!(get(hub.router.clone()), get(other.router()));
    }
}
