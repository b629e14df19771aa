//! A happy hour across midnight: head office plans it, and it applies at the outlet without head office.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use testkit::{Http, eventually};

use super::sums::{int, text};

/// The price of a coffee from 22:00 to 02:00.
const HAPPY: i64 = 15_750;
const HOURS: [i64; 2] = [22 * 60, 2 * 60];

/// A zone whose clock shows this hour now; 24 is midnight, on the next day.
fn zone_at(hour: i64, now: Timestamp) -> String {
    let utc = i64::from(TimeZone::UTC.to_datetime(now).hour());
    // Zones are 12 hours behind UTC to 14 ahead; the sign in their names is the other way round.
    let at_23 = if 23 - utc > 13 { 23 - utc - 24 } else { 23 - utc };
    let ahead = at_23 + hour - 23;
    format!("Etc/GMT{}{}", if ahead > 0 { "-" } else { "+" }, ahead.abs())
}

/// Sets the clock of the shop to this hour, the next day from 24 on.
pub async fn set_hour(admin: &Http, hour: i64) {
    let mut settings = admin.get("/api/v1/config/shop").await.data().clone();
    settings.as_object_mut().unwrap().remove("version");
    settings["zone"] = zone_at(hour, Timestamp::now()).into();
    admin.call("PUT", "/api/v1/config/shop", &settings).await.data();
}

/// Head office plans it; the outlet has received it when this returns.
pub async fn plan(boss: &Http, admin: &Http, coffee: &str) {
    let menu = json!({"name": "Happy hour", "from_minute": HOURS[0], "to_minute": HOURS[1], "channels": ["own"]});
    let menu = text(&boss.post("/v1/hq/menus", &menu).await.data()["id"]);
    let prices = json!({"prices": [{"product_id": coffee, "price": HAPPY}]});
    boss.call("PATCH", &format!("/v1/hq/menus/{menu}/prices"), &prices).await.data();
    eventually("the outlet has the happy hour", || async {
        let quote = json!({"lines": [{"product_id": coffee, "qty": 1}]});
        int(&admin.post("/api/v1/orders/quote", &quote).await.data()["subtotal"]) == HAPPY
    })
    .await;
}

/// Every coffee of both days was sold at the price of the happy hour.
pub fn assert_applied(receipts: &[Value], coffee: &str) {
    let mut dates = Vec::new();
    for order in receipts {
        for line in order["lines"].as_array().unwrap().iter().filter(|line| line["product_id"] == coffee) {
            assert_eq!((&line["price"], &line["price_source"]), (&json!(HAPPY), &json!("menu")), "{order}");
            dates.push(text(&order["business_date"]));
        }
    }
    dates.sort_unstable();
    dates.dedup();
    assert!(dates.len() > 1, "it went on after midnight: {dates:?}");
}
