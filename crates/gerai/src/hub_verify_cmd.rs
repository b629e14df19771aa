//! `gerai hub verify`: compares sales and daily figures with the order documents.

use std::process::ExitCode;

use anyhow::Result;
use domain::text::counted;
use hub::Hub;
use serde_json::json;

use crate::out::say;
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
        let orders = counted(verified.orders.try_into().unwrap_or(i64::MAX), "order", "orders");
        let days = counted(verified.days.try_into().unwrap_or(i64::MAX), "business day", "business days");
        say!("Compared {orders} and {days}: {differing} differ.")?;
        if !verified.unreadable.is_empty() {
            say!("These orders cannot be read; their sales are as they were booked:")?;
            let orders: Vec<_> = verified.unreadable.iter().map(|order| json!(order)).collect();
            table::print(&["outlet_code", "order_id"], &orders)?;
        }
        if differing > 0 && !repair {
            say!("'gerai hub verify --repair' calculates them again.")?;
        } else if unrepaired > 0 {
            say!("{unrepaired} could not be calculated again; the others were.")?;
        } else if differing > 0 {
            say!("They were calculated again.")?;
        }
    }
    let left = if repair { unrepaired } else { differing };
    Ok(if left > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
