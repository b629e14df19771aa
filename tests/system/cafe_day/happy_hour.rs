//! A happy hour across midnight: head office plans it, and it applies at the outlet without head office.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use testkit::{Http, eventually};

use super::sums::{int, text};

/// The price of a coffee,
pub const USUAL: i64 = 22_250;
/// and from 22:00 to 02:00.
const HAPPY: i64 = 15_750;
const HOURS: [i64; 2] = [22 * 60, 2 * 60];

/// The hour of the shop's clock before the happy hour, and when it begins, goes on after midnight (on the next day), and has
/// ended. An hour has passed at most before the next is set, so a turn of the hour changes no price.
pub const BEFORE: i64 = 20;
pub const BEGINNING: i64 = 22;
pub const MIDNIGHT: i64 = 24;
pub const AFTER: i64 = 26;

/// A zone whose clock shows this hour now.
fn zone_at(hour: i64, now: Timestamp) -> String {
    // Zones are 12 hours behind UTC to 14 ahead; the sign in their names is the other way round.
    let utc = i64::from(TimeZone::UTC.to_datetime(now).hour());
    let at_beginning = if BEGINNING - utc > 12 { BEGINNING - utc - 24 } else { BEGINNING - utc };
    let ahead = at_beginning + hour - BEGINNING;
    // Where no zone is that far away: an hour later, still before; or the morning before, also after a happy hour.
    let ahead = if ahead > 14 { ahead - 24 } else { ahead.max(-12) };
    format!("Etc/GMT{}{}", if ahead > 0 { "-" } else { "+" }, ahead.abs())
}

/// Sets the clock of the shop to this hour. Returns when that was.
pub async fn set_hour(admin: &Http, hour: i64) -> Timestamp {
    let now = Timestamp::now();
    let mut settings = admin.get("/api/v1/config/shop").await.data().clone();
    settings.as_object_mut().unwrap().remove("version");
    settings["zone"] = zone_at(hour, now).into();
    admin.call("PUT", "/api/v1/config/shop", &settings).await.data();
    now
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

/// Every coffee from the beginning to the end was sold at the price of the happy hour, on both days, and every other one at its
/// usual price.
pub fn assert_applied(receipts: &[Value], coffee: &str, [begun, ended]: [Timestamp; 2]) {
    let (mut dates, mut before, mut after) = (Vec::new(), 0, 0);
    for order in receipts {
        for line in order["lines"].as_array().unwrap().iter().filter(|line| line["product_id"] == coffee) {
            let added_at: Timestamp = text(&line["added_at"]).parse().unwrap();
            let expected = if (begun..ended).contains(&added_at) { (HAPPY, "menu") } else { (USUAL, "product") };
            assert_eq!((&line["price"], &line["price_source"]), (&json!(expected.0), &json!(expected.1)), "{order}");
            match expected.0 {
                HAPPY => dates.push(text(&order["business_date"])),
                _ if added_at < begun => before += 1,
                _ => after += 1,
            }
        }
    }
    dates.sort_unstable();
    dates.dedup();
    assert!(dates.len() > 1, "it went on after midnight: {dates:?}");
    assert!(before > 1 && after > 1, "coffees at the usual price: {before} before, {after} after");
}
