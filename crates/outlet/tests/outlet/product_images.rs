//! Images of products: what is accepted, and how they are served.

use serde_json::{Value, json};
use testkit::{Answer, Http, TestHub, TestOutlet, eventually};

/// One transparent pixel, as lossless WebP.
const WEBP: &[u8] = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";

async fn put(http: &Http, product: &str, media_type: &str, bytes: &[u8]) -> Answer {
    put_at(http, &format!("/api/v1/products/{product}/image"), media_type, bytes).await
}

async fn put_at(http: &Http, path: &str, media_type: &str, bytes: &[u8]) -> Answer {
    let request = http.request("PUT", path);
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
    assert_eq!(changes["products"].as_array().unwrap().len(), 1);

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

async fn image(http: &Http, path: &str) -> Option<Vec<u8>> {
    let answer = http.request("GET", path).send().await.unwrap();
    match answer.status().as_u16() {
        200 => Some(answer.bytes().await.unwrap().to_vec()),
        404 => None,
        status => panic!("{status}"),
    }
}

/// Another image of one pixel.
fn another() -> Vec<u8> {
    let mut bytes = WEBP.to_vec();
    bytes[28] ^= 1;
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn images_reach_head_office_and_all_outlets() {
    let hub = TestHub::start().await;
    let one = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    one.synced().await;
    let two = TestOutlet::next_of(&hub.url(), &hub.add_outlet("JKT-002").await).await;
    let boss = hub.boss().await;
    let product = &one.menu().products[0].0;
    let (path, hq) = (format!("/api/v1/products/{product}/image"), format!("/v1/hq/products/{product}/image"));
    let arrives = |bytes: Option<Vec<u8>>| {
        let (one, two, boss, path, hq) = (&one, &two, &boss, &path, &hq);
        eventually("everybody has the same image", move || {
            let bytes = bytes.clone();
            async move {
                image(boss, hq).await == bytes
                    && image(one.admin(), path).await == bytes
                    && image(two.admin(), path).await == bytes
            }
        })
    };
    // From an outlet, from head office, and removed there.
    let shown = put(one.admin(), product, "image/webp", WEBP).await.data().clone();
    arrives(Some(WEBP.to_vec())).await;
    assert_eq!(boss.get(&format!("/v1/hq/products/{product}")).await.data()["image"], shown["image"]);
    let changed = put_at(&boss, &hq, "image/webp", &another()).await.data().clone();
    arrives(Some(another())).await;
    assert_ne!(changed["image"], shown["image"]);
    boss.call("DELETE", &hq, &Value::Null).await.data();
    arrives(None).await;
    for (outlet, total) in [(&one, 2), (&two, 2)] {
        let files: i64 = outlet.shell().query_row("select count(*) from images", [], |row| row.get(0)).unwrap();
        assert_eq!(files, total, "a change can be undone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_lost_an_image_gets_it_again() {
    let hub = TestHub::start().await;
    let outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    let product = outlet.menu().products[0].0.clone();
    put(outlet.admin(), &product, "image/webp", WEBP).await.data();
    let (boss, hq) = (hub.boss().await, format!("/v1/hq/products/{product}/image"));
    let is_there = || async { image(&boss, &hq).await.is_some() };
    eventually("head office has the image", is_there).await;
    let shell = rusqlite::Connection::open(hub.path()).unwrap();
    shell.busy_timeout(testkit::PATIENCE).unwrap();
    assert_eq!(shell.execute("delete from images", []).unwrap(), 1);
    assert!(!is_there().await);
    let outlet = outlet.restart().await;
    eventually("head office has the image again", is_there).await;
    outlet.synced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_delays_no_other() {
    let hub = TestHub::start().await;
    let outlet = TestOutlet::of(&hub.url(), &hub.add_outlet("JKT-001").await).await;
    let products: Vec<_> = outlet.menu().products.iter().take(2).map(|product| product.0.clone()).collect();
    for (product, bytes) in products.iter().zip([WEBP.to_vec(), another()]) {
        put(outlet.admin(), product, "image/webp", &bytes).await.data();
    }
    let shell = rusqlite::Connection::open(hub.path()).unwrap();
    shell.busy_timeout(testkit::PATIENCE).unwrap();
    let files = || async { shell.query_row("select count(*) from images", [], |row| row.get::<_, i64>(0)).unwrap() };
    eventually("head office has both", || async { files().await == 2 }).await;
    // The hub wants the damaged one first.
    let damage = "update images set bytes = x'00' where hash = (select min(hash) from images)";
    assert_eq!(outlet.shell().execute(damage, []).unwrap(), 1);
    assert_eq!(shell.execute("delete from images", []).unwrap(), 2);
    let outlet = outlet.restart().await;
    eventually("head office has the other one", || async { files().await == 1 }).await;
    outlet.synced().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_stores_only_files_that_products_name() {
    let hub = TestHub::start().await;
    let added = hub.add_outlet("JKT-001").await;
    let outlet = TestOutlet::of(&hub.url(), &added).await;
    outlet.synced().await;
    let boss = hub.boss().await;
    let client = boss.with_token(&added.api_key);
    let at = |hash: &str| format!("/v1/outlets/{}/images/{hash}", added.outlet_id);
    let hash = web::image::Image::check(WEBP.to_vec(), domain::image::ImageType::Webp).unwrap().hash;
    let refused = put_at(&client, &at(&hash), "image/webp", WEBP).await;
    assert_eq!(refused.refusal(), (404, "not_found"), "no product names it");
    assert_eq!(refused.body["args"]["reason"], "product_image");
    let product = json!({"name": "Roti", "price": 8_000, "image": hash});
    boss.post("/v1/hq/products", &product).await.data();
    let wanted = client.get(&format!("/v1/outlets/{}/images", added.outlet_id)).await.data()["wanted"].clone();
    assert_eq!(wanted, json!([hash]));
    assert_eq!(client.get(&at(&hash)).await.refusal(), (404, "not_found"));
    for (name, media_type, bytes, status, code) in [
        (hash.as_str(), "image/webp", another(), 422, "invalid_image"),
        ("another-hash", "image/webp", WEBP.to_vec(), 422, "invalid_image"),
        (&hash, "image/png", WEBP.to_vec(), 422, "invalid_image"),
        (&hash, "image/svg+xml", b"<svg/>".to_vec(), 415, "unsupported_media_type"),
        (&hash, "image/webp", [WEBP, &vec![0; 300 << 10]].concat(), 413, "body_too_large"),
    ] {
        assert_eq!(put_at(&client, &at(name), media_type, &bytes).await.refusal(), (status, code), "{media_type}");
    }
    put_at(&client, &at(&hash), "image/webp", WEBP).await.data();
    put_at(&client, &at(&hash), "image/webp", WEBP).await.data();
    assert_eq!(image(&client, &at(&hash)).await.as_deref(), Some(WEBP));
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
