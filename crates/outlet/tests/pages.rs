//! The pages of an outlet: the chooser, the till and the console, beside the API. `crates/pages/tests/` tests how files are
//! served.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use testkit::{Raw, TestOutlet, raw};

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
        for address in ["/till/", "/admin/", "/docs"] {
            assert!(answer.body.contains(&format!("href=\"{address}\"")), "{address}");
        }
        assert!(!answer.body.contains("<script"), "it must work without scripts");
    }
}

#[tokio::test]
async fn a_paired_device_goes_to_the_till() {
    let outlet = TestOutlet::alone().await;
    let answer = get(&outlet, "/", &[("cookie", "gerai_device=unchecked")]).await;
    assert_eq!((answer.status, answer.header("location")), (307, Some("/till/")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn both_apps_are_served_beside_the_api() {
    let outlet = TestOutlet::alone().await;
    for (app, site) in [("/till/", pages::TILL), ("/admin/", pages::CONSOLE)] {
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
