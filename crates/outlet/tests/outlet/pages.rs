//! The pages of an outlet: the chooser, the till, the kitchen and the console, beside the API. `crates/pages/tests/` tests how files are
//! served.

use testkit::{Raw, TestOutlet, raw};
use web::server::Https;
use web::tls::{Authority, Tls};

async fn get(outlet: &TestOutlet, path: &str, headers: &[(&str, &str)]) -> Raw {
    let headers = [&[("host", "127.0.0.1")], headers].concat();
    raw(outlet.admin().base(), "127.0.0.1", &format!("GET {path}"), &headers, "").await
}

#[tokio::test]
async fn an_unknown_browser_chooses_in_its_language() {
    let outlet = TestOutlet::alone().await;
    for (language, tag, question) in [("id-ID,id;q=0.9", "id", "Mau ke mana?"), ("en", "en", "Where to?")] {
        let answer = get(&outlet, "/", &[("accept-language", language)]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
        assert!(answer.body.contains(&format!("<html lang=\"{tag}\">")) && answer.body.contains(question));
        for address in ["/till/", "/kitchen/", "/admin/", "/docs"] {
            assert!(answer.body.contains(&format!("href=\"{address}\"")), "{address}");
        }
        assert!(!answer.body.contains("<script"), "it must work without scripts");
    }
}

#[tokio::test]
async fn a_paired_device_goes_to_the_till() {
    let outlet = TestOutlet::alone().await;
    let cookie = format!("{}=unchecked", outlet.device_cookie());
    let answer = get(&outlet, "/", &[("cookie", &cookie)]).await;
    assert_eq!((answer.status, answer.header("location")), (307, Some("/till/")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn all_apps_are_served_beside_the_api() {
    let outlet = TestOutlet::alone().await;
    for (app, site) in [("/till/", pages::TILL), ("/kitchen/", pages::KITCHEN), ("/admin/", pages::CONSOLE)] {
        for path in [app.to_owned(), format!("{app}orders/7")] {
            let answer = get(&outlet, &path, &[]).await;
            let expected = if site.is_built() { (200, "no-cache") } else { (404, "no-store") };
            assert_eq!((answer.status, answer.header("cache-control").unwrap()), expected, "{path}");
            assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
            assert!(site.is_built() || answer.body.contains("make pages"), "{}", answer.body);
        }
        assert_eq!(get(&outlet, app.trim_end_matches('/'), &[]).await.header("location"), Some(app));
        assert_eq!(get(&outlet, &format!("{app}assets/old-1a2b3c4d.js"), &[]).await.status, 404);
    }
    assert_eq!(get(&outlet, "/docs", &[]).await.status, 303);
    assert_eq!(get(&outlet, "/orders", &[]).await.refusal(), (404, "not_found".to_owned()));
}

/// An outlet with HTTPS, and its certificate's state.
async fn with_https() -> (TestOutlet, String) {
    let authority = Authority::load(&Authority::create(web::time::now()).unwrap()).unwrap();
    let tls = Tls::of_authority(authority, web::time::now()).unwrap();
    let https = Https::new(web::server::listen("127.0.0.1", 0).await.unwrap(), tls).unwrap();
    let outlet = TestOutlet::with_https(https).await;
    let state = outlet.admin().get("/api/v1/tls").await.data().clone();
    (outlet, format!("https://127.0.0.1:{}", state["port"]))
}

#[tokio::test]
async fn a_new_device_learns_to_trust_the_server() {
    let (outlet, address) = with_https().await;
    for (language, word) in [("id", "Bandingkan sidik jari"), ("en", "compare this fingerprint")] {
        let page = get(&outlet, "/trust", &[("accept-language", language)]).await;
        assert_eq!(page.status, 200);
        let fingerprint = outlet.admin().get("/api/v1/tls").await.data()["fingerprint"].as_str().unwrap().to_owned();
        assert!(page.body.contains(&fingerprint));
        assert!(page.body.to_lowercase().contains(&word.to_lowercase()), "{word}");
        assert!(page.body.contains(&format!("data-address=\"{address}\"")), "{address}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains(&format!("connect-src 'self' {address};")), "{policy}");
    }
    let script = get(&outlet, "/trust/check.js", &[]).await;
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    let profile = get(&outlet, "/trust/gerai.mobileconfig", &[]).await;
    assert_eq!(profile.header("content-type"), Some("application/x-apple-aspen-config"));
    assert!(profile.body.contains("com.apple.security.root") && !profile.body.contains('{'), "{}", profile.body);
    assert!(get(&outlet, "/", &[]).await.body.contains("href=\"/trust\""));
    let state = outlet.admin().get("/api/v1/tls").await.data().clone();
    let http_port = outlet.admin().base().rsplit_once(':').map(|(_, port)| port.to_owned());
    assert_eq!(Some(state["http_port"].to_string()), http_port);
    // Null if the machine has no address but its own.
    let suffix = format!(":{}/trust", state["http_port"]);
    assert!(
        state["trust_url"].as_str().is_none_or(|url| url.ends_with(&suffix) && !url.contains("127.0.0.1")),
        "{state}"
    );
}

#[tokio::test]
async fn only_a_device_that_trusts_the_server_is_led_to_https() {
    let (outlet, address) = with_https().await;
    assert_eq!(get(&outlet, "/", &[]).await.status, 200);
    let trusting = |outlet: &TestOutlet| format!("prefer_https=1; {}=x", outlet.device_cookie());
    let answer = get(&outlet, "/", &[("cookie", &trusting(&outlet))]).await;
    assert_eq!((answer.status, answer.header("location")), (307, Some(format!("{address}/").as_str())));
    assert_eq!(answer.header("strict-transport-security"), None);
    let plain = TestOutlet::alone().await;
    let answer = get(&plain, "/", &[("cookie", &trusting(&plain))]).await;
    assert_eq!(answer.header("location"), Some("/till/"), "HTTPS was switched off");
    assert_eq!(get(&plain, "/trust", &[]).await.status, 404);
}
