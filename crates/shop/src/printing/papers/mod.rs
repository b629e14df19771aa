//! Documents from the rows of the shop, with the names and local times that a reader of the paper needs.

mod cash;
mod receipt;
mod refund;
mod shift;
mod test_page;

pub use cash::cash_movement;
pub use receipt::receipt;
pub use refund::refund;
pub use shift::shift;
pub use test_page::test_page;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use paper::{LocalTime, Seller};
use rusqlite::{OptionalExtension, Transaction};
use sqlite::{Fault, ReadRow};

use crate::settings::{self, shop};
use crate::staff;

/// What each document of the shop needs.
#[derive(Debug)]
pub struct Letterhead {
    /// Who sells.
    pub seller: Seller,
    /// The address of the settings for receipts as pages.
    pub receipt_url: Option<String>,
    /// Whether a receipt is printed when an order is paid.
    pub print_receipt: bool,
    zone: TimeZone,
}

impl Letterhead {
    /// As the settings are now.
    ///
    /// # Errors
    /// The error from SQLite.
    pub fn read(tx: &Transaction<'_>) -> Result<Self, Fault> {
        let settings = shop::get(tx)?;
        let sql = "select nullif(trim(outlet_name), '') from outlet_config where id = 1";
        let name = tx.prepare_cached(sql)?.query_row([], |row| row.read::<Option<String>>(0)).optional()?.flatten();
        let name = name.or_else(|| settings.legal_name.clone()).unwrap_or_else(|| "Gerai".to_owned());
        Ok(Self {
            seller: Seller {
                name,
                legal_name: settings.legal_name,
                address: settings.address,
                phone: settings.phone,
                tax_number: settings.tax_number,
                branch_tax_number: settings.branch_tax_number,
                regional_tax_number: settings.regional_tax_number,
                footer: settings.receipt_footer,
            },
            receipt_url: settings.receipt_url,
            print_receipt: settings.print_receipt,
            zone: settings::shop(tx)?.day.zone,
        })
    }

    /// A time by the shop's clock.
    #[must_use]
    pub fn time(&self, at: Timestamp) -> LocalTime {
        let info = self.zone.to_offset_info(at);
        LocalTime { at: self.zone.to_datetime(at), zone: info.abbreviation().to_owned() }
    }

    /// A stored time by the shop's clock; `now` if it cannot be read.
    fn stored_time(&self, at: Option<&str>, now: Timestamp) -> LocalTime {
        self.time(at.and_then(|at| at.parse().ok()).unwrap_or(now))
    }
}

/// The name of a user.
fn name(tx: &Transaction<'_>, id: Option<&str>) -> Option<String> {
    id.and_then(|id| staff::name_of(tx, id))
}
