//! Images of products: what is accepted, and how they are served.

use serde_json::{Value, json};
use testkit::{Answer, Http, TestOutlet};

/// One transparent pixel, as lossless WebP.
const WEBP: &[u8] = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";

async fn put(http: &Http, product: &str, media_type: &str, bytes: &[u8]) -> Answer {
    let request = http.request("PUT", &format!("/api/v1/products/{product}/image"));
    let (client, request) = request.build_split();
    let mut request = request.unwrap();
    request.headers_mut().insert("content-type", media_type.parse().unwrap());
    *request.body_mut() = Some(bytes.to_vec().into());
    Http::send(reqwest::RequestBuilder::from_parts(client, request)).await
}

fn header(answer: &reqwest::Response, name: &str) -> String {
    answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_served_as_it_was_sent_and_its_hash_is_in_the_catalog() {
    let outlet = TestOutlet::alone().await;
    let (admin, kitchen) = (outlet.admin(), outlet.member("kitchen").await);
    let product = &outlet.menu().products[0].0;
    let path = format!("/api/v1/products/{product}/image");
    assert_eq!(kitchen.get(&path).await.refusal(), (404, "not_found"));
    let version = admin.get("/api/v1/till/catalog").await.data()["version"].as_str().unwrap().to_owned();
    let shown = put(admin, product, "image/webp", WEBP).await.data().clone();
    let hash = shown["image"].as_str().unwrap();
    let changes = admin.get(&format!("/api/v1/till/catalog?since={version}")).await.data().clone();
    assert_eq!(
        (changes["products"][0]["id"].as_str(), &changes["products"][0]["image"]),
        (Some(product.as_str()), &shown["image"])
    );
    assert_eq!(admin.get(&format!("/api/v1/products/{product}")).await.data(), &shown);

    for (query, cache) in [
        (format!("?v={hash}"), "private, max-age=31536000, immutable"),
        (String::new(), "private, no-cache"),
        ("?v=other".to_owned(), "private, no-cache"),
    ] {
        let answer = kitchen.request("GET", &format!("{path}{query}")).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        for (name, value) in [
            ("content-type", "image/webp"),
            ("cache-control", cache),
            ("etag", &format!("\"{hash}\"")),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; sandbox"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(header(&answer, name), value, "{query}");
        }
        assert_eq!(answer.bytes().await.unwrap(), WEBP);
    }
    let known = kitchen.request("GET", &path).header("if-none-match", format!("\"{hash}\"")).send().await.unwrap();
    assert_eq!((known.status().as_u16(), known.bytes().await.unwrap().len()), (304, 0));

    // The same image again is no change; another one is.
    let version = admin.get("/api/v1/till/catalog").await.data()["version"].clone();
    put(admin, product, "image/webp", WEBP).await.data();
    assert_eq!(admin.get("/api/v1/till/catalog").await.data()["version"], version);
    let removed = admin.call("DELETE", &path, &Value::Null).await;
    assert_eq!((removed.status, removed.body["message"].as_str()), (200, Some("Image removed.")));
    assert_eq!(admin.call("DELETE", &path, &Value::Null).await.refusal(), (404, "not_found"));
    assert_eq!(admin.get(&format!("/api/v1/products/{product}")).await.data()["image"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_image_is_an_event_of_its_product() {
    let outlet = TestOutlet::alone().await;
    let (admin, product) = (outlet.admin(), &outlet.menu().products[0].0);
    let mut stream = admin.request("GET", "/api/v1/events?topics=catalog").send().await.unwrap();
    let mut text = String::new();
    put(admin, product, "image/webp", WEBP).await.data();
    while !text.contains(product.as_str()) {
        let chunk = tokio::time::timeout(testkit::PATIENCE, stream.chunk()).await.expect("an event in time");
        text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
    }
    assert!(text.contains("event: catalog") && text.contains("\"entity_type\":\"product\""), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_follows_its_product() {
    let outlet = TestOutlet::alone().await;
    let shell = outlet.shell();
    shell.execute_batch("insert into products (id, name, price) values ('a', 'Kopi', 1)").unwrap();
    put(outlet.admin(), "a", "image/webp", WEBP).await.data();
    let images = || -> String {
        let sql = "select coalesce(group_concat(product_id), '') from product_images";
        shell.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    shell.execute_batch("update products set id = 'b' where id = 'a'").unwrap();
    assert_eq!(images(), "b");
    outlet.admin().call("DELETE", "/api/v1/products/b", &json!({})).await;
    assert_eq!(images(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_files_are_refused_and_change_nothing() {
    let outlet = TestOutlet::alone().await;
    let admin = outlet.admin();
    let product = &outlet.menu().products[0].0;
    put(admin, product, "image/webp", WEBP).await.data();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let polyglot = [WEBP, b"<script>alert(1)</script>"].concat();
    let large = [WEBP, &vec![0; 300 << 10]].concat();
    for (media_type, bytes, status, code) in [
        ("image/svg+xml", &svg[..], 415, "unsupported_media_type"),
        ("text/html", svg, 415, "unsupported_media_type"),
        ("application/octet-stream", WEBP, 415, "unsupported_media_type"),
        ("application/json", b"{}", 415, "unsupported_media_type"),
        ("image/png", svg, 422, "invalid_image"),
        ("image/png", WEBP, 422, "invalid_image"),
        ("image/webp", &WEBP[..20], 422, "invalid_image"),
        ("image/webp", &polyglot, 422, "invalid_image"),
        ("image/webp", b"", 422, "invalid_image"),
        ("image/webp", &large, 413, "body_too_large"),
    ] {
        let refused = put(admin, product, media_type, bytes).await;
        assert_eq!(refused.refusal(), (status, code), "{media_type}: {}", refused.text);
    }
    let answer = admin.request("GET", &format!("/api/v1/products/{product}/image")).send().await.unwrap();
    assert_eq!(answer.bytes().await.unwrap(), WEBP);
    assert_eq!(put(admin, "nothing", "image/webp", WEBP).await.refusal(), (404, "not_found"));
    // Images are accepted here only.
    let request = admin.request("POST", "/api/v1/products");
    let (client, request) = request.build_split();
    let mut request = request.unwrap();
    request.headers_mut().insert("content-type", "image/webp".parse().unwrap());
    *request.body_mut() = Some(WEBP.to_vec().into());
    let refused = Http::send(reqwest::RequestBuilder::from_parts(client, request)).await;
    assert_eq!(refused.refusal(), (415, "unsupported_media_type"));
}
