//! The settings of the shop: receipt texts, business day, cash rounding.

use access::audit::Author;
use domain::barcode::PatternSetting;
use domain::{BasisPoints, CashRounding, Money, Role, RoundingMode};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use sqlite::{Fault, ReadRow};
use utoipa::ToSchema;
use web::{ApiError, Word};

use crate::version::{check_version, version};
use crate::{audit, json_list};

/// The id of the single row.
const ID: &str = protocol::entity::SINGLE_ID;

/// The shop's settings.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ShopSettings {
    /// Address on receipts.
    pub address: Option<String>,
    /// Phone number on receipts.
    pub phone: Option<String>,
    /// NPWP, on receipts.
    pub tax_number: Option<String>,
    /// IANA time zone, such as `Asia/Makassar`.
    pub zone: String,
    /// Minutes after local midnight when the business day begins, 0 to 1439.
    pub cutoff_minutes: i64,
    /// Rounding step in minor units: 0 (no rounding), 50, 100, 500 or 1000.
    pub cash_rounding_step: i64,
    /// The direction of cash rounding.
    #[schema(value_type = RoundingMode)]
    pub cash_rounding_mode: Word<RoundingMode>,
    /// Footer of receipts.
    pub receipt_footer: Option<String>,
    /// Discounts of an order that a cashier may give without approval, in hundredths of a percent of its amount.
    pub discount_limit_cashier_bp: i64,
    /// The same for a waiter.
    pub discount_limit_waiter_bp: i64,
    /// Cash is only taken while a shift of a drawer is open.
    pub shift_required: bool,
    /// Cash that may be taken out of a drawer in one shift without approval, in minor units; null: any amount.
    pub cash_out_limit: Option<i64>,
    /// Days after a sale during which a cashier may ask for a refund; null: no limit.
    pub refund_days: Option<i64>,
    /// The company as registered, on receipts.
    pub legal_name: Option<String>,
    /// NITKU: the number of the place of business, on receipts.
    pub branch_tax_number: Option<String>,
    /// NPWPD: the number at the region, on receipts.
    pub regional_tax_number: Option<String>,
    /// The address at which guests reach this server, for the code on receipts; null: no code.
    pub receipt_url: Option<String>,
    /// A receipt is printed when an order is paid.
    pub print_receipt: bool,
    /// How the barcodes of the shop's scale are built. An unreadable list is shown as empty.
    #[schema(value_type = Vec<web::shapes::BarcodePattern>)]
    pub barcode_patterns: Vec<PatternSetting>,
    /// Version of this entity, for `If-Match`.
    pub version: i64,
}

/// The checked settings.
#[derive(Debug)]
pub struct Fields {
    /// Address on receipts.
    pub address: Option<String>,
    /// Phone number on receipts.
    pub phone: Option<String>,
    /// Tax number on receipts.
    pub tax_number: Option<String>,
    /// IANA time zone.
    pub zone: String,
    /// 0 to 1439.
    pub cutoff_minutes: i64,
    /// How cash is rounded.
    pub rounding: CashRounding,
    /// Footer of receipts.
    pub receipt_footer: Option<String>,
    /// The company as registered, on receipts.
    pub legal_name: Option<String>,
    /// Number of the place of business, on receipts.
    pub branch_tax_number: Option<String>,
    /// Number at the region, on receipts.
    pub regional_tax_number: Option<String>,
    /// The address at which guests reach this server.
    pub receipt_url: Option<String>,
    /// A receipt is printed when an order is paid.
    pub print_receipt: bool,
    /// How the barcodes of the shop's scale are built.
    pub barcode_patterns: Vec<PatternSetting>,
    /// Cash is only taken while a shift is open.
    pub shift_required: bool,
    /// What roles may do without approval.
    pub limits: Limits,
}

/// What roles may do without the approval of a manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Discounts of an order by a cashier, as a part of its amount.
    pub discount_cashier: BasisPoints,
    /// The same for a waiter.
    pub discount_waiter: BasisPoints,
    /// Cash taken out of a drawer in one shift; `None`: any amount.
    pub cash_out: Option<Money>,
    /// Days after a sale during which a cashier may ask for a refund; `None`: no limit.
    pub refund_days: Option<i64>,
}

impl Limits {
    /// As in the schema.
    pub const DEFAULT: Self = Self {
        discount_cashier: BasisPoints(1_000),
        discount_waiter: BasisPoints(0),
        cash_out: None,
        refund_days: Some(7),
    };

    /// The limit of a role; `None`: no limit.
    #[must_use]
    pub fn discount(self, role: Role) -> Option<BasisPoints> {
        match role {
            Role::Admin | Role::Manager => None,
            Role::Cashier => Some(self.discount_cashier),
            Role::Waiter | Role::Kitchen | Role::Bar => Some(self.discount_waiter),
        }
    }
}

/// The limits in force.
///
/// # Errors
/// The error from SQLite.
pub fn limits(tx: &Transaction<'_>) -> Result<Limits, Fault> {
    let sql = "select discount_limit_cashier_bp, discount_limit_waiter_bp, cash_out_limit, refund_days
        from settings where id = ?1";
    let found = tx.prepare_cached(sql)?.query_row([ID], |row| {
        Ok(Limits {
            discount_cashier: BasisPoints(row.read(0)?),
            discount_waiter: BasisPoints(row.read(1)?),
            cash_out: row.read::<Option<i64>>(2)?.map(Money),
            refund_days: row.read(3)?,
        })
    });
    Ok(found.optional()?.unwrap_or(Limits::DEFAULT))
}

/// The settings in force; if the row is missing, the defaults.
///
/// # Errors
/// The error from SQLite.
pub fn get(tx: &Transaction<'_>) -> Result<ShopSettings, Fault> {
    let sql = "select address, phone, tax_number, zone, cutoff_minutes, cash_rounding_step, cash_rounding_mode,
        receipt_footer, discount_limit_cashier_bp, discount_limit_waiter_bp, shift_required, cash_out_limit, refund_days,
        legal_name, branch_tax_number, regional_tax_number, receipt_url, print_receipt,
        barcode_patterns from settings where id = ?1";
    let version = version(tx, "setting", ID)?;
    let found = tx
        .query_row(sql, [ID], |row| {
            Ok(ShopSettings {
                address: row.read(0)?,
                phone: row.read(1)?,
                tax_number: row.read(2)?,
                zone: row.read(3)?,
                cutoff_minutes: row.read(4)?,
                cash_rounding_step: row.read(5)?,
                cash_rounding_mode: Word::of(row.read(6)?),
                receipt_footer: row.read(7)?,
                discount_limit_cashier_bp: row.read(8)?,
                discount_limit_waiter_bp: row.read(9)?,
                shift_required: row.read(10)?,
                cash_out_limit: row.read(11)?,
                refund_days: row.read(12)?,
                legal_name: row.read(13)?,
                branch_tax_number: row.read(14)?,
                regional_tax_number: row.read(15)?,
                receipt_url: row.read(16)?,
                print_receipt: row.read(17)?,
                barcode_patterns: json_list::read(row, 18)?.unwrap_or_default(),
                version,
            })
        })
        .optional()?;
    Ok(found.unwrap_or_else(|| ShopSettings {
        address: None,
        phone: None,
        tax_number: None,
        zone: crate::settings::ZONE.to_owned(),
        cutoff_minutes: 0,
        cash_rounding_step: CashRounding::NONE.step,
        cash_rounding_mode: Word::Known(CashRounding::NONE.mode),
        receipt_footer: None,
        discount_limit_cashier_bp: Limits::DEFAULT.discount_cashier.0,
        discount_limit_waiter_bp: Limits::DEFAULT.discount_waiter.0,
        shift_required: false,
        cash_out_limit: None,
        refund_days: Limits::DEFAULT.refund_days,
        legal_name: None,
        branch_tax_number: None,
        regional_tax_number: None,
        receipt_url: None,
        print_receipt: true,
        barcode_patterns: Vec::new(),
        version,
    }))
}

/// Replaces the settings, from the next order on. Existing orders keep their business date.
///
/// # Errors
/// 412.
pub fn replace(
    tx: &Transaction<'_>,
    by: Author<'_>,
    fields: &Fields,
    if_version: Option<i64>,
) -> Result<ShopSettings, ApiError> {
    check_version(tx, "setting", ID, if_version)?;
    let before = get(tx)?;
    tx.execute(
        "insert into settings (id, address, phone, tax_number, zone, cutoff_minutes, cash_rounding_step,
         cash_rounding_mode, receipt_footer, discount_limit_cashier_bp, discount_limit_waiter_bp, shift_required,
         cash_out_limit, refund_days, legal_name, branch_tax_number, regional_tax_number, receipt_url, print_receipt,
         barcode_patterns)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
         on conflict (id) do update set address = excluded.address, phone = excluded.phone,
         tax_number = excluded.tax_number, zone = excluded.zone, cutoff_minutes = excluded.cutoff_minutes,
         cash_rounding_step = excluded.cash_rounding_step, cash_rounding_mode = excluded.cash_rounding_mode,
         receipt_footer = excluded.receipt_footer,
         discount_limit_cashier_bp = excluded.discount_limit_cashier_bp,
         discount_limit_waiter_bp = excluded.discount_limit_waiter_bp,
         shift_required = excluded.shift_required, cash_out_limit = excluded.cash_out_limit,
         refund_days = excluded.refund_days, legal_name = excluded.legal_name,
         branch_tax_number = excluded.branch_tax_number, regional_tax_number = excluded.regional_tax_number,
         receipt_url = excluded.receipt_url, print_receipt = excluded.print_receipt,
         barcode_patterns = excluded.barcode_patterns",
        params![
            ID,
            fields.address,
            fields.phone,
            fields.tax_number,
            fields.zone,
            fields.cutoff_minutes,
            fields.rounding.step,
            fields.rounding.mode.as_str(),
            fields.receipt_footer,
            fields.limits.discount_cashier.0,
            fields.limits.discount_waiter.0,
            fields.shift_required,
            fields.limits.cash_out.map(|limit| limit.0),
            fields.limits.refund_days,
            fields.legal_name,
            fields.branch_tax_number,
            fields.regional_tax_number,
            fields.receipt_url,
            fields.print_receipt,
            json_list::text(&fields.barcode_patterns)?
        ],
    )?;
    let after = get(tx)?;
    audit::changed(tx, by, ("setting", ID), (Some(&before), Some(&after)))?;
    Ok(after)
}
