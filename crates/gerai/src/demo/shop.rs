//! The demo's servers: the hub and the outlets, each with its own database, on free loopback ports.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result};
use cafe::Menu;
use hub::outlets::{self, Added};
use hub::staff::{self, NewUser};
use hub::{Config as HubConfig, Hub};
use outlet::Outlet;
use outlet::SyncEnv;
use outlet::config::Config;
use outlet::state::App;
use sqlite::Fault;
use store::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::ApiError;

use super::till::log_in;

const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// The menu normally arrives within a second.
const MENU_TIMEOUT: Duration = Duration::from_secs(30);

/// The running hub.
pub struct HeadOffice {
    /// URL of the API; ends in `/v1`.
    pub url: String,
    /// Session of the admin.
    pub token: String,
    /// Number of this run: a reused folder already has outlets, and each run adds its own.
    run: i64,
    hub: Store,
}

/// Where a server listens; port 0 selects a free one.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// Address or name.
    pub host: &'a str,
    /// Port.
    pub port: u16,
}

/// A free port of this machine.
pub const ANYWHERE: At<'static> = At { host: "127.0.0.1", port: 0 };

impl At<'_> {
    /// Listens there; returns the listener and its URL.
    async fn listen(self) -> Result<(TcpListener, String)> {
        let listener = web::server::listen(self.host, self.port).await?;
        let address = listener.local_addr()?;
        // A browser cannot open 0.0.0.0.
        let address =
            if address.ip().is_unspecified() { (Ipv4Addr::LOCALHOST, address.port()).into() } else { address };
        Ok((listener, format!("http://{address}")))
    }
}

/// How an outlet is known at the hub.
#[derive(Clone)]
pub struct Key {
    /// Id at the hub.
    pub id: String,
    /// Code.
    pub code: String,
    /// Key at the hub.
    pub key: String,
}

impl From<Added> for Key {
    fn from(added: Added) -> Self {
        Self { id: added.outlet_id, code: added.outlet_code, key: added.api_key }
    }
}

/// A running outlet.
pub struct Shop {
    /// Id at the hub.
    pub id: String,
    /// Code.
    pub code: String,
    /// Key at the hub.
    pub key: String,
    /// URL without a path.
    pub url: String,
    /// Session of the admin.
    pub token: String,
    /// The menu.
    pub menu: Menu,
    /// Sales answered with success: id and total.
    pub sold: Mutex<Vec<(String, i64)>>,
    app: App,
}

/// Opens and serves the hub, whose admin has this name and password.
pub async fn open_head_office(
    dir: &Path,
    at: At<'_>,
    (username, password): (&'static str, &str),
    client: &reqwest::Client,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<HeadOffice> {
    let database_url = format!("sqlite:{}", dir.join("hub.db").display());
    // Locked as by 'gerai hub': two demos in one folder would count each other's sales.
    let mut lock = Store::lock(&database_url)?;
    let (hub, _) = Hub::open(&HubConfig { database_url, ..HubConfig::default() }, web::time::now()).await?;
    hub.store().hold(&mut lock)?;
    let password_hash = web::secret::hash_pin_now(password).map_err(api_error)?;
    let user = NewUser { username: username.into(), name: username.into(), role: staff::Role::Admin, password_hash };
    hub.store().write(move |tx| staff::save(tx, &user, web::time::now())).await?;
    let (listener, url) = at.listen().await?;
    let url = format!("{url}/v1");
    let store = hub.store().clone();
    let stop = stop.clone();
    tasks.spawn(async move {
        let served = hub.serve(listener, stop).await;
        drop(lock);
        served
    });
    let token = log_in(client, &format!("{url}/hq/auth/login"), username, password).await?;
    let run = web::time::now().as_second() % 100_000;
    Ok(HeadOffice { url, token, run, hub: store })
}

/// Adds an outlet at the hub, opens it with the café's menu, and serves it.
pub async fn open_shop(
    dir: &Path,
    number: usize,
    office: &HeadOffice,
    client: &reqwest::Client,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<Shop> {
    let key = Key::from(add(office, number).await?);
    let (app, url) = serve_outlet(dir, ANYWHERE, &key, office, stop, tasks).await?;
    let menu = open_menu(&app, office).await?;
    let token = log_in(client, &format!("{url}/api/v1/auth/login"), "admin", "1234").await?;
    let Key { id, code, key } = key;
    Ok(Shop { id, code, key, url, token, menu, sold: Mutex::default(), app })
}

/// Opens and serves an outlet that the hub knows; returns its URL.
pub async fn serve_outlet(
    dir: &Path,
    at: At<'_>,
    key: &Key,
    office: &HeadOffice,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<(App, String)> {
    let env = SyncEnv {
        enabled: Some(true),
        cloud_api_url: Some(office.url.clone()),
        cloud_api_key: Some(key.key.clone()),
        outlet_id: Some(key.id.clone()),
        outlet_code: Some(key.code.clone()),
        interval_minutes: None,
        webhook_secrets: Vec::new(),
    };
    let db_path = dir.join(format!("{}.db", key.code));
    let outlet = Outlet::open(Config { db_path, env, ..Config::default() }).await?;
    let app = outlet.app().clone();
    let (listener, url) = at.listen().await?;
    let stop = stop.clone();
    tasks.spawn(async move { outlet.serve(listener, stop).await });
    Ok((app, url))
}

/// The first outlet creates the menu; later ones receive it from the hub.
pub async fn open_menu(app: &App, office: &HeadOffice) -> Result<Menu> {
    if office.hub.read(hub::catalog::is_empty).await? {
        let menu = app.db.write(cafe::seed).await.map_err(api_error)?;
        while office.hub.read(hub::catalog::is_empty).await? {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        return Ok(menu);
    }
    app.db.write(cafe::seed_tables).await.map_err(api_error)?;
    let arrived = async {
        loop {
            if let Some(menu) = app.db.read(cafe::menu).await.map_err(api_error)? {
                return Ok(menu);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    tokio::time::timeout(MENU_TIMEOUT, arrived).await.context("the menu did not arrive from head office")?
}

async fn add(office: &HeadOffice, number: usize) -> Result<Added> {
    let code = format!("D{}-{number:03}", office.run);
    let name = format!("Demo outlet {number}");
    office
        .hub
        .write(move |tx| outlets::add(tx, &code, &name, web::time::now()))
        .await
        .context("head office rejects the outlet")
}

/// The message of a refusal.
pub fn api_error(error: ApiError) -> anyhow::Error {
    anyhow::anyhow!(error.message().to_owned())
}

impl HeadOffice {
    /// The hub's database.
    pub fn hub(&self) -> &Store {
        &self.hub
    }
}

impl Shop {
    /// Number of entities that the hub does not have yet.
    pub async fn pending(&self) -> Result<i64> {
        Ok(self
            .app
            .db
            .read(|tx| {
                Ok::<_, Fault>(tx.query_row("select pending from sync_context where id = 1", [], |row| row.get(0))?)
            })
            .await?)
    }

    /// A status line.
    pub async fn status(&self) -> Result<String> {
        let sold = self.sold.lock().map_or(0, |sold| sold.len());
        Ok(format!("{}  sold {sold:>6}   waiting for head office {:>5}", self.code, self.pending().await?))
    }
}
