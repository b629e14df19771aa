//! Head office's users: log-ins, throttling and sessions.

use axum::body::Body;
use axum::http::Request;
use hub::staff::{Change, NewUser, Role, SaveRefused};
use hub::{Config, Hub};
use serde_json::{Value, json};

use crate::app::{Reply, TestHub};

const LIST: &str = "/v1/hq/outlets";

#[tokio::test]
async fn a_new_hub_makes_one_admin_with_a_random_password_once() {
    let hub = TestHub::start().await;
    assert_eq!(hub.admin.username, "admin");
    assert!(hub.admin.password.len() >= 32);
    let data = hub.log_in("admin", &hub.admin.password).await.ok();
    assert_eq!((&data["user"]["username"], &data["user"]["role"]), (&"admin".into(), &"admin".into()));
    let config = Config { database_url: hub.url.clone(), ..Config::default() };
    let (again, first) = Hub::open(&config, web::time::now()).await.unwrap();
    assert!(first.is_none());
    drop(again);
    let row = hub.rows("username,password_hash", "from hq_users").await.join("");
    assert!(row.starts_with("admin|$argon2id$") && !row.contains(&hub.admin.password));
}

#[tokio::test]
async fn only_users_of_both_roles_may_read() {
    let hub = TestHub::start().await;
    hub.outlet("JKT-001").await;
    hub.add_user("dewi", Role::Viewer, "rahasia").await;
    let viewer = hub.log_in("dewi", "rahasia").await.ok();
    assert_eq!((&viewer["user"]["role"], &viewer["user"]["name"]), (&"viewer".into(), &"dewi".into()));
    let viewer = viewer["token"].as_str().unwrap().to_owned();
    let reads = [
        LIST,
        "/v1/hq/orders",
        "/v1/hq/sales/daily?from=2026-11-01&to=2026-11-30",
        "/v1/hq/sales/products?from=2026-11-01&to=2026-11-30",
    ];
    for path in reads {
        for token in [&viewer, &hub.admin_token().await] {
            hub.get(path, token).await.ok();
        }
        for token in ["", "made up", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."] {
            hub.get(path, token).await.refused(401, "unauthorized");
        }
    }
    hub.get("/v1/hq/orders/a", "made up").await.refused(401, "unauthorized");
}

#[tokio::test]
async fn a_session_ends_on_a_new_password_or_deactivation() {
    let hub = TestHub::start().await;
    hub.add_user("dewi", Role::Viewer, "old").await;
    let token = |reply: serde_json::Value| reply["token"].as_str().unwrap().to_owned();
    let old = token(hub.log_in("dewi", "old").await.ok());
    hub.get(LIST, &old).await.ok();
    hub.add_user("dewi", Role::Admin, "new").await;
    hub.get(LIST, &old).await.refused(401, "unauthorized");
    hub.log_in("dewi", "old").await.refused(401, "invalid_credentials");
    let new = token(hub.log_in("dewi", "new").await.ok());
    hub.get(LIST, &new).await.ok();
    hub.execute("update hq_users set active = 0 where username = 'dewi'", None).await;
    hub.get(LIST, &new).await.refused(401, "unauthorized");
    hub.log_in("dewi", "new").await.refused(401, "invalid_credentials");
}

#[tokio::test]
async fn a_token_of_another_hub_is_refused() {
    let (ours, theirs) = (TestHub::start().await, TestHub::start().await);
    ours.get(LIST, &theirs.admin_token().await).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn wrong_passwords_delay_the_address_and_reveal_no_user() {
    let hub = TestHub::start().await;
    hub.add_user("dewi", Role::Viewer, "right").await;
    let log_in = |from: [u8; 4], username: &str, password: &str| {
        let body = json!({"username": username, "password": password}).to_string();
        let mut request = axum::http::Request::post("/v1/hq/auth/login").body(body.into()).unwrap();
        request.extensions_mut().insert(axum::extract::ConnectInfo(std::net::SocketAddr::from((from, 4711))));
        hub.send(request)
    };
    let (stranger, office) = ([198, 51, 100, 7], [198, 51, 100, 8]);
    let mut answers = Vec::new();
    for username in ["dewi", "nobody"] {
        for _ in 0..20 {
            log_in(stranger, username, "wrong").await.refused(401, "invalid_credentials");
        }
        let locked = log_in(stranger, username, "right").await;
        locked.refused(429, "too_many_attempts");
        let wait: i64 = locked.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((25..=31).contains(&wait), "{wait}");
        answers.push(locked.body["error"].clone());
    }
    assert_eq!(answers[0], answers[1]);
    log_in(office, "dewi", "right").await.ok();
    // A new password resets the count.
    hub.add_user("dewi", Role::Viewer, "other").await;
    log_in(stranger, "dewi", "other").await.ok();
}

/// A log-in whose password is checked while the user changes.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_during_a_user_change_gets_no_session() {
    let hub = TestHub::start().await;
    if hub.url.starts_with("postgres") {
        // On PostgreSQL nothing shows when the row was read: a log-in that reads it after the change may succeed.
        return;
    }
    hub.add_user("dewi", Role::Viewer, "right-password").await;
    let hashes = ["right-password", "another-password"].map(|password| web::secret::hash_pin_now(password).unwrap());
    let [right, another] = hashes;
    let active = |active| Change { active: Some(active), ..Change::default() };
    let password = |hash: &String| Change { password_hash: Some(hash.clone()), ..Change::default() };
    let role = |role| Change { role: Some(role), ..Change::default() };
    let name = Change { name: Some("Dewi S.".to_owned()), ..Change::default() };
    for (what, changes, opens) in [
        ("another password", vec![password(&another)], false),
        ("the same password, set again", vec![password(&right)], false),
        ("another role", vec![role(Role::Admin)], false),
        ("switched off", vec![active(false)], false),
        ("switched off and on", vec![active(false), active(true)], false),
        ("logged out everywhere", vec![], false),
        ("another name", vec![name], true),
    ] {
        let make = async |changes: Vec<Change>| {
            let created = hub.hub.store().write(move |tx| {
                if changes.is_empty() {
                    hub::staff::end_sessions(tx, "dewi")?;
                }
                for change in &changes {
                    hub::staff::change(tx, "dewi", change.clone())?;
                }
                Ok::<_, SaveRefused>(())
            });
            created.await.unwrap();
        };
        make(vec![password(&right), role(Role::Viewer), active(true)]).await;
        // Hashes run one after the other: these delay the log-in until the change is written.
        let before = (0..16).map(|n| tokio::spawn(web::secret::hash_pin(format!("{n}")))).collect::<Vec<_>>();
        let router = hub.router.clone();
        let log_in = tokio::spawn(async move {
            let body = json!({"username": "dewi", "password": "right-password"}).to_string();
            crate::app::send(&router, axum::http::Request::post("/v1/hq/auth/login").body(body.into()).unwrap()).await
        });
        while !hub.get("/metrics", "").await.body.as_str().unwrap().contains("permits_in_use{of=\"log_ins\"} 1") {
            assert!(!log_in.is_finished(), "the hashes before it ended too soon");
        }
        // The log-in reads the user's row next, with one of the readers that these reads occupy.
        for _ in 0..10 {
            hub.count("hq_users").await;
        }
        make(changes).await;
        let is_waiting = before.iter().any(|hash| !hash.is_finished());
        let reply = log_in.await.unwrap();
        assert!(is_waiting, "the change came too late to test anything");
        let token = reply.body["data"]["token"].as_str().unwrap_or_default();
        let holds = hub.get(LIST, token).await.status == 200;
        assert_eq!(holds, opens, "{what}: {}", reply.body);
    }
}

#[tokio::test]
async fn concurrent_guesses_gain_no_attempts() {
    let hub = TestHub::start().await;
    hub.add_user("dewi", Role::Viewer, "right").await;
    let tries = (0..30).map(|_| {
        let router = hub.router.clone();
        tokio::spawn(async move {
            let body = r#"{"username":"dewi","password":"wrong"}"#;
            let request = axum::http::Request::post("/v1/hq/auth/login").body(body.into()).unwrap();
            crate::app::send(&router, request).await.status.as_u16()
        })
    });
    let mut looked_at = 0;
    for one in tries.collect::<Vec<_>>() {
        looked_at += usize::from(one.await.unwrap() == 401);
    }
    assert_eq!(looked_at, 20);
}

#[tokio::test]
async fn an_unknown_name_is_answered_like_a_wrong_password() {
    let hub = TestHub::start().await;
    let (unknown, wrong) = (hub.log_in("nobody", "x").await, hub.log_in("admin", "x").await);
    unknown.refused(401, "invalid_credentials");
    assert_eq!(unknown.body, wrong.body);
    hub.log_in("admin' or 1=1 --", "x").await.refused(401, "invalid_credentials");
}

#[tokio::test]
async fn a_username_is_one_word() {
    let hub = TestHub::start().await;
    for username in ["", "two words", "esc\u{1b}[2J", &"x".repeat(65)] {
        let user = hub::staff::NewUser {
            username: username.to_owned(),
            name: String::new(),
            role: Role::Viewer,
            password_hash: "x".into(),
        };
        let saved = hub.hub.store().write(move |tx| hub::staff::save(tx, &user, web::time::now())).await;
        assert!(matches!(saved, Err(hub::staff::SaveRefused::Username)));
    }
}

#[tokio::test]
async fn head_office_lists_deactivates_and_logs_out_users() {
    let hub = TestHub::start().await;
    let admin = hub.admin_token().await;
    let new = json!({"username": "dewi", "role": "viewer", "password": "Panjang-Sekali-7"});
    let created = hub.ask("POST /v1/hq/users", &admin, &new, None).await.created();
    assert_eq!(
        (&created["username"], &created["name"], &created["active"]),
        (&json!("dewi"), &json!("dewi"), &json!(true))
    );
    hub.ask("POST /v1/hq/users", &admin, &new, None).await.refused(409, "username_taken");
    let listed = hub.get("/v1/hq/users", &admin).await;
    assert!(!listed.body.to_string().contains("argon2"), "{}", listed.body);
    assert_eq!(listed.ok().as_array().unwrap().len(), 2);
    let one = format!("/v1/hq/users/{}", created["id"].as_str().unwrap());
    let log_in = async |password: &str| {
        let data = hub.log_in("dewi", password).await.ok();
        data["token"].as_str().unwrap().to_owned()
    };
    // Each of these changes ends the earlier sessions; a change of the name does not.
    let session = log_in("Panjang-Sekali-7").await;
    hub.ask(&format!("PATCH {one}"), &admin, &json!({"name": "Dewi"}), None).await.ok();
    hub.get(LIST, &session).await.ok();
    for (what, change) in [
        (format!("PATCH {one}"), json!({"password": "Panjang-Sekali-8"})),
        (format!("PATCH {one}"), json!({"role": "admin"})),
        (format!("POST {one}/end-sessions"), Value::Null),
        ("POST /v1/hq/auth/logout".to_owned(), Value::Null),
        (format!("PATCH {one}"), json!({"active": false})),
    ] {
        let password = if change["password"].is_null() { "Panjang-Sekali-8" } else { "Panjang-Sekali-7" };
        let session = log_in(password).await;
        let by = if what.contains("logout") { &session } else { &admin };
        hub.ask(&what, by, &change, None).await.ok();
        hub.get(LIST, &session).await.refused(401, "unauthorized");
    }
    hub.log_in("dewi", "Panjang-Sekali-8").await.refused(401, "invalid_credentials");
    // Active again, the old session stays ended; the username identifies the user, too.
    hub.ask("PATCH /v1/hq/users/dewi", &admin, &json!({"active": true}), None).await.ok();
    hub.get(LIST, &session).await.refused(401, "unauthorized");
    hub.get(LIST, &log_in("Panjang-Sekali-8").await).await.ok();
    hub.ask("PATCH /v1/hq/users/nobody", &admin, &json!({"active": true}), None).await.refused(404, "not_found");
}

#[tokio::test]
async fn head_office_keeps_an_active_admin() {
    let hub = TestHub::start().await;
    let admin = hub.admin_token().await;
    hub.add_user("dewi", Role::Viewer, "rahasia").await;
    for change in [json!({"active": false}), json!({"role": "viewer"})] {
        hub.ask("PATCH /v1/hq/users/admin", &admin, &change, None).await.refused(409, "last_admin");
    }
    let user = NewUser { username: "admin".into(), name: String::new(), role: Role::Viewer, password_hash: "x".into() };
    let saved = hub.hub.store().write(move |tx| hub::staff::save(tx, &user, web::time::now())).await;
    assert!(matches!(saved, Err(SaveRefused::LastAdmin)), "the terminal's door: {saved:?}");
    hub.get(LIST, &admin).await.ok();
    // Two admins who deactivate each other at once: one of them stays active.
    hub.ask("PATCH /v1/hq/users/dewi", &admin, &json!({"role": "admin"}), None).await.ok();
    let dewi = hub.log_in("dewi", "rahasia").await.ok()["token"].as_str().unwrap().to_owned();
    let off = json!({"active": false});
    let (one, two) = tokio::join!(
        hub.ask("PATCH /v1/hq/users/dewi", &admin, &off, None),
        hub.ask("PATCH /v1/hq/users/admin", &dewi, &off, None),
    );
    assert_eq!([one, two].iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(hub.count("hq_users where active = 1 and role = 'admin'").await, 1);
}

#[tokio::test]
async fn an_easily_guessed_password_is_refused_over_the_api() {
    let hub = TestHub::start().await;
    let admin = hub.admin_token().await;
    for password in ["short", "password123", "1234567890", "admin12345", "xxxxxxxxxxxx"] {
        let body = json!({"username": "budi", "role": "viewer", "password": password});
        hub.ask("POST /v1/hq/users", &admin, &body, None).await.refused(422, "invalid_password");
        let changed = hub.ask("PATCH /v1/hq/users/admin", &admin, &json!({"password": password}), None).await;
        changed.refused(422, "invalid_password");
    }
}

/// The `Set-Cookie` of a reply, and the cookie as a browser sends it.
fn cookie(reply: &Reply) -> (String, String) {
    let set = reply.headers["set-cookie"].to_str().unwrap().to_owned();
    let sent = set.split(';').next().unwrap().to_owned();
    (set, sent)
}

async fn by_cookie(hub: &TestHub, what: &str, cookie: &str, body: &Value) -> Reply {
    let (method, path) = what.split_once(' ').unwrap();
    let request = Request::builder().method(method).uri(path).header("cookie", cookie);
    let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
    hub.send(request.header("host", "hub.example.com").body(body).unwrap()).await
}

async fn log_in_with_cookie(hub: &TestHub, username: &str, password: &str) -> Reply {
    let body = json!({"username": username, "password": password, "cookie": true});
    hub.send(Request::post("/v1/hq/auth/login").body(body.to_string().into()).unwrap()).await
}

const ME: &str = "GET /v1/hq/auth/me";

#[tokio::test]
async fn a_page_has_its_session_in_a_cookie_and_logs_out_alone() {
    let hub = TestHub::start().await;
    hub.add_user("dewi", Role::Viewer, "rahasia").await;
    let reply = log_in_with_cookie(&hub, "dewi", "rahasia").await;
    assert_eq!((reply.status.as_u16(), reply.body["data"].get("token")), (200, None));
    let (set, session) = cookie(&reply);
    assert!(set.starts_with("gerai_hq_session="), "{set}");
    assert!(set.ends_with("; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200"), "{set}");
    let me = by_cookie(&hub, ME, &session, &Value::Null).await.ok();
    assert_eq!((&me["user"]["username"], &me["rights"]), (&json!("dewi"), &json!([])));
    assert_eq!(me["expires_at"], reply.body["data"]["expires_at"]);
    assert_eq!(hub.get("/v1/hq/auth/me", &hub.admin_token().await).await.ok()["rights"], json!(["admin"]));
    // An outlet's cookie of the same host is not the hub's.
    let renamed = session.replace("gerai_hq_session", "gerai_session");
    by_cookie(&hub, ME, &renamed, &Value::Null).await.refused(401, "unauthorized");

    let (_, other) = cookie(&log_in_with_cookie(&hub, "dewi", "rahasia").await);
    let (_, third) = cookie(&log_in_with_cookie(&hub, "dewi", "rahasia").await);
    let out = by_cookie(&hub, "POST /v1/hq/auth/logout", &session, &Value::Null).await;
    assert_eq!(out.status, 200);
    assert_eq!(cookie(&out).0, "gerai_hq_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    by_cookie(&hub, ME, &session, &Value::Null).await.refused(401, "unauthorized");
    by_cookie(&hub, ME, &other, &Value::Null).await.ok();
    // Another node, or the same one after a restart, knows that the session has ended.
    let config = Config { database_url: hub.url.clone(), ..Config::default() };
    let (node, _) = Hub::open(&config, web::time::now()).await.unwrap();
    let ended = "select count(*) from ended_sessions";
    assert_eq!(node.store().read(move |tx| tx.first(ended, &[], |row| row.int(0))).await.unwrap(), Some(1));
    by_cookie(&hub, "POST /v1/hq/auth/logout-everywhere", &other, &Value::Null).await.ok();
    by_cookie(&hub, ME, &third, &Value::Null).await.refused(401, "unauthorized");
}

#[tokio::test]
async fn a_foreign_page_cannot_use_head_offices_session() {
    let hub = TestHub::start().await;
    let (_, session) = cookie(&log_in_with_cookie(&hub, "admin", &hub.admin.password.clone()).await);
    let attack = async |headers: &[(&str, &str)]| {
        let mut request = Request::post("/v1/hq/auth/logout-everywhere").header("host", "hub.example.com");
        for (name, value) in [("cookie", session.as_str())].iter().chain(headers) {
            request = request.header(*name, *value);
        }
        hub.send(request.body(Body::empty()).unwrap()).await
    };
    for headers in [
        &[("origin", "https://attacker.example")][..],
        &[("origin", "https://till.hub.example.com"), ("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
    ] {
        attack(headers).await.refused(403, "origin_not_allowed");
    }
    by_cookie(&hub, ME, &session, &Value::Null).await.ok();
    attack(&[("origin", "https://hub.example.com"), ("sec-fetch-site", "same-origin")]).await.ok();
}

#[tokio::test]
async fn a_user_changes_their_password_and_other_sessions_end() {
    let hub = TestHub::start().await;
    hub.add_user("dewi", Role::Viewer, "rahasia").await;
    let (_, page) = cookie(&log_in_with_cookie(&hub, "dewi", "rahasia").await);
    let token = hub.log_in("dewi", "rahasia").await.ok()["token"].as_str().unwrap().to_owned();
    let change = "POST /v1/hq/auth/password";
    let body = |current: &str, new: &str| json!({"current": current, "new": new});
    let invalid = by_cookie(&hub, change, &page, &body("rahasia", "dewi")).await;
    invalid.refused(422, "invalid_password");
    assert_eq!(invalid.body["fields"][0]["path"], "new");
    by_cookie(&hub, change, &page, &body("salah", "Panjang-Sekali-7")).await.refused(401, "invalid_credentials");
    by_cookie(&hub, ME, &page, &Value::Null).await.ok();
    let changed = by_cookie(&hub, change, &page, &body("rahasia", "Panjang-Sekali-7")).await;
    assert_eq!((changed.status.as_u16(), changed.body["data"].get("token")), (200, None));
    let (_, renewed) = cookie(&changed);
    by_cookie(&hub, ME, &renewed, &Value::Null).await.ok();
    by_cookie(&hub, ME, &page, &Value::Null).await.refused(401, "unauthorized");
    hub.get(LIST, &token).await.refused(401, "unauthorized");
    hub.log_in("dewi", "rahasia").await.refused(401, "invalid_credentials");
    let token = hub.log_in("dewi", "Panjang-Sekali-7").await.ok()["token"].as_str().unwrap().to_owned();
    let changed = hub.ask(change, &token, &body("Panjang-Sekali-7", "Panjang-Sekali-8"), None).await;
    assert_eq!(changed.headers.get("set-cookie"), None);
    hub.get(LIST, changed.ok()["token"].as_str().unwrap()).await.ok();
}

#[tokio::test]
async fn wrong_current_passwords_are_delayed_as_at_log_in() {
    let hub = TestHub::start().await;
    hub.add_user("dewi", Role::Viewer, "rahasia").await;
    let (_, page) = cookie(&log_in_with_cookie(&hub, "dewi", "rahasia").await);
    let body = json!({"current": "salah", "new": "Panjang-Sekali-7"});
    for _ in 0..20 {
        by_cookie(&hub, "POST /v1/hq/auth/password", &page, &body).await.refused(401, "invalid_credentials");
    }
    by_cookie(&hub, "POST /v1/hq/auth/password", &page, &body).await.refused(429, "too_many_attempts");
    hub.log_in("dewi", "rahasia").await.refused(429, "too_many_attempts");
}

#[tokio::test]
async fn an_ended_session_is_forgotten_after_a_week_of_running() {
    let hub = TestHub::start().await;
    let token = hub.admin_token().await;
    hub.ask("POST /v1/hq/auth/logout", &token, &Value::Null, None).await.ok();
    let remembered = async |hour: i64, now: jiff::Timestamp| {
        hub.hub.store().write(move |tx| hub::staff::prune_ended_sessions(tx, hour, now)).await.unwrap();
        hub.count("ended_sessions").await
    };
    let now = web::time::now();
    let next_year = now + jiff::SignedDuration::from_hours(24 * 365);
    assert_eq!(remembered(167, next_year).await, 1, "a clock that is ahead revives no session");
    assert_eq!(remembered(168, now).await, 1, "the session would still be valid");
    hub.get(LIST, &token).await.refused(401, "unauthorized");
    assert_eq!(remembered(168, next_year).await, 0);
}
