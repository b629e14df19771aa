//! Head office's pages beside the API. `crates/pages/tests/` tests how files are served.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use tower::ServiceExt;

use crate::app::TestHub;

async fn get(hub: &TestHub, path: &str) -> (u16, HeaderMap, String) {
    let answer = hub.router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, headers, String::from_utf8(text.to_vec()).unwrap())
}

#[tokio::test]
async fn all_paths_outside_the_api_are_head_offices_pages() {
    let hub = TestHub::start().await;
    for path in ["/", "/outlets", "/outlets/JKT-001/sales?from=2026-11-01"] {
        let (status, headers, text) = get(&hub, path).await;
        let expected = if pages::OFFICE.is_built() { (200, "no-cache") } else { (404, "no-store") };
        assert_eq!((status, headers["cache-control"].to_str().unwrap()), expected, "{path}");
        assert_eq!(headers["content-type"], "text/html; charset=utf-8", "{path}");
        assert!(headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
        assert!(pages::OFFICE.is_built() || text.contains("make pages"), "{text}");
    }
    assert_eq!(get(&hub, "/assets/old-1a2b3c4d.js").await.0, 404);
}

#[tokio::test]
async fn unknown_paths_of_the_api_are_refused_as_json() {
    let hub = TestHub::start().await;
    for path in
        ["/v1/nowhere", "/v1", "/v1/hq/nowhere", "/docs/../../hub.db", "/openapi.json/x", "/healthz/", "/metrics/x"]
    {
        let (status, headers, text) = get(&hub, path).await;
        assert_eq!(status, 404, "{path}");
        if headers.get("content-type").is_some_and(|kind| kind == "application/json") {
            assert!(text.contains("\"not_found\""), "{path}: {text}");
        } else {
            assert!(path.starts_with("/docs/"), "{path}: {text}");
        }
    }
    let post = Request::post("/outlets").body(Body::empty()).unwrap();
    hub.send(post).await.refused(404, "not_found");
}
