//! The shop's settings over HTTP: all logged-in users can read them; managers and admins can change them.

use access::permission::EditCatalog;
use access::session::Actor;
use domain::barcode::{self, PatternSetting};
use domain::money::MAX_AMOUNT;
use domain::text::{ADDRESS, NAME, PHONE, RECEIPT_FOOTER, TAX_NUMBER, URL};
use domain::{BasisPoints, CashRounding, Money, RoundingMode};
use jiff::tz::TimeZone;
use protocol::entity::MAX_REFUND_DAYS;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::maybe_null;
use web::{ApiError, Choice, Code, IfMatch, Json, Problem, Success, text};

use crate::settings::shop::{self, Limits, ShopSettings};

/// The shop's settings to write, all of them: an absent text is cleared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"zone": "Asia/Jakarta", "cutoff_minutes": 0, "cash_rounding_step": 0, "cash_rounding_mode": "nearest"}))]
pub struct ShopBody {
    #[serde(default, deserialize_with = "maybe_null")]
    address: Option<String>,
    #[serde(default, deserialize_with = "maybe_null")]
    phone: Option<String>,
    /// NPWP, on receipts.
    #[serde(default, deserialize_with = "maybe_null")]
    tax_number: Option<String>,
    /// IANA time zone, such as `Asia/Makassar`.
    zone: String,
    /// Minutes after local midnight when the business day begins, 0 to 1439.
    cutoff_minutes: i64,
    /// Rounding step in minor units: 0 (no rounding), 50, 100, 500 or 1000.
    cash_rounding_step: i64,
    /// The direction of cash rounding.
    #[schema(value_type = RoundingMode)]
    cash_rounding_mode: Choice<RoundingMode>,
    #[serde(default, deserialize_with = "maybe_null")]
    receipt_footer: Option<String>,
    /// Discounts of an order that a cashier may give without approval, in hundredths of a percent of its amount.
    /// Default: 1000.
    #[schema(nullable = false, minimum = 0, maximum = 10000)]
    discount_limit_cashier_bp: Option<i64>,
    /// The same for a waiter. Default: 0.
    #[schema(nullable = false, minimum = 0, maximum = 10000)]
    discount_limit_waiter_bp: Option<i64>,
    /// Cash is only taken while a shift of a drawer is open. Default: false.
    #[schema(nullable = false)]
    shift_required: Option<bool>,
    /// Cash that may be taken out of a drawer in one shift without approval, in minor units. Default: any amount.
    #[schema(minimum = 0)]
    #[serde(default, deserialize_with = "maybe_null")]
    cash_out_limit: Option<i64>,
    /// Days after a sale during which a cashier may ask for a refund, 0 to 3650; null: no limit. Default: 7.
    #[schema(minimum = 0, maximum = 3650)]
    #[serde(default = "default_refund_days", deserialize_with = "maybe_null")]
    refund_days: Option<i64>,
    /// The company as registered, on receipts.
    #[serde(default, deserialize_with = "maybe_null")]
    legal_name: Option<String>,
    /// NITKU: the number of the place of business, on receipts.
    #[serde(default, deserialize_with = "maybe_null")]
    branch_tax_number: Option<String>,
    /// NPWPD: the number at the region, on receipts.
    #[serde(default, deserialize_with = "maybe_null")]
    regional_tax_number: Option<String>,
    /// The address at which guests reach this server, such as `https://kopi.example`, for the code on receipts. Default:
    /// no code.
    #[serde(default, deserialize_with = "maybe_null")]
    receipt_url: Option<String>,
    /// Whether a receipt is printed when an order is paid. Default: true.
    #[schema(nullable = false)]
    print_receipt: Option<bool>,
    /// How the barcodes of the shop's scale are built, at most 20. Default: none.
    #[schema(value_type = Option<Vec<web::shapes::BarcodePattern>>, nullable = false)]
    barcode_patterns: Option<Vec<PatternSetting>>,
}

fn default_refund_days() -> Option<i64> {
    Limits::DEFAULT.refund_days
}

fn patterns(list: Vec<PatternSetting>) -> Result<Vec<PatternSetting>, ApiError> {
    barcode::patterns(&list).map_err(|refused| Code::InvalidBarcodePatterns.field("barcode_patterns", refused))?;
    Ok(list)
}

impl ShopBody {
    fn fields(&self) -> Result<shop::Fields, ApiError> {
        if !(0..=1_439).contains(&self.cutoff_minutes) {
            let not_between = Problem::NotBetween.with("least", 0).with("most", 1_439);
            return Err(Code::InvalidCutoff.field("cutoff_minutes", not_between));
        }
        Ok(shop::Fields {
            address: text::optional("address", self.address.as_deref(), ADDRESS)?,
            phone: text::optional("phone", self.phone.as_deref(), PHONE)?,
            tax_number: tax_number("tax_number", self.tax_number.as_deref())?,
            zone: zone(&self.zone)?,
            cutoff_minutes: self.cutoff_minutes,
            rounding: rounding(self.cash_rounding_step, &self.cash_rounding_mode)?,
            receipt_footer: text::optional("receipt_footer", self.receipt_footer.as_deref(), RECEIPT_FOOTER)?,
            legal_name: text::optional("legal_name", self.legal_name.as_deref(), NAME)?,
            branch_tax_number: tax_number("branch_tax_number", self.branch_tax_number.as_deref())?,
            regional_tax_number: tax_number("regional_tax_number", self.regional_tax_number.as_deref())?,
            receipt_url: receipt_url(self.receipt_url.as_deref())?,
            print_receipt: self.print_receipt.unwrap_or(true),
            barcode_patterns: patterns(self.barcode_patterns.clone().unwrap_or_default())?,
            shift_required: self.shift_required.unwrap_or(false),
            limits: Limits {
                discount_cashier: limit("discount_limit_cashier_bp", self.discount_limit_cashier_bp)?
                    .unwrap_or(Limits::DEFAULT.discount_cashier),
                discount_waiter: limit("discount_limit_waiter_bp", self.discount_limit_waiter_bp)?
                    .unwrap_or(Limits::DEFAULT.discount_waiter),
                cash_out: cash_limit("cash_out_limit", self.cash_out_limit)?,
                refund_days: refund_days(self.refund_days)?,
            },
        })
    }
}

fn tax_number(field: &'static str, number: Option<&str>) -> Result<Option<String>, ApiError> {
    text::optional(field, number, TAX_NUMBER)
}

/// The address of a page; the path of a receipt is appended to it.
fn receipt_url(url: Option<&str>) -> Result<Option<String>, ApiError> {
    let url = text::optional("receipt_url", url, URL)?;
    match url.as_deref().map(|url| url.starts_with("http://") || url.starts_with("https://")) {
        Some(false) => {
            Err(Code::InvalidUrl.field("receipt_url", Problem::NotAllowed.with("choices", "http://, https://")))
        }
        _ => Ok(url),
    }
}

/// The canonical IANA name of a zone.
fn zone(name: &str) -> Result<String, ApiError> {
    let found = TimeZone::get(name).ok();
    found
        .as_ref()
        .and_then(TimeZone::iana_name)
        .map(str::to_owned)
        .ok_or_else(|| Code::InvalidZone.field("zone", Problem::NotAZone))
}

fn limit(field: &'static str, rate_bp: Option<i64>) -> Result<Option<BasisPoints>, ApiError> {
    match rate_bp {
        Some(rate_bp) if !(0..=BasisPoints::WHOLE.0).contains(&rate_bp) => {
            let not_between = Problem::NotBetween.with("least", 0).with("most", BasisPoints::WHOLE.0);
            Err(Code::InvalidLimit.field(field, not_between))
        }
        rate_bp => Ok(rate_bp.map(BasisPoints)),
    }
}

fn cash_limit(field: &'static str, amount: Option<i64>) -> Result<Option<Money>, ApiError> {
    match amount {
        Some(amount) if !(0..=MAX_AMOUNT).contains(&amount) => {
            let not_between = Problem::NotBetween.with("least", Money(0)).with("most", Money(MAX_AMOUNT));
            Err(Code::InvalidLimit.field(field, not_between))
        }
        amount => Ok(amount.map(Money)),
    }
}

fn refund_days(days: Option<i64>) -> Result<Option<i64>, ApiError> {
    if days.is_some_and(|days| !(0..=MAX_REFUND_DAYS).contains(&days)) {
        let not_between = Problem::NotBetween.with("least", 0).with("most", MAX_REFUND_DAYS);
        return Err(Code::InvalidLimit.field("refund_days", not_between));
    }
    Ok(days)
}

fn rounding(step: i64, mode: &Choice<RoundingMode>) -> Result<CashRounding, ApiError> {
    if !CashRounding::STEPS.contains(&step) {
        let not_allowed = Problem::NotAllowed.with("choices", "0, 50, 100, 500, 1000");
        return Err(Code::InvalidRounding.field("cash_rounding_step", not_allowed));
    }
    Ok(CashRounding { step, mode: mode.check(Code::InvalidRounding, "cash_rounding_mode")? })
}

/// Returns the shop's settings.
#[utoipa::path(get, path = "/api/v1/config/shop", tag = "settings",
    responses((status = 200, body = Success<ShopSettings>)))]
pub async fn get_shop_settings(actor: Actor) -> Result<Success<ShopSettings>, ApiError> {
    actor.read(shop::get).await.map(Success::new)
}

/// Replaces the shop's settings, from the next order on; `If-Match` with their version prevents overwriting other
/// changes.
#[utoipa::path(put, path = "/api/v1/config/shop", tag = "settings",
    params(("If-Match" = Option<String>, Header)),
    request_body = ShopBody, responses(
    (status = 200, body = Success<ShopSettings>), (status = 412, description = "`version_mismatch`"),
    (status = 422, description = "`invalid_zone`, `invalid_cutoff`, `invalid_rounding`, `invalid_limit`, `invalid_url`, `invalid_text`")))]
pub async fn update_shop_settings(
    actor: Actor<EditCatalog>,
    IfMatch(version): IfMatch,
    Json(body): Json<ShopBody>,
) -> Result<Success<ShopSettings>, ApiError> {
    let fields = body.fields()?;
    actor.edit(move |tx, user| shop::replace(tx, user.into(), &fields, version)).await.map(Success::new)
}
