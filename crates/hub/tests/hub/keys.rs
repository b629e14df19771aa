//! A key authorizes its own outlet only.

use axum::body::Body;
use axum::http::{Request, header};
use hub::outlets::{self, AddRefused, FindRefused, OutletState};
use protocol::updates::EnrollRequest;

use crate::app::{TestHub, coffee, send};

#[tokio::test]
async fn a_key_authorizes_only_its_outlet() {
    let hub = TestHub::start().await;
    let mut one = hub.outlet("JKT-001").await;
    let two = hub.outlet("JKT-002").await;
    let item = [one.order(1, &coffee("a"))];
    let batch = one.batch(&item);

    let mut stranger = one.clone();
    stranger.key = "made up".into();
    stranger.post(&batch).await.refused(401, "unauthorized");
    stranger.key = two.key.clone();
    stranger.post(&batch).await.refused(403, "forbidden");
    stranger.key = hub.admin_token().await;
    stranger.post(&batch).await.refused(401, "unauthorized");
    stranger.key = String::new();
    stranger.post(&batch).await.refused(401, "unauthorized");
    let without_key = Request::post(format!("/v1/outlets/{}/sync/batch", one.id)).body(Body::from("{}")).unwrap();
    let reply = send(&hub.router, without_key).await;
    reply.refused(401, "unauthorized");
    assert_eq!(reply.headers["www-authenticate"], "Bearer");
    assert_eq!(hub.count("documents").await, 0);
    one.push(&item).await;
}

async fn rotate(hub: &TestHub) -> String {
    let rotated = hub.hub.store().write(|tx| outlets::rotate_key(tx, "JKT-001", web::time::now())).await.unwrap();
    rotated.api_key
}

#[tokio::test]
async fn the_old_key_is_valid_until_the_new_one_is_used() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    for first_use in ["push", "updates", "documents"] {
        let mut new = outlet.clone();
        new.key = rotate(&hub).await;
        outlet.push(&[]).await;
        outlet.pull("", "").await;
        let request = Request::get("/v1/ping")
            .header("x-outlet-id", &new.id)
            .header(header::AUTHORIZATION, format!("Bearer {}", new.key));
        hub.send(request.body(Body::empty()).unwrap()).await.ok();
        outlet.push(&[]).await;

        (new.no, new.last) = (outlet.no, outlet.last.clone());
        match first_use {
            "push" => assert!(new.push(&[]).await.is_empty()),
            read => drop(new.get(read).await.ok()),
        }
        outlet.post(&outlet.batch(&[])).await.refused(401, "unauthorized");
        outlet.get("updates").await.refused(401, "unauthorized");
        assert_eq!(hub.rows("previous_key_hash,previous_key_until", "from outlets").await, ["|"]);
        outlet = new;
    }
}

#[tokio::test]
async fn the_old_key_expires_even_if_the_new_one_was_never_used() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let unused = rotate(&hub).await;
    // Another rotation before the first key was used: the key in use stays valid, the unused one becomes invalid.
    let new = rotate(&hub).await;
    outlet.push(&[]).await;
    let mut other = outlet.clone();
    other.key = unused;
    other.get("updates").await.refused(401, "unauthorized");

    hub.execute("update outlets set previous_key_until = ?1", Some(web::time::text(web::time::now()))).await;
    outlet.post(&outlet.batch(&[])).await.refused(401, "unauthorized");
    outlet.get("updates").await.refused(401, "unauthorized");
    outlet.key = new;
    outlet.push(&[]).await;
}

#[tokio::test]
async fn revoking_ends_both_keys_at_once() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let mut new = outlet.clone();
    new.key = rotate(&hub).await;
    hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-001", web::time::now())).await.unwrap();
    for outlet in [outlet, new] {
        outlet.post(&outlet.batch(&[])).await.refused(403, "outlet_revoked");
        outlet.get("updates").await.refused(403, "outlet_revoked");
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused_until_the_outlet_enrolls_again() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let mut new = outlet.clone();
    new.key = rotate(&hub).await;
    let make = |tx: &mut store::Tx<'_>| outlets::enroll_code(tx, "JKT-001", web::time::now());
    let old_code = hub.hub.store().write(make).await.unwrap().enroll_code;
    for _ in 0..2 {
        hub.hub.store().write(|tx| outlets::revoke_key(tx, "JKT-001", web::time::now())).await.unwrap();
        for outlet in [&outlet, &new] {
            outlet.post(&outlet.batch(&[])).await.refused(401, "unauthorized");
            outlet.get("updates").await.refused(401, "unauthorized");
        }
        let refusal = new.get("updates").await.body.to_string();
        assert!(refusal.contains("revoked") && refusal.contains("gerai enroll"), "{refusal}");
    }
    let enroll = |code: String| {
        let request = EnrollRequest { code, epoch_id: "e2".into(), epoch_number: 1, api_key: "k".repeat(40) };
        hub.hub.store().write(move |tx| outlets::enroll(tx, &request, web::time::now()))
    };
    assert!(enroll(old_code).await.is_err(), "the thief may have the code too");
    let code = hub.hub.store().write(make).await.unwrap().enroll_code;
    enroll(code).await.unwrap();
    let mut joined = outlet.clone();
    joined.key = "k".repeat(40);
    joined.get("updates?epoch=e2").await.ok();
    new.get("updates").await.refused(401, "unauthorized");
}

#[tokio::test]
async fn a_revoked_outlet_is_refused_and_its_sales_stay() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let item = [outlet.order(1, &coffee("a"))];
    outlet.push(&item).await;
    let id = outlet.id.clone();
    let revoked = hub.hub.store().write(move |tx| outlets::revoke(tx, &id, web::time::now())).await.unwrap();
    assert_eq!(revoked.state, OutletState::Revoked);
    outlet.post(&outlet.batch(&[])).await.refused(403, "outlet_revoked");
    let id = outlet.id.clone();
    let again = hub.hub.store().write(move |tx| outlets::rotate_key(tx, &id, web::time::now())).await;
    assert!(matches!(again, Err(FindRefused::Revoked(_))), "{again:?}");

    let token = hub.admin_token().await;
    assert_eq!(hub.get("/v1/hq/orders/a", &token).await.ok()["outlet_code"], "JKT-001");
    let successor = hub.outlet("JKT-001").await;
    let states = hub.get("/v1/hq/outlets", &token).await.ok();
    let states: Vec<_> = states.as_array().unwrap().iter().map(|o| (o["id"].as_str(), o["state"].as_str())).collect();
    assert!(states.contains(&(Some(&outlet.id), Some("revoked"))), "{states:?}");
    assert!(states.contains(&(Some(&successor.id), Some("active"))), "{states:?}");
}

#[tokio::test]
async fn codes_are_unique_among_active_outlets_and_fit_order_numbers() {
    let hub = TestHub::start().await;
    hub.outlet("JKT-001").await;
    let add = |code: &'static str, name: &'static str| {
        hub.hub.store().write(move |tx| outlets::add(tx, code, name, web::time::now()))
    };
    for code in ["JKT-001", "jkt-001", " Jkt-001 "] {
        assert!(matches!(add(code, "x").await, Err(AddRefused::CodeTaken { code }) if code == "JKT-001"), "{code}");
    }
    assert!(matches!(add("", "x").await, Err(AddRefused::Code)));
    assert!(matches!(add("JKT 1", "x").await, Err(AddRefused::Code)));
    assert!(matches!(add("JKT-2", "  ").await, Err(AddRefused::Name(_))));
    let unknown = hub.hub.store().write(|tx| outlets::revoke(tx, "JKT-9", web::time::now())).await;
    assert!(matches!(unknown, Err(FindRefused::Unknown(_))), "{unknown:?}");
    assert_eq!(hub.count("outlets").await, 1);
}

#[tokio::test]
async fn no_key_or_code_is_stored_in_plain_text() {
    let hub = TestHub::start().await;
    let added = hub.hub.store().write(|tx| outlets::add(tx, "JKT-001", "Kemang", web::time::now())).await.unwrap();
    assert_eq!(added.enroll_code.len(), 14);
    let row = hub.rows("api_key_hash,enroll_code_hash,outlet_id", "from outlets").await.join("");
    assert!(!row.contains(&added.api_key) && !row.contains(&added.enroll_code), "{row}");
    assert!(row.ends_with(&added.outlet_id));
}
