//! `gerai demo`: a hub and outlets in one process, with a sample café that sells over HTTP as tills do, while the hub
//! changes prices and outlets edit their products. Finally compares both sides: exit code 1 if a sale is lost or
//! duplicated, totals differ, or they do not converge. [`trial`] is `gerai try`.

mod changes;
mod converge;
mod count;
mod seller;
mod shop;
mod till;
pub mod trial;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use replica::client::hub::http_client;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::out::{self, NotWritten, say};
use crate::{logging, signal};
use changes::{change_prices, edit_products};
use converge::converge;
use count::{Changes, Summary, count};
use seller::sell;
use shop::{ANYWHERE, Shop, open_head_office, open_shop};

/// A hub and outlets in one process, with a sample café that sells while its menu changes.
#[derive(Args)]
pub struct DemoArgs {
    /// Number of outlets
    #[arg(long, default_value_t = 3)]
    outlets: usize,
    /// Sales per second and outlet
    #[arg(long, default_value_t = 5.0)]
    rate: f64,
    /// Duration of the sales in seconds [default: until Ctrl-C]
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,
    /// Folder for the databases, which stay there [default: a temporary folder]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// Sells, waits for convergence, compares, counts.
pub async fn run(args: DemoArgs) -> Result<ExitCode> {
    logging::start("warn");
    if args.outlets == 0 || args.outlets > 100 {
        bail!("--outlets must be 1 to 100");
    }
    if !(args.rate > 0.0 && args.rate <= 1_000.0) {
        bail!("--rate must be more than 0 and at most 1000 sales per second");
    }
    let temporary = tempfile::tempdir().context("cannot create a folder for the databases")?;
    let dir = args.dir.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot create the folder {}", dir.display()))?;
    let stop_selling = signal::stop_token()?;
    let stop_servers = CancellationToken::new();
    let tasks = TaskTracker::new();
    let summary = demo(&args, &dir, &stop_selling, &stop_servers, &tasks).await;
    stop_servers.cancel();
    tasks.close();
    tasks.wait().await;
    let summary = summary?;
    say!("{}", if args.json { json!(summary).to_string() } else { summary.to_string() })?;
    Ok(if summary.is_exact() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn demo(
    args: &DemoArgs,
    dir: &Path,
    stop_selling: &CancellationToken,
    stop_servers: &CancellationToken,
    tasks: &TaskTracker,
) -> Result<Summary> {
    let client = http_client()?;
    let password = web::secret::random();
    let office = Arc::new(open_head_office(dir, ANYWHERE, ("demo", &password), &client, stop_servers, tasks).await?);
    let mut shops = Vec::new();
    for number in 1..=args.outlets {
        shops.push(Arc::new(open_shop(dir, number, &office, &client, stop_servers, tasks).await?));
    }
    if !args.json {
        say!(
            "Head office at {}, outlets at {}",
            office.url,
            shops.iter().map(|s| s.url.as_str()).collect::<Vec<_>>().join(", ")
        )?;
    }
    let mut sellers = Vec::new();
    let mut editors = Vec::new();
    for (seed, shop) in (1..).zip(&shops) {
        sellers.push(tokio::spawn(sell(Arc::clone(shop), client.clone(), seed, args.rate, stop_selling.clone())));
        editors.push(tokio::spawn(edit_products(Arc::clone(shop), client.clone(), seed, stop_selling.clone())));
    }
    let prices = change_prices(Arc::clone(&office), shops.clone(), client.clone(), stop_selling.clone());
    let prices = tokio::spawn(prices);
    let watched = watch(args, &shops, stop_selling).await;
    stop_selling.cancel();
    for seller in sellers {
        seller.await.context("a seller failed")??;
    }
    let price_delays_ms = prices.await.context("the price changes failed")??;
    let mut product_edits = 0;
    for editor in editors {
        product_edits += editor.await.context("the edits at an outlet failed")??;
    }
    watched?;
    let converged = converge(&office, &shops, &client).await?;
    count(&office, &shops, Changes { price_delays_ms, product_edits, converged }, &client).await
}

/// Shows the progress until the time ends or Ctrl-C is pressed.
async fn watch(args: &DemoArgs, shops: &[Arc<Shop>], stop: &CancellationToken) -> Result<(), NotWritten> {
    let live = !args.json && std::io::stdout().is_terminal();
    let end = async {
        match args.seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    let mut tick = tokio::time::interval(Duration::from_secs(if live { 1 } else { 5 }));
    tick.tick().await;
    tokio::pin!(end);
    let mut lines = 0;
    loop {
        tokio::select! {
            () = &mut end => return Ok(()),
            () = stop.cancelled() => return Ok(()),
            _ = tick.tick() => {}
        }
        if args.json {
            continue;
        }
        if live && lines > 0 {
            out::write(format_args!("\x1b[{lines}A\x1b[J"))?;
        }
        lines = shops.len();
        for shop in shops {
            let status = shop.status().await;
            say!("{}", status.unwrap_or_else(|error| format!("{}  {error:#}", shop.code)))?;
        }
    }
}
