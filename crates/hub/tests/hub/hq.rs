//! Who may do what at head office: every route, for nobody, a viewer and an admin.

use serde_json::{Value, json};

use crate::app::TestHub;

/// Every route that changes something, with a body that is not looked at before the role is.
fn writes(outlet: &str) -> Vec<String> {
    let one = "01a204c6-6178-7523-9903-ece36a4a5132";
    let mut writes = Vec::new();
    for many in ["products", "categories", "charges", "customers"] {
        writes.push(format!("POST /v1/hq/{many}"));
        writes.push(format!("PATCH /v1/hq/{many}/{one}"));
        writes.push(format!("DELETE /v1/hq/{many}/{one}"));
    }
    let of_outlet = [
        "POST users",
        "PATCH users/ID",
        "DELETE users/ID",
        "PATCH settings",
        "PUT products/ID",
        "DELETE products/ID",
        "POST announcements",
        "DELETE announcements/ID",
        "PUT webhook",
        "POST webhook/rotate-secret",
        "DELETE webhook",
    ];
    writes.extend(of_outlet.map(|what| {
        let (method, rest) = what.split_once(' ').unwrap();
        format!("{method} /v1/hq/outlets/{outlet}/{}", rest.replace("ID", one))
    }));
    writes.push("POST /v1/hq/users".to_owned());
    writes.push(format!("PATCH /v1/hq/users/{one}"));
    writes.push(format!("POST /v1/hq/users/{one}/end-sessions"));
    writes.push("POST /v1/hq/announcements".to_owned());
    writes.push(format!("PATCH /v1/hq/announcements/{one}"));
    writes.push(format!("POST /v1/hq/conflicts/{one}/resolve"));
    writes.push(format!("POST /v1/hq/quarantine/{outlet}/{one}/0/discard"));
    writes.push(format!("POST /v1/hq/quarantine/{outlet}/{one}/0/accept"));
    for list in ["outlets", "unapplied"] {
        writes.extend(
            ["retry", "discard"].map(|what| format!("POST /v1/hq/quarantine/{list}/{outlet}/order/{one}/{what}")),
        );
    }
    writes
}

/// Every route that shows something.
fn reads(outlet: &str) -> Vec<String> {
    let mut reads: Vec<_> =
        ["products", "categories", "charges", "customers"].map(|many| format!("GET /v1/hq/{many}")).to_vec();
    reads.extend(
        ["users", "settings", "products", "announcements", "webhook"]
            .map(|of| format!("GET /v1/hq/outlets/{outlet}/{of}")),
    );
    reads.extend(
        ["users", "drawers", "conflicts", "quarantine", "quarantine/outlets", "health"]
            .map(|what| format!("GET /v1/hq/{what}")),
    );
    reads.push(format!("GET /v1/hq/statements?outlet_id={outlet}&from=2026-11-22&to=2026-11-22"));
    reads
}

#[tokio::test]
async fn viewers_look_admins_change_and_nobody_else_does_either() {
    let hub = TestHub::start().await;
    let mut outlet = hub.outlet("JKT-001").await;
    let settings = json!({"entity_type": "setting", "entity_id": "outlet", "fields": {"zone": [null, "Asia/Jakarta"]}});
    let item = [outlet.item(settings)];
    outlet.push(&item).await;
    let (admin, viewer) = (hub.admin_token().await, hub.viewer_token().await);
    let url = json!({"url": "https://pos.example.com/api/v1/webhooks/cloud"});
    hub.ask("PUT /v1/hq/outlets/JKT-001/webhook", &admin, &url, None).await.ok();
    let routes = [reads(&outlet.id), writes(&outlet.id)].concat();
    // Nothing of the description is forgotten here.
    let described = serde_json::to_value(hub::api()).unwrap();
    let hq = described["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/v1/hq/"));
    let shared = hq.filter(|(path, _)| {
        !["/v1/hq/auth", "/v1/hq/orders", "/v1/hq/sales"].iter().any(|own| path.starts_with(own))
            && *path != "/v1/hq/outlets"
            && !path.ends_with("/revoke-key")
    });
    let gets_of_one = 5;
    let methods: usize = shared.map(|(_, methods)| methods.as_object().unwrap().len()).sum();
    assert_eq!(routes.len(), methods - gets_of_one);
    for what in routes {
        hub.ask(&what, "", &json!({}), None).await.refused(401, "unauthorized");
        hub.ask(&what, &outlet.key, &json!({}), None).await.refused(401, "unauthorized");
        let (seen, done) =
            (hub.ask(&what, &viewer, &json!({}), None).await, hub.ask(&what, &admin, &json!({}), None).await);
        assert!(![401, 403, 405, 500].contains(&done.status.as_u16()), "{what}: {}", done.body);
        if what.starts_with("GET") {
            assert_eq!((seen.status.as_u16(), done.status.as_u16()), (200, 200), "{what}: {}", seen.body);
        } else {
            seen.refused(403, "forbidden");
        }
    }
    assert_eq!(hub.count("stream_entries where entity_type <> 'setting'").await, 0);
}

#[tokio::test]
async fn an_outlet_is_found_by_id_or_code_unless_revoked() {
    let hub = TestHub::start().await;
    let outlet = hub.outlet("JKT-001").await;
    let admin = hub.admin_token().await;
    let user = json!({"username": "sari", "role": "cashier", "pin": "4711"});
    hub.ask("POST /v1/hq/outlets/JKT-001/users", &admin, &user, None).await.made();
    for path in ["/v1/hq/outlets/JKT-001/users".to_owned(), format!("/v1/hq/outlets/{}/users", outlet.id)] {
        assert_eq!(hub.get(&path, &admin).await.ok().as_array().unwrap().len(), 1);
    }
    hub.get("/v1/hq/outlets/nowhere/users", &admin).await.refused(404, "not_found");
    hub.ask("POST /v1/hq/outlets/nowhere/users", &admin, &user, None).await.refused(404, "not_found");
    hub.hub.store().write(|tx| hub::outlets::revoke(tx, "JKT-001")).await.unwrap();
    let path = format!("POST /v1/hq/outlets/{}/users", outlet.id);
    hub.ask(&path, &admin, &Value::Null, None).await.refused(400, "malformed_json");
    hub.ask(&path, &admin, &user, None).await.refused(409, "outlet_revoked");
}
