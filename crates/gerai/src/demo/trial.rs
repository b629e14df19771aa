//! `gerai try`: head office and an outlet with the sample café, on fixed ports, for people who look at the pages. Its
//! passwords are public; by default only this machine reaches it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use cafe::{Guests, Member, Menu, STAFF};
use clap::Args;
use domain::Role;
use hub::outlets::{self, FindRefused};
use outlet::local_admin::TERMINAL;
use outlet::state::App;
use replica::client::hub::http_client;
use replica::settings::change::{ChangeOutletConfig, change};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use web::Notice;

use super::count::pages;
use super::seller::{self, Payment};
use super::shop::{self, At, HeadOffice, Key};
use super::till::{log_in, send};
use crate::out::{NotWritten, say, tell};
use crate::{logging, signal};

/// The outlet's code and name.
const CODE: &str = "CAFE-01";
const NAME: &str = "Kafe Senja";
/// Head office's user.
const BOSS: (&str, &str) = ("bos", "kopi susu gula aren");
/// Open orders at tables, besides the paid ones.
const OPEN_ORDERS: usize = 4;
/// The seed of the orders.
const SEED: u64 = 12;

/// Head office and an outlet with a sample café, until Ctrl-C; the passwords are printed.
#[derive(Args)]
pub struct TryArgs {
    /// Port of the outlet; 0 selects a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Port of head office; 0 selects a free one
    #[arg(long, value_name = "PORT", default_value_t = 9090)]
    hub_port: u16,
    /// Address to listen on; 0.0.0.0 for tablets on the network, which can then use the public passwords
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Number of orders that the café has sold before
    #[arg(long, default_value_t = 40)]
    orders: usize,
    /// Folder for the databases, which stay there [default: a temporary folder]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Print addresses and passwords as one line of JSON
    #[arg(long)]
    json: bool,
}

/// Serves until Ctrl-C.
pub async fn run(args: TryArgs) -> Result<ExitCode> {
    logging::start("warn");
    let temporary = tempfile::tempdir().context("cannot create a folder for the databases")?;
    let dir = args.dir.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot create the folder {}", dir.display()))?;
    let stop = signal::stop_token()?;
    let tasks = TaskTracker::new();
    let opened = stop.run_until_cancelled(open(&args, &dir, &stop, &tasks)).await;
    let shown = match opened {
        Some(Ok((hub_url, url))) => {
            let shown = show(&args, &hub_url, &url);
            if shown.is_ok() {
                stop.cancelled().await;
            }
            shown.map_err(anyhow::Error::from)
        }
        Some(Err(error)) => Err(error),
        None => Ok(()),
    };
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    shown.map(|()| ExitCode::SUCCESS)
}

/// Opens both servers and fills them; returns the addresses of head office and of the outlet.
async fn open(args: &TryArgs, dir: &Path, stop: &CancellationToken, tasks: &TaskTracker) -> Result<(String, String)> {
    let client = http_client()?;
    let (username, password) = BOSS;
    let at = At { host: &args.host, port: args.hub_port };
    let office = shop::open_head_office(dir, at, (username, password), &client, stop, tasks).await?;
    let key = key(&office).await?;
    let at = At { host: &args.host, port: args.port };
    let (app, url) = shop::serve_outlet(dir, at, &key, &office, stop, tasks).await?;
    let named = ChangeOutletConfig { outlet_name: Some(Some(NAME.to_owned())), ..ChangeOutletConfig::default() };
    let env = app.env.clone();
    app.db.write(move |tx| change(tx, TERMINAL, &named, &env)).await.map_err(shop::api_error)?;
    let has_products = |tx: &rusqlite::Transaction<'_>| {
        Ok::<bool, sqlite::Fault>(tx.query_row("select exists (select 1 from products)", [], |row| row.get(0))?)
    };
    // People rename and delete what the trial has made.
    let menu = if app.db.read(has_products).await? {
        app.db.read(cafe::menu).await.map_err(shop::api_error)?
    } else {
        Some(shop::open_menu(&app, &office).await?)
    };
    app.db.write(cafe::seed_staff).await.map_err(shop::api_error)?;
    if let Some(menu) = menu {
        sell(&client, &url, &menu, args.orders, &app).await?;
    }
    Ok((office.url.trim_end_matches("/v1").to_owned(), url))
}

/// The outlet's key: of a new outlet, or a new one of the outlet that is in this folder already.
async fn key(office: &HeadOffice) -> Result<Key> {
    let now = web::time::now();
    match office.hub().write(move |tx| outlets::rotate_key(tx, CODE, now)).await {
        Ok(rotated) => Ok(Key { id: rotated.outlet_id, code: rotated.outlet_code, key: rotated.api_key }),
        Err(FindRefused::Unknown(_)) => {
            Ok(office.hub().write(move |tx| outlets::add(tx, CODE, NAME, now)).await?.into())
        }
        Err(refused) => Err(refused.into()),
    }
}

/// Sells the orders that the pages show, unless the café has sold already.
async fn sell(client: &Client, url: &str, menu: &Menu, orders: usize, app: &App) -> Result<()> {
    let sold = |tx: &rusqlite::Transaction<'_>| {
        Ok::<bool, sqlite::Fault>(tx.query_row("select exists (select 1 from orders)", [], |row| row.get(0))?)
    };
    if orders == 0 || app.db.read(sold).await? {
        return Ok(());
    }
    let mut guests = Guests::new(SEED);
    let cashiers = log_in_all(client, url, Role::Cashier).await?;
    for (_, token) in (0..orders).zip(cashiers.iter().cycle()) {
        seller::order(client, url, token, menu, &mut guests, Payment::Made).await?;
    }
    for token in log_in_all(client, url, Role::Manager).await? {
        serve(client, url, &token).await?;
    }
    for (_, token) in (0..OPEN_ORDERS).zip(cashiers.iter().cycle()) {
        let (id, _) = seller::order(client, url, token, menu, &mut guests, Payment::Open).await?;
        let url = format!("{url}/api/v1/orders/{id}/send");
        send(client, Method::POST, &url, token, &json!({})).await.context("an order was not sent")?;
    }
    Ok(())
}

/// The tokens of all staff with this role.
async fn log_in_all(client: &Client, url: &str, role: Role) -> Result<Vec<String>> {
    let mut tokens = Vec::new();
    for Member { username, pin, .. } in STAFF.iter().filter(|member| member.role == role) {
        tokens.push(log_in(client, &format!("{url}/api/v1/auth/login"), username, pin).await?);
    }
    Ok(tokens)
}

/// Guests who have paid have eaten: their tickets leave the boards.
async fn serve(client: &Client, url: &str, token: &str) -> Result<()> {
    let tickets = format!("{url}/api/v1/kitchen/tickets");
    for ticket in pages(client, &format!("{tickets}?limit=500"), token).await? {
        let id = ticket["id"].as_str().context("a ticket without an id")?;
        let url = format!("{tickets}/{id}/served");
        send(client, Method::POST, &url, token, &Value::Null).await.context("a ticket was not served")?;
    }
    Ok(())
}

fn show(args: &TryArgs, hub_url: &str, url: &str) -> Result<(), NotWritten> {
    let (username, password) = BOSS;
    if args.json {
        let staff = STAFF.iter().map(|Member { username, name, role, pin }| {
            json!({"username": username, "name": name, "role": role.as_str(), "pin": pin})
        });
        let staff: Vec<_> = staff.collect();
        return say!(
            "{}",
            json!({"hub": hub_url, "outlet": url, "username": username, "password": password, "staff": staff})
        );
    }
    let addresses = Notice::TryAddresses.with("outlet", url).with("hub", hub_url);
    tell(addresses.with("username", username).with("password", password))?;
    for Member { username, name, role, pin } in STAFF {
        let role = role.as_str();
        tell(Notice::TryMember.with("name", *name).with("role", role).with("username", *username).with("pin", *pin))?;
    }
    tell(Notice::TryEnd.with("reason", if args.dir.is_some() { "stays" } else { "deleted" }))
}
