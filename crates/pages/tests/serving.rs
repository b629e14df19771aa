//! How files of an app are served, on a small app in `fixture/`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use pages::Site;
use rust_embed::RustEmbed;
use tower::ServiceExt;
use utoipa::openapi::OpenApi;
use web::Edge;
use web::metrics::Metrics;
use web::server::{layers, not_found};

#[derive(RustEmbed)]
#[folder = "tests/fixture/"]
struct Fixture;

const APP: Site = Site::new(Fixture::get, "app");
const MISSING: Site = Site::new(Fixture::get, "not-built");
const SCRIPT: &str = "/app/assets/main-1a2b3c4d.js";

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Asks a server with these pages and all its layers.
async fn ask(site: Site, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let routes = Router::new().merge(site.routes("/app"));
    let app = layers(routes, not_found, &OpenApi::default(), &Metrics::default(), &Edge::default(), 1_024);
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (status, headers) = (answer.status(), answer.headers().clone());
    let text = String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status, headers, text }
}

async fn get(path: &str, headers: &[(&str, &str)]) -> Answer {
    ask(APP, "GET", path, headers).await
}

#[tokio::test]
async fn hashed_files_are_immutable_and_all_others_are_checked_at_each_use() {
    for (path, kind, lifetime) in [
        ("/app/", "text/html; charset=utf-8", "no-cache"),
        ("/app/index.html", "text/html; charset=utf-8", "no-cache"),
        ("/app/sw.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/app/manifest.webmanifest", "application/manifest+json; charset=utf-8", "no-cache"),
        (SCRIPT, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/app/assets/rules-9c0d1e2f.wasm", "application/wasm", "public, max-age=31536000, immutable"),
    ] {
        let answer = get(path, &[]).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), (kind, lifetime), "{path}");
        assert_eq!(answer.header("content-length"), answer.text.len().to_string(), "{path}");
    }
}

#[tokio::test]
async fn a_known_file_is_answered_with_304() {
    for path in ["/app/", "/app/sw.js", SCRIPT] {
        let etag = get(path, &[]).await.header("etag").to_owned();
        assert!(etag.starts_with('"') && etag.len() > 10, "{etag}");
        for known in [&etag, &format!("W/{etag}"), &format!("\"other\", {etag}"), "*"] {
            let answer = get(path, &[("if-none-match", known)]).await;
            assert_eq!((answer.status, answer.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path} {known}");
            assert_eq!((answer.header("etag"), answer.header("vary")), (etag.as_str(), "accept-encoding"));
            assert!(!answer.header("cache-control").is_empty());
        }
        assert_eq!(get(path, &[("if-none-match", "\"other\"")]).await.status, 200);
    }
}

#[tokio::test]
async fn the_smallest_accepted_encoding_is_sent_with_its_own_tag() {
    let mut tags = Vec::new();
    for (accepted, encoding, text) in [
        ("gzip, deflate, br", "br", "as if by brotli"),
        ("gzip, br;q=0", "gzip", "as if by gzip"),
        ("identity", "", "console.log(\"plain\");\n"),
    ] {
        let answer = get(SCRIPT, &[("accept-encoding", accepted)]).await;
        assert_eq!((answer.header("content-encoding"), answer.text.as_str()), (encoding, text), "{accepted}");
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
        tags.push(answer.header("etag").to_owned());
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 3);
    let only_gzip = get("/app/assets/only-gzip-5e6f7a8b.css", &[("accept-encoding", "br, gzip")]).await;
    assert_eq!(
        (only_gzip.header("content-encoding"), only_gzip.header("content-type")),
        ("gzip", "text/css; charset=utf-8")
    );
    assert_eq!(get("/app/sw.js", &[("accept-encoding", "br, gzip")]).await.header("content-encoding"), "");
}

/// U44: an old tab asks for files of the previous version.
#[tokio::test]
async fn a_missing_file_is_never_the_index() {
    for path in [
        "/app/assets/main-00000000.js",
        "/app/assets/",
        "/app/assets/main-1a2b3c4d.js.br",
        "/app/assets/main-1a2b3c4d.js.gz",
        "/app/old.js",
        "/app/.env",
        "/app/favicon.ico",
        "/app/deep/style.CSS",
        "/app/../app/sw.js",
        "/app/%2e%2e/Cargo.toml.txt",
    ] {
        let answer = get(path, &[("accept", "text/html")]).await;
        assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::NOT_FOUND, "no-store"), "{path}");
        let body: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(body["error"], "not_found", "{path}");
    }
}

#[tokio::test]
async fn an_address_inside_the_app_is_its_index() {
    let index = get("/app/", &[]).await.text;
    for path in ["/app/orders", "/app/orders/0199-aa?status=open", "/app/outlets/JKT.001", "/app/a/b/c/"] {
        let answer = get(path, &[]).await;
        assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-cache"), "{path}");
        assert_eq!(answer.text, index, "{path}");
    }
    let answer = get("/app", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (307, "/app/"));
    assert_eq!(get("/application", &[]).await.status, 404);
}

#[tokio::test]
async fn every_page_is_protected_against_other_sites() {
    for answer in [get("/app/", &[]).await, get(SCRIPT, &[]).await, ask(MISSING, "GET", "/app/", &[]).await] {
        let policy = answer.header("content-security-policy");
        for rule in [
            "default-src 'self'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "object-src 'none'",
        ] {
            assert!(policy.split("; ").any(|found| found == rule), "{rule} is not in {policy}");
        }
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("strict-transport-security"), "", "an outlet without TLS must stay reachable");
    }
}

#[tokio::test]
async fn head_answers_like_get_without_the_file() {
    for path in ["/app/", SCRIPT] {
        let (whole, head) = (get(path, &[]).await, ask(APP, "HEAD", path, &[]).await);
        assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""), "{path}");
        for name in ["content-type", "content-length", "etag", "cache-control", "vary"] {
            assert_eq!(head.header(name), whole.header(name), "{path} {name}");
        }
    }
    let refused = ask(APP, "POST", "/app/", &[]).await;
    assert_eq!((refused.status, refused.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD"));
}

#[tokio::test]
async fn a_program_without_pages_says_how_to_get_them() {
    for path in ["/app/", "/app/orders", "/app/assets/main-1a2b3c4d.js"] {
        let answer = ask(MISSING, "GET", path, &[]).await;
        assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::NOT_FOUND, "no-store"), "{path}");
        assert!(answer.text.contains("jalankan <code>make pages</code>"), "{}", answer.text);
        assert!(answer.text.contains("run <code>make pages</code>"), "{}", answer.text);
    }
    assert!(APP.is_built() && !MISSING.is_built());
}
