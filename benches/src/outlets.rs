//! Complete outlets in this process, each with its database and its worker, connected to a hub.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use outlet::config::Config;
use outlet::state::App;
use outlet::{Outlet, SyncEnv};
use serde_json::Value;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use web::ApiError;

/// A price that has not arrived by then has failed.
const LATEST: Duration = Duration::from_secs(60);

#[derive(Default)]
pub struct Outlets {
    pub apps: Vec<App>,
    tasks: Vec<JoinHandle<std::io::Result<()>>>,
    stop: CancellationToken,
}

impl Outlets {
    /// Opens an outlet for each of these keys.
    pub async fn open(dir: &Path, url: &str, keys: &[Value]) -> Result<Self> {
        let mut outlets = Self::default();
        for key in keys {
            let text = |name: &str| key[name].as_str().map(str::to_owned);
            let env = SyncEnv {
                enabled: Some(true),
                cloud_api_url: Some(format!("{url}/v1")),
                cloud_api_key: text("api_key"),
                outlet_id: text("outlet_id"),
                outlet_code: text("outlet_code"),
                interval_minutes: None,
                ..SyncEnv::default()
            };
            let db_path = dir.join(format!("{}.db", text("outlet_code").context("an outlet without its code")?));
            let outlet = Outlet::open(Config { db_path, env, ..Config::default() }).await?;
            outlets.apps.push(outlet.app().clone());
            let listener = web::server::listen("127.0.0.1", 0).await?;
            outlets.tasks.push(tokio::spawn(outlet.serve(listener, outlets.stop.clone())));
        }
        Ok(outlets)
    }

    /// Waits until each outlet sells at this price; returns the time at each.
    pub fn wait_for(&self, id: &str, price: i64) -> JoinSet<Result<Instant>> {
        self.apps.iter().map(|app| in_force(app.clone(), id.to_owned(), price)).collect()
    }

    pub async fn all_have(&self, id: &str, price: i64) -> Result<()> {
        self.wait_for(id, price).join_all().await.into_iter().collect::<Result<Vec<_>>>().map(drop)
    }

    pub async fn close(self) -> Result<()> {
        self.stop.cancel();
        for task in self.tasks {
            task.await??;
        }
        Ok(())
    }
}

/// The price at which an outlet sells a product now.
pub async fn price(app: &App, id: &str) -> Result<Option<i64>> {
    let id = id.to_owned();
    let read = app.db.read(move |tx| Ok::<_, ApiError>(shop::catalog::product::get(tx, &id).ok().map(|p| p.price)));
    read.await.map_err(|e| anyhow::anyhow!(e.message().to_owned()))
}

async fn in_force(app: App, id: String, wanted: i64) -> Result<Instant> {
    let mut commits = app.db.commits();
    let arrived = async {
        loop {
            if price(&app, &id).await? == Some(wanted) {
                return Ok(Instant::now());
            }
            commits.changed().await?;
        }
    };
    tokio::time::timeout(LATEST, arrived).await.context("the price did not arrive within a minute")?
}
