//! The errors of a hub that cannot open its database say what to do.

use hub::{Config, Hub};

use crate::app::TestHub;

#[tokio::test]
async fn a_hub_that_cannot_open_says_what_to_do() {
    let hub = TestHub::start().await;
    let open = async |url: &str| {
        let config = Config { database_url: url.to_owned(), ..Config::default() };
        Hub::open(&config, web::time::now()).await.err().unwrap().to_string()
    };
    assert!(open("postgres://hub@127.0.0.1:1/hub").await.contains("127.0.0.1:1/hub cannot be reached"));
    assert!(open("hub.db").await.contains("sqlite:FILE"));
    let text = hub.dir.path().join("notes.txt");
    std::fs::write(&text, "a text file of this length is not a database".repeat(20)).unwrap();
    assert!(open(&format!("sqlite:{}", text.display())).await.contains("not an SQLite database"));
    std::fs::write(hub.dir.path().join("hub.db.secret"), "short").unwrap();
    assert!(open(&hub.url).await.contains("delete it to create a new one"));
}
