//! Sessions end, and log-in delays are reset, when any program changes the user accordingly. An outlet always has an
//! active admin.

use outlet::SyncEnv;
use rusqlite::Connection;
use serde_json::{Value, json};
use testkit::{Browser, Fault, Http, Proxy, TestHub, TestOutlet, eventually};

const PIN: &str = "2468";

/// The hash of a PIN that no user has in these tests.
async fn new_hash() -> String {
    web::secret::hash_pin("97531".to_owned()).await.unwrap()
}

async fn is_valid(session: &Http) -> bool {
    let answer = session.get("/api/v1/orders").await;
    assert!([200, 401].contains(&answer.status), "{}", answer.text);
    answer.status == 200
}

async fn log_in(outlet: &TestOutlet, username: &str, pin: &str) -> u16 {
    let body = json!({"username": username, "password": pin});
    Http::new(outlet.admin().base()).post("/api/v1/auth/login", &body).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn any_change_of_pin_role_or_state_ends_the_sessions() {
    let outlet = TestOutlet::alone().await;
    let (shell, hash) = (outlet.shell(), new_hash().await);
    outlet.member("waiter").await;
    let id: String = shell.query_row("select id from users where username = 'waiter'", [], |row| row.get(0)).unwrap();
    let insert_waiter = "insert into users (id, username, name, role, pin_hash)
        select ?1, 'waiter', 'Waiter', 'waiter', pin_hash from users where username = 'admin'";
    let replace = insert_waiter.replace("insert", "insert or replace");
    let old_hash: String =
        shell.query_row("select pin_hash from users where id = ?1", [&id], |row| row.get(0)).unwrap();
    for change in [
        "update users set pin_hash = '' where id = ?1",
        "update users set role = 'cashier' where id = ?1",
        "update users set active = 0 where id = ?1; update users set active = 1 where id = ?1",
        "update users set id = 'x' where id = ?1; update users set id = ?1 where id = 'x'",
        &format!("delete from users where id = ?1; {insert_waiter}"),
        &replace,
    ] {
        let reset = "update users set role = 'waiter', active = 1, pin_hash = ?2 where id = ?1";
        shell.execute(reset, [&id, &old_hash]).unwrap();
        let session = Http::new(outlet.admin().base()).log_in("waiter", PIN).await;
        shell.execute("update users set name = name || '!' where id = ?1", [&id]).unwrap();
        assert!(is_valid(&session).await, "a new name ends nothing");
        shell.execute_batch(&change.replace("?1", &format!("'{id}'")).replace("''", &format!("'{hash}'"))).unwrap();
        assert!(!is_valid(&session).await, "{change}");
    }
    assert!(is_valid(outlet.admin()).await, "nobody else's sessions end");
}

#[tokio::test(flavor = "multi_thread")]
async fn head_offices_change_of_a_user_ends_sessions_and_delays() {
    let hub = TestHub::start().await;
    let outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    outlet.member("waiter").await;
    outlet.synced().await;
    let boss = hub.boss().await;
    let users = boss.get("/v1/hq/outlets/JKT-001/users").await.data().clone();
    let waiter = users.as_array().unwrap().iter().find(|user| user["username"] == "waiter").unwrap();
    let path = format!("/v1/hq/outlets/JKT-001/users/{}", waiter["id"].as_str().unwrap());
    let mut pin = PIN;
    for (change, pin_after) in [
        (json!({"pin": "135790"}), "135790"),
        (json!({"role": "cashier"}), "135790"),
        (json!({"pin": "864213", "active": true}), "864213"),
    ] {
        let session = Http::new(outlet.admin().base()).log_in("waiter", pin).await;
        for _ in 0..6 {
            log_in(&outlet, "waiter", "9999").await;
        }
        assert_eq!(log_in(&outlet, "waiter", pin).await, 429, "six wrong PINs delay all attempts from there");
        boss.call("PATCH", &path, &change).await.data();
        eventually("the session ends", || async { !is_valid(&session).await }).await;
        assert_eq!(log_in(&outlet, "waiter", pin_after).await, 200, "{change}");
        pin = pin_after;
    }
    let session = Http::new(outlet.admin().base()).log_in("waiter", pin).await;
    boss.call("PATCH", &path, &json!({"active": false})).await.data();
    eventually("the session ends", || async { !is_valid(&session).await }).await;
    assert_eq!(log_in(&outlet, "waiter", pin).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_new_pin_resets_a_guessers_attempts() {
    let outlet = TestOutlet::alone().await;
    let (shell, hash) = (outlet.shell(), new_hash().await);
    outlet.member("waiter").await;
    let spend =
        "insert or replace into sign_ins (user_id, bucket, failed_in_a_row, locked_until, spent, spent_at, trusted)
        select id, ?1, 9, '2999-01-01T00:00:00.000Z', 30, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 1 from users
        where username = 'waiter'";
    for bucket in ["login 127.0.0.1", "login", "approve"] {
        shell.execute(spend, [bucket]).unwrap();
    }
    let spent = || buckets(&shell);
    shell.execute("update users set role = 'cashier' where username = 'waiter'", []).unwrap();
    let [address, other_addresses, approvals] = spent();
    assert_eq!((address, other_addresses, approvals), ((0, 30), (0, 30), (9, 30)));
    assert_eq!(log_in(&outlet, "waiter", PIN).await, 429, "the reserve is used up");
    shell.execute("update users set pin_hash = ?1 where username = 'waiter'", [&hash]).unwrap();
    assert_eq!(spent(), [(0, 0), (0, 0), (9, 30)]);
    assert_eq!(log_in(&outlet, "waiter", "97531").await, 200);
    let trusted = "select count(*) from sign_ins where bucket = 'login 127.0.0.1' and trusted = 1";
    let trusted: i64 = shell.query_row(trusted, [], |row| row.get(0)).unwrap();
    assert!(trusted >= 1, "addresses with a successful log-in are remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delay_from_a_clock_that_was_ahead_ends() {
    let outlet = TestOutlet::alone().await;
    let shell = outlet.shell();
    outlet.member("waiter").await;
    let bucket =
        "insert or replace into sign_ins (user_id, bucket, failed_in_a_row, locked_until, spent, spent_at, trusted)
        select id, 'login 127.0.0.1', 5, '2999-01-01T00:00:00.000Z', 30, '2999-01-01T00:00:00.000Z', 1 from users
        where username = 'waiter'";
    shell.execute(bucket, []).unwrap();
    assert_eq!(log_in(&outlet, "waiter", PIN).await, 429);
    // From now on the delay counts from now: no stored time is far in the future.
    let ahead = "select count(*) from sign_ins where max(coalesce(locked_until, ''), coalesce(spent_at, ''))
        > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 minute')";
    let ahead: i64 = shell.query_row(ahead, [], |row| row.get(0)).unwrap();
    assert_eq!(ahead, 0);
    let three_hours_pass =
        "update sign_ins set locked_until = strftime('%Y-%m-%dT%H:%M:%fZ', locked_until, '-181 minutes'),
        spent_at = strftime('%Y-%m-%dT%H:%M:%fZ', spent_at, '-181 minutes') where bucket like 'login%'";
    shell.execute(three_hours_pass, []).unwrap();
    assert_eq!(log_in(&outlet, "waiter", PIN).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_accounts_give_no_more_attempts_at_approvers_pins() {
    let mut outlet = TestOutlet::alone().await;
    let shell = outlet.shell();
    let order = outlet.sell().await;
    let void = json!({"reason": "salah", "manager_pin": "8642"});
    let path = format!("/api/v1/orders/{}/void", order["id"].as_str().unwrap());
    let first = outlet.member("cashier").await;
    assert_eq!(first.post(&path, &void).await.refusal(), (403, "wrong_manager_pin"));
    let shared = "select spent from sign_ins where user_id = 'everybody' and bucket = 'approve'";
    assert_eq!(shell.query_row(shared, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    shell.execute("update sign_ins set spent = 600 where user_id = 'everybody'", []).unwrap();
    assert_eq!(
        outlet.member("waiter").await.post(&path, &void).await.refusal(),
        (429, "too_many_attempts"),
        "a fresh account"
    );
}

/// A log-in whose PIN is checked while the user changes.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_during_a_user_change_gets_no_session() {
    let outlet = TestOutlet::alone().await;
    let (shell, app, hash) = (outlet.shell(), outlet.app(), new_hash().await);
    outlet.member("waiter").await;
    let id: String = shell.query_row("select id from users where username = 'waiter'", [], |row| row.get(0)).unwrap();
    let old_hash: String =
        shell.query_row("select pin_hash from users where id = ?1", [&id], |row| row.get(0)).unwrap();
    let insert_waiter =
        "insert into users (id, username, name, role, pin_hash) values ('?1', 'waiter', 'Waiter', 'waiter', '?2')";
    for change in [
        "update users set pin_hash = '?3' where id = '?1'",
        "update users set role = 'cashier' where id = '?1'",
        "update users set active = 0 where id = '?1'",
        "update users set active = 0 where id = '?1'; update users set active = 1 where id = '?1'",
        "insert into sync_sign_out values ('?1', 0)",
        &format!("delete from users where id = '?1'; {insert_waiter}"),
        "delete from users where id = '?1'",
        // No relevant change: the log-in succeeds.
        "update users set name = name || '!' where id = '?1'",
    ] {
        shell.execute("delete from users where id = ?1", [&id]).unwrap();
        let change = change.replace("?1", &id).replace("?2", &old_hash).replace("?3", &hash);
        shell.execute_batch(&insert_waiter.replace("?1", &id).replace("?2", &old_hash)).unwrap();
        // The log-in has read the user's row before it waits for the lock.
        let lock = app.attempt_locks.lock(&id).await;
        let http = Http::new(outlet.admin().base());
        let log_in = tokio::spawn(async move {
            let answer = http.post("/api/v1/auth/login", &json!({"username": "waiter", "password": PIN})).await;
            (answer.status, answer.body["data"]["token"].as_str().map(|token| http.with_token(token)))
        });
        eventually("the log-in is under way", || async { app.log_ins.in_use() == 1 }).await;
        shell.execute_batch(&change).unwrap();
        drop(lock);
        let (status, session) = log_in.await.unwrap();
        let is_open = match &session {
            Some(session) => is_valid(session).await,
            None => false,
        };
        let succeeds = change.contains("name ||");
        assert_eq!((status == 200 && is_open, session.is_some()), (succeeds, succeeds), "{change}: {status}");
    }
}

/// Failures in a row and spent attempts of the waiter's three buckets.
fn buckets(shell: &Connection) -> [(i64, i64); 3] {
    ["login 127.0.0.1", "login", "approve"].map(|bucket| {
        let sql = "select failed_in_a_row, spent from sign_ins s join users u on u.id = s.user_id
            where bucket = ?1 and username = 'waiter'";
        shell.query_row(sql, [bucket], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_correct_log_ins_all_succeed() {
    let outlet = TestOutlet::alone().await;
    outlet.member("waiter").await;
    let base = outlet.admin().base().to_owned();
    let all = (0..24).map(|n| {
        let (http, name, pin) = (Http::new(&base), ["waiter", "admin"][n % 2], [PIN, "1234"][n % 2]);
        tokio::spawn(async move {
            http.post("/api/v1/auth/login", &json!({"username": name, "password": pin})).await.status
        })
    });
    for one in all.collect::<Vec<_>>() {
        assert_eq!(one.await.unwrap(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_approvers_pin_approves_for_any_number_of_approvers() {
    let mut outlet = TestOutlet::alone().await;
    let waiter = outlet.member("waiter").await;
    let (shell, hash) = (outlet.shell(), new_hash().await);
    let many = "with recursive n(n) as (values (1) union all select n + 1 from n where n < 24)
        insert into users (id, username, name, role, pin_hash)
        select 'm' || n, 'm' || n, 'M', 'manager', pin_hash from n, users where username = 'admin'";
    shell.execute(many, []).unwrap();
    let last = "insert into users (id, username, name, role, pin_hash) values ('z', 'z', 'Z', 'manager', ?1)";
    shell.execute(last, [&hash]).unwrap();
    let order = outlet.sell().await;
    let path = format!("/api/v1/orders/{}/void", order["id"].as_str().unwrap());
    let void = |pin: &'static str| json!({"reason": "salah", "manager_pin": pin});
    // A paid order cannot be voided; that is checked after the PIN.
    assert_eq!(waiter.post(&path, &void("8642")).await.refusal(), (403, "wrong_manager_pin"));
    assert_ne!(waiter.post(&path, &void("97531")).await.refusal().1, "wrong_manager_pin");
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_two_admins_on_two_sides_leaves_one() {
    let hub = TestHub::start().await;
    let proxy = Proxy::before(&hub.url()).await;
    let outlet = TestOutlet::of(proxy.url(), &hub.add_outlet("JKT-001").await).await;
    let boss = hub.boss().await;
    let staff = "/v1/hq/outlets/JKT-001/users";
    for (n, change) in [json!({"active": false}), json!({"role": "cashier"}), Value::Null].into_iter().enumerate() {
        let [here, there] = ["here", "there"].map(|side| format!("{side}{n}"));
        let admin = Http::new(outlet.admin().base()).log_in("admin", "1234").await;
        let (mut ids, mut sessions) = (vec![], vec![]);
        for username in [&here, &there] {
            let new = json!({"username": username, "role": "admin", "pin": PIN});
            ids.push(admin.post("/api/v1/users", &new).await.data()["id"].as_str().unwrap().to_owned());
            sessions.push(Http::new(outlet.admin().base()).log_in(username, PIN).await);
        }
        outlet.shell().execute("update users set active = username in (?1, ?2)", [&here, &there]).unwrap();
        eventually("all is at head office", || async {
            let users = boss.get(staff).await.data().clone();
            users.as_array().unwrap().iter().filter(|user| user["active"] == true).count() == 2
        })
        .await;
        // Each side still has another admin.
        proxy.set(Fault::Unplugged);
        let path = format!("/api/v1/users/{}", ids[0]);
        sessions[1].call("PATCH", &path, &json!({"active": false})).await.data();
        let path = format!("{staff}/{}", ids[1]);
        match &change {
            Value::Null => drop(boss.call("DELETE", &path, &Value::Null).await.body),
            change => drop(boss.call("PATCH", &path, change).await.data().clone()),
        }
        proxy.set(Fault::None);
        eventually("head office's change is unapplied", || async {
            let unapplied = sessions[1].get("/api/v1/sync/unapplied").await.data().clone();
            unapplied.as_array().unwrap().iter().any(|unapplied| {
                unapplied["entity_id"] == ids[1].as_str()
                    && unapplied["message"].as_str().unwrap().contains("last active admin")
            })
        })
        .await;
        assert!(is_valid(&sessions[1]).await, "the remaining admin stays logged in");
        let refused = outlet.shell().execute("delete from users where id = ?1", [&ids[1]]).unwrap_err();
        assert!(refused.to_string().contains("last active admin"), "{refused}");
        // When there is another admin, head office's change is applied automatically.
        outlet.shell().execute("update users set active = 1 where username = 'admin'", []).unwrap();
        let admin = Http::new(outlet.admin().base()).log_in("admin", "1234").await;
        eventually("no update is unapplied", || async {
            admin.post("/api/v1/sync/unapplied/retry", &Value::Null).await.data();
            admin.get("/api/v1/sync/unapplied").await.data() == &json!([])
        })
        .await;
        eventually("their session ends", || async { !is_valid(&sessions[1]).await }).await;
    }
}

const LOG_IN: &str = "/api/v1/auth/login";
const LOG_OUT: &str = "/api/v1/auth/logout";
const ME: &str = "/api/v1/auth/me";

#[tokio::test(flavor = "multi_thread")]
async fn a_log_out_ends_one_session_also_across_a_restart() {
    let outlet = TestOutlet::alone().await;
    let one = outlet.member("waiter").await;
    let other = Http::new(outlet.admin().base()).log_in("waiter", PIN).await;
    one.post(LOG_OUT, &Value::Null).await.data();
    assert!(!is_valid(&one).await && is_valid(&other).await);
    assert_eq!(one.post(LOG_OUT, &Value::Null).await.refusal(), (401, "unauthorized"));
    let outlet = outlet.restart().await;
    let again = |session: &Http| Http::new(outlet.admin().base()).with_token(session.token());
    assert!(!is_valid(&again(&one)).await, "a restart does not revive a session");
    let other = again(&other);
    assert!(is_valid(&other).await && is_valid(outlet.admin()).await);
    let another = Http::new(outlet.admin().base()).log_in("waiter", PIN).await;
    another.post("/api/v1/auth/logout-everywhere", &Value::Null).await.data();
    assert!(!is_valid(&another).await && !is_valid(&other).await && is_valid(outlet.admin()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_is_forgotten_after_a_week_of_running() {
    let outlet = TestOutlet::alone().await;
    let waiter = outlet.member("waiter").await;
    waiter.post(LOG_OUT, &Value::Null).await.data();
    let (db, shell) = (outlet.app().db.clone(), outlet.shell());
    let remembered = || shell.query_row("select count(*) from ended_sessions", [], |row| row.get::<_, i64>(0)).unwrap();
    let hours = async |hours: usize, now: jiff::Timestamp| {
        for _ in 0..hours {
            db.write(move |tx| access::ended::hour_passed(tx, now)).await.unwrap();
        }
        remembered()
    };
    let now = web::time::now();
    let next_year = now + jiff::SignedDuration::from_hours(24 * 365);
    assert_eq!(hours(167, next_year).await, 1, "a clock that is ahead revives no session");
    assert_eq!(hours(2, now).await, 1, "the session would still be valid");
    assert!(!is_valid(&waiter).await);
    assert_eq!(hours(1, next_year).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_logs_in_with_a_cookie_that_scripts_cannot_read() {
    let outlet = TestOutlet::alone().await;
    outlet.member("cashier").await;
    let browser = Browser::new(outlet.admin().base());
    assert_eq!(browser.get(ME).await.refusal(), (401, "unauthorized"));
    let answer = browser.log_in(LOG_IN, "cashier", PIN).await;
    assert_eq!((answer.data().get("token"), &answer.data()["user"]["username"]), (None, &json!("cashier")));
    let [set] = browser.last_set().try_into().unwrap();
    assert!(set.ends_with("; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200"), "{set}");
    let me = browser.get(ME).await;
    assert_eq!(me.data()["expires_at"], answer.data()["expires_at"]);
    assert_eq!(me.data()["user"]["role"], "cashier");
    assert_eq!(me.data()["rights"], json!(["sell", "take_payment"]));
    let expires_at: jiff::Timestamp = me.data()["expires_at"].as_str().unwrap().parse().unwrap();
    let seconds = expires_at.duration_since(web::time::now()).as_secs();
    assert!((43_000..=43_200).contains(&seconds), "{seconds}");

    // Another cookie session of the same user continues when this one ends.
    let other = Browser::new(outlet.admin().base());
    other.log_in(LOG_IN, "cashier", PIN).await.data();
    let stolen = browser.cookie(outlet.session_cookie()).unwrap();
    browser.post(LOG_OUT, &Value::Null).await.data();
    let cleared = format!("{}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0", outlet.session_cookie());
    assert_eq!(browser.last_set(), [cleared]);
    assert_eq!(browser.cookie(outlet.session_cookie()), None);
    browser.set_cookie(outlet.session_cookie(), &stolen);
    assert_eq!(browser.get(ME).await.refusal(), (401, "unauthorized"));
    other.get(ME).await.data();

    // A header precedes the cookie, also if it is invalid.
    let admin = format!("Bearer {}", outlet.admin().token());
    let me = other.call_with("GET", ME, &[("authorization", &admin)], &Value::Null).await;
    assert_eq!(me.data()["user"]["username"], "admin");
    let invalid = other.call_with("GET", ME, &[("authorization", "Bearer x")], &Value::Null).await;
    assert_eq!(invalid.refusal(), (401, "unauthorized"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_pin_renews_a_cookie_session_and_ends_the_others() {
    let outlet = TestOutlet::alone().await;
    let waiter = outlet.member("waiter").await;
    let browser = Browser::new(outlet.admin().base());
    browser.log_in(LOG_IN, "waiter", PIN).await.data();
    let before = browser.cookie(outlet.session_cookie()).unwrap();
    let change = json!({"current_pin": PIN, "new_pin": "86420"});
    let answer = browser.post("/api/v1/auth/pin", &change).await;
    assert_eq!(answer.data().get("token"), None, "the token of a page is in its cookie only");
    assert_ne!(browser.cookie(outlet.session_cookie()).unwrap(), before);
    browser.get(ME).await.data();
    assert!(!is_valid(&waiter).await);
    let header = outlet.admin().post("/api/v1/auth/pin", &json!({"current_pin": "1234", "new_pin": "86420"})).await;
    assert!(header.data()["token"].is_string());
}

/// SameSite counts other ports and subdomains of a host as the same site, so a page there sends the cookie.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_cannot_use_the_session_of_a_browser() {
    let edge = web::Edge::parse("", "http://192.168.1.5:3000", Some("")).unwrap();
    let outlet = TestOutlet::configured(SyncEnv::default(), edge).await;
    let browser = Browser::new(outlet.admin().base());
    let own = outlet.admin().base().to_owned();
    browser.log_in(LOG_IN, "admin", "1234").await.data();
    let category = json!({"name": "Serangan"});
    let attack = async |method: &str, path: &str, headers: &[(&str, &str)], body: &Value| {
        let answer = browser.call_with(method, path, headers, body).await;
        (answer.status, answer.body["error"].as_str().unwrap_or_default().to_owned())
    };
    let refused = (403, "origin_not_allowed".to_owned());
    for headers in [
        &[("origin", "http://127.0.0.1:9999"), ("sec-fetch-site", "same-site")][..],
        &[("origin", "null"), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
        // Over plain HTTP browsers send `Origin` only.
        &[("origin", "http://attacker.example")],
        // A configured origin uses a token, not the cookie.
        &[("origin", "http://192.168.1.5:3000"), ("sec-fetch-site", "cross-site")],
    ] {
        assert_eq!(attack("POST", "/api/v1/categories", headers, &category).await, refused, "{headers:?}");
        // Without a body a browser asks no permission first.
        assert_eq!(attack("POST", LOG_OUT, headers, &Value::Null).await, refused, "{headers:?}");
        assert_eq!(attack("POST", "/api/v1/sync/trigger", headers, &Value::Null).await, refused, "{headers:?}");
    }
    for site in ["same-site", "cross-site"] {
        let image = [("sec-fetch-site", site), ("sec-fetch-mode", "no-cors")];
        assert_eq!(attack("GET", "/api/v1/events", &image, &Value::Null).await, refused);
    }
    // A form can declare no JSON.
    let form = [("content-type", "text/plain"), ("origin", own.as_str())];
    assert_eq!(attack("POST", "/api/v1/categories", &form, &category).await.0, 415);
    let link = [("sec-fetch-site", "same-site"), ("sec-fetch-mode", "navigate")];
    assert_eq!(attack("GET", ME, &link, &Value::Null).await.0, 200);
    assert!(!browser.get("/api/v1/categories").await.text.contains("Serangan"));
    browser.post("/api/v1/categories", &category).await.data();
}

/// A page on another port of this host can add a cookie, but cannot choose as whom a till sells.
#[tokio::test(flavor = "multi_thread")]
async fn a_second_session_cookie_is_not_accepted() {
    let outlet = TestOutlet::alone().await;
    let waiter = outlet.member("waiter").await;
    let name = outlet.session_cookie();
    let both = format!("{name}={}; {name}={}", waiter.token(), outlet.admin().token());
    let browser = Browser::new(outlet.admin().base());
    let answer = browser.call_with("GET", ME, &[("cookie", &both)], &Value::Null).await;
    assert_eq!(answer.refusal(), (401, "unauthorized"));
}

const LOCKOUTS: &str = "/api/v1/users/lockouts";

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_unlocks_staff_but_not_an_admin() {
    let outlet = TestOutlet::alone().await;
    let manager = outlet.member("manager").await;
    outlet.member("waiter").await;
    assert_eq!(manager.get(LOCKOUTS).await.data()["users"], json!([]));
    for username in ["waiter", "admin"] {
        for _ in 0..5 {
            assert_eq!(log_in(&outlet, username, "9999").await, 401);
        }
        assert_eq!(log_in(&outlet, username, "9999").await, 429);
    }
    let locked = manager.get(LOCKOUTS).await.data()["users"].clone();
    let [admin, waiter] = [0, 1].map(|n| locked[n].clone());
    assert_eq!((&admin["username"], &waiter["username"]), (&json!("admin"), &json!("waiter")));
    assert_eq!((&waiter["failed_in_a_row"], &waiter["addresses"]), (&json!(5), &json!(["127.0.0.1"])));
    let until: jiff::Timestamp = waiter["locked_until"].as_str().unwrap().parse().unwrap();
    assert!(until > web::time::now());
    let unlock = |user: &Value| format!("/api/v1/users/{}/unlock", user["id"].as_str().unwrap());
    assert_eq!(manager.post(&unlock(&admin), &Value::Null).await.refusal(), (403, "forbidden"));
    assert_eq!(manager.post(&unlock(&waiter), &Value::Null).await.data()["username"], "waiter");
    assert_eq!(log_in(&outlet, "waiter", PIN).await, 200);
    assert_eq!(manager.get(LOCKOUTS).await.data()["users"].as_array().unwrap().len(), 1);
    outlet.admin().post(&unlock(&admin), &Value::Null).await.data();
    assert_eq!(outlet.admin().get(LOCKOUTS).await.data()["users"], json!([]));
    assert_eq!(log_in(&outlet, "admin", "1234").await, 200);
    assert_eq!(manager.post("/api/v1/users/nobody/unlock", &Value::Null).await.refusal(), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_approval_is_taken_from_the_budget_of_all_users() {
    let outlet = TestOutlet::alone().await;
    let waiter = outlet.member("waiter").await;
    let approvals = async || outlet.admin().get(LOCKOUTS).await.data()["approvals"].clone();
    assert_eq!(approvals().await, json!({"left": 600, "most": 600, "locked_until": null}));
    let order = json!({"lines": [{"product_id": outlet.menu().products[0].0, "qty": 1}]});
    let order = outlet.admin().post("/api/v1/orders", &order).await.data()["id"].as_str().unwrap().to_owned();
    let void = json!({"reason": "salah", "manager_pin": "0000"});
    let refused = waiter.post(&format!("/api/v1/orders/{order}/void"), &void).await;
    assert_eq!(refused.refusal(), (403, "wrong_manager_pin"));
    assert_eq!(approvals().await, json!({"left": 599, "most": 600, "locked_until": null}));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlock_refills_budgets_but_not_the_one_that_all_users_share() {
    let outlet = TestOutlet::alone().await;
    let shell = outlet.shell();
    outlet.member("waiter").await;
    for (user, bucket) in [("waiter", "login"), ("waiter", "login 127.0.0.1"), ("waiter", "approve"), ("", "approve")] {
        let spend = "insert or replace into sign_ins (user_id, bucket, failed_in_a_row, spent, spent_at)
            select coalesce((select id from users where username = ?1), 'everybody'), ?2, 9, 600,
              strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
        shell.execute(spend, [user, bucket]).unwrap();
    }
    assert_eq!(log_in(&outlet, "waiter", PIN).await, 429);
    let locked = outlet.admin().get(LOCKOUTS).await.data().clone();
    assert_eq!(locked["users"].as_array().unwrap().len(), 1);
    let unlock = format!("/api/v1/users/{}/unlock", locked["users"][0]["id"].as_str().unwrap());
    outlet.admin().post(&unlock, &Value::Null).await.data();
    let approvals = outlet.admin().get(LOCKOUTS).await.data()["approvals"].clone();
    assert_eq!((&approvals["left"], &approvals["most"]), (&json!(0), &json!(600)));
    assert!(approvals["locked_until"].is_string(), "{approvals}");
    assert_eq!(buckets(&shell), [(0, 0); 3]);
    let shared = "select spent from sign_ins where user_id = 'everybody'";
    assert_eq!(shell.query_row(shared, [], |row| row.get::<_, i64>(0)).unwrap(), 600);
    assert_eq!(log_in(&outlet, "waiter", PIN).await, 200);
}
