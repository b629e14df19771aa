//! `gerai`: the outlet's server.

use std::process::ExitCode;

use anyhow::{Context, Result};
use outlet::Outlet;
use outlet::config::Config;

use crate::args::OutletArgs;
use crate::{logging, out, signal};

/// Serves until a signal stops it.
pub async fn run(args: OutletArgs) -> Result<ExitCode> {
    logging::start("info");
    let stop = signal::stop_token()?;
    let (host, port) = args.listen()?;
    let config = Config { db_path: args.db.path(), env: args.sync.read()?, edge: args.edge.read(&host)? };
    let outlet = Outlet::open(config).await?;
    let listener = web::server::listen(&host, port).await?;
    let address = listener.local_addr().context("the listener has no address")?;
    announce_sync(&outlet).await?;
    out::announce(format_args!("Gerai outlet listening on http://{address}"));
    outlet.serve(listener, stop).await.context("the server failed")?;
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
