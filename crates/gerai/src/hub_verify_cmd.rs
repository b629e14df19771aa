//! `gerai hub verify`: compares sales and daily figures with the order documents.

use std::process::ExitCode;

use anyhow::Result;
use hub::Hub;
use serde_json::json;
use web::Notice;

use crate::out::{say, tell};
use crate::table;

/// Compares everything and optionally repairs it; exit code 1 if differences remain.
pub async fn run(hub: Hub, repair: bool, as_json: bool) -> Result<ExitCode> {
    let verified = hub.verify_figures(repair).await;
    hub.store().close().await;
    let verified = verified?;
    let (differing, unrepaired) = (verified.differing.len(), verified.unrepaired.len());
    if as_json {
        say!("{}", json!(verified))?;
    } else {
        if differing > 0 {
            let days: Vec<_> = verified.differing.iter().map(|day| json!(day)).collect();
            table::print(&["outlet_code", "business_date"], &days)?;
        }
        let compared = Notice::HubVerified.with("orders", verified.orders).with("days", verified.days);
        tell(compared.with("differing", differing))?;
        if !verified.unreadable.is_empty() {
            tell(Notice::HubVerifiedUnreadable)?;
            let orders: Vec<_> = verified.unreadable.iter().map(|order| json!(order)).collect();
            table::print(&["outlet_code", "order_id"], &orders)?;
        }
        if differing > 0 && !repair {
            tell(Notice::HubVerifiedRepair.with("reason", "possible"))?;
        } else if unrepaired > 0 {
            tell(Notice::HubVerifiedRepair.with("reason", "partly").with("count", unrepaired))?;
        } else if differing > 0 {
            tell(Notice::HubVerifiedRepair.with("reason", "done"))?;
        }
    }
    let remaining = if repair { unrepaired } else { differing };
    Ok(if remaining > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
