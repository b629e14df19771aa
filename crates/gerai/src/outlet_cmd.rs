//! `gerai`: the outlet's server.

use std::process::ExitCode;

use anyhow::{Context, Result};
use outlet::Outlet;
use outlet::config::Config;
use web::server::Listeners;

use crate::args::OutletArgs;
use crate::{logging, out, signal, tls};

/// Serves until a signal stops it.
pub async fn run(args: OutletArgs) -> Result<ExitCode> {
    logging::start("info");
    let stop = signal::stop_token()?;
    let (host, port) = args.listen()?;
    let tls = args.tls.read(&host)?;
    let config =
        Config { db_path: args.db.path(), env: args.sync.read()?, edge: args.edge.read(&host)?, ..Config::default() };
    let outlet = Outlet::open(config).await?;
    let http = web::server::listen(&host, port).await?;
    let address = http.local_addr().context("the listener has no address")?;
    let authority = sqlite::sibling(outlet.app().db.path(), ".ca.pem");
    let https = match tls {
        Some(tls) => Some(tls.open(async || tls::authority_in(&authority)).await?),
        None => None,
    };
    let listeners = Listeners { http, https };
    announce_sync(&outlet).await?;
    tls::announce(&listeners)?;
    out::announce(format_args!("Gerai outlet listening on http://{address}"));
    outlet.serve(listeners, stop).await.context("the server failed")?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the two lines of the contract, or logs which setting is missing.
async fn announce_sync(outlet: &Outlet) -> Result<()> {
    let cloud = outlet.hub_link().await?;
    if !cloud.enabled {
        tracing::info!("cloud sync is off; set SYNC_ENABLED=true in .env, or sync_enabled = 1 in outlet_config");
        return Ok(());
    }
    match cloud.address() {
        Ok(address) => {
            out::announce(format_args!("Cloud sync enabled: {} (Outlet: {})", address.api_url, address.outlet_code));
            out::announce("Sync management endpoints registered");
        }
        Err(missing) => tracing::warn!("{missing}"),
    }
    Ok(())
}
