//! A running hub.

use std::path::PathBuf;

use hub::outlets::{self, Added};
use hub::staff::{self, NewUser};
use hub::{Config, Hub, webhooks};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{Http, Scratch};

/// A hub in its own folder, serving on a free loopback port until it is stopped or dropped.
pub struct TestHub {
    dir: Scratch,
    port: u16,
    hub: Hub,
    stop: CancellationToken,
    task: Option<JoinHandle<std::io::Result<()>>>,
}

impl TestHub {
    /// A new hub with the user `boss` / `secret-secret`.
    pub async fn start() -> Self {
        Self::configured(Config::default()).await
    }

    /// A new hub with these settings.
    pub async fn configured(config: Config) -> Self {
        let dir = Scratch::new();
        let hub = Self::open(dir.path().join("hub.db"), config).await;
        let password_hash = web::secret::hash_pin_now("secret-secret").unwrap();
        let boss = NewUser { username: "boss".into(), name: "Boss".into(), role: staff::Role::Admin, password_hash };
        hub.store().write(move |tx| staff::save(tx, &boss, web::time::now())).await.unwrap();
        Self::serve(dir, hub, 0).await
    }

    async fn open(path: PathBuf, config: Config) -> Hub {
        // Its outlets run on this machine.
        let config =
            Config { database_url: format!("sqlite:{}", path.display()), webhook_allow_private: true, ..config };
        Hub::open(&config, web::time::now()).await.unwrap().0
    }

    async fn serve(dir: Scratch, hub: Hub, port: u16) -> Self {
        let listener = web::server::listen("127.0.0.1", port).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let stop = CancellationToken::new();
        let (serving, until) = (hub.clone(), stop.clone());
        let task = tokio::spawn(async move { serving.serve(listener, until).await });
        Self { dir, port, hub, stop, task: Some(task) }
    }

    /// The URL for outlets; ends in `/v1`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    /// The database file.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join("hub.db")
    }

    /// The hub itself, for its commands.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Creates an outlet.
    pub async fn add_outlet(&self, code: &str) -> Added {
        let code = code.to_owned();
        self.hub.store().write(move |tx| outlets::add(tx, &code, "Test outlet", web::time::now())).await.unwrap()
    }

    /// Sets an outlet's webhook; returns its secret if it is new.
    pub async fn set_webhook(&self, code: &str, url: &str) -> Option<String> {
        let (code, url) = (code.to_owned(), url.to_owned());
        let set = self.hub.store().write(move |tx| webhooks::set_url(tx, &code, &url, web::time::now()));
        set.await.unwrap().secret
    }

    /// A logged-in user of the hub.
    pub async fn boss(&self) -> Http {
        let http = Http::new(&format!("http://127.0.0.1:{}", self.port));
        let body = json!({"username": "boss", "password": "secret-secret"});
        let answer = http.post("/v1/hq/auth/login", &body).await;
        http.with_token(answer.data()["token"].as_str().unwrap())
    }

    /// All orders at the hub.
    pub async fn orders(&self) -> Vec<Value> {
        self.boss().await.all("/v1/hq/orders?limit=500").await
    }

    /// Stops serving and closes the database; [`TestHub::resume`] serves again on the same port.
    pub async fn pause(&mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            task.await.unwrap().unwrap();
        }
    }

    /// Opens the same database and serves on the same port.
    pub async fn resume(self) -> Self {
        let hub = Self::open(self.path(), Config::default()).await;
        let port = self.port;
        let Self { dir, .. } = self;
        Self::serve(dir, hub, port).await
    }
}
