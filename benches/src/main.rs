//! `make bench`: speed and memory of the real program, each figure beside a limit measured in the same run.
//!
//! Machines are shared and noisy, so goals are ratios; absolute times are for orientation.
#![expect(clippy::float_arithmetic, reason = "ratios and rates are only displayed; no money is calculated here")]

mod capture;
mod chain;
mod cpu;
mod daily;
mod disk;
mod documents_hub;
mod drain;
mod env;
mod fanout;
mod fleet;
mod growth;
mod idle;
mod join;
mod kitchen;
mod load;
mod migration;
mod online;
mod orders;
mod outlets;
mod peers;
mod pending;
mod pocketbase;
mod pouchdb;
mod price_switch;
mod printing;
mod reconnect;
mod report;
mod rows;
mod search;
mod sender;
mod servers;
mod strangers;
mod till;
mod trade;

use std::process::ExitCode;

use anyhow::Result;
use report::Report;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let named = |name: &str| wanted.iter().any(|w| w == name);
    let chosen = |name: &str| wanted.is_empty() || named(name);
    let mut report = Report::new();
    disk::run(&mut report)?;
    if chosen("orders") {
        orders::run(&mut report).await?;
    }
    if chosen("capture") {
        capture::run(&mut report).await?;
    }
    if chosen("pending") {
        pending::run(&mut report).await?;
    }
    if chosen("drain") {
        drain::run(&mut report).await?;
    }
    if chosen("till") {
        till::run(&mut report).await?;
    }
    if chosen("search") {
        search::run(&mut report)?;
    }
    if chosen("online") {
        online::run(&mut report).await?;
    }
    if chosen("fanout") {
        fanout::run(&mut report).await?;
    }
    if chosen("price-switch") {
        price_switch::run(&mut report).await?;
    }
    if chosen("join") {
        join::run(&mut report).await?;
    }
    if chosen("chain") {
        chain::run(&mut report).await?;
    }
    if chosen("daily") {
        daily::run(&mut report).await?;
    }
    if chosen("migration") {
        migration::run(&mut report).await?;
    }
    if chosen("reconnect") {
        reconnect::run(&mut report).await?;
    }
    if chosen("idle") {
        idle::run(&mut report)?;
    }
    if chosen("growth") {
        growth::run(&mut report).await?;
    }
    if chosen("fleet") {
        fleet::run(&mut report).await?;
    }
    if chosen("printing") {
        printing::run(&mut report).await?;
    }
    if chosen("trade") {
        trade::run(&mut report).await?;
    }
    if chosen("kitchen") {
        kitchen::run(&mut report).await?;
    }
    if chosen("strangers") {
        strangers::run(&mut report).await?;
    }
    // Need other programs, which `make bench-peers` installs.
    if named("pocketbase") {
        pocketbase::run(&mut report).await?;
    }
    if named("pouchdb") {
        pouchdb::run(&mut report).await?;
    }
    Ok(report.print())
}
