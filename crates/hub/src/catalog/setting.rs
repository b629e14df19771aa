//! An outlet's settings: business day, cash rounding, receipts.

use domain::money::MAX_AMOUNT;
use domain::qris::{Qris, QrisMode};
use domain::{BasisPoints, CashRounding, RoundingMode, text};
use protocol::entity;
use store::Tx;
use web::Code;

use super::fields::{Absent, Field, Form};
use super::kind::Edit;
use super::{Refused, SharedKind};

pub(crate) use protocol::entity::SINGLE_ID as ID;

pub(crate) static KIND: SharedKind = SharedKind {
    entity: entity::get("setting"),
    word: "setting",
    missing: "setting",
    fields: &[
        Field { name: "address", form: Form::Text(text::ADDRESS), absent: Absent::Null, about: "On receipts" },
        Field { name: "phone", form: Form::Text(text::PHONE), absent: Absent::Null, about: "On receipts" },
        Field {
            name: "tax_number",
            form: Form::Text(text::TAX_NUMBER),
            absent: Absent::Null,
            about: "On receipts: NPWP",
        },
        Field { name: "zone", form: Form::Zone, absent: Absent::Required, about: "IANA name, as Asia/Makassar" },
        Field {
            name: "cutoff_minutes",
            form: Form::Number { least: 0, most: 1_439, code: Code::InvalidCutoff },
            absent: Absent::Required,
            about: "Minutes after local midnight at which the business day begins",
        },
        Field {
            name: "cash_rounding_step",
            form: Form::OneOf(&CashRounding::STEPS, Code::InvalidRounding),
            absent: Absent::Required,
            about: "Minor units; 0: no rounding",
        },
        Field { name: "cash_rounding_mode", form: MODE, absent: Absent::Required, about: "To which side" },
        Field {
            name: "receipt_footer",
            form: Form::Text(text::RECEIPT_FOOTER),
            absent: Absent::Null,
            about: "On receipts, at the end",
        },
        Field {
            name: "discount_limit_cashier_bp",
            form: LIMIT,
            absent: Absent::Int(1_000),
            about: "Discounts of an order that a cashier may give without approval, in hundredths of a percent",
        },
        Field { name: "discount_limit_waiter_bp", form: LIMIT, absent: Absent::Int(0), about: "The same for a waiter" },
        Field {
            name: "shift_required",
            form: Form::Flag,
            absent: Absent::Flag(false),
            about: "Cash is only taken while a shift of a drawer is open",
        },
        Field {
            name: "cash_out_limit",
            form: CASH_LIMIT,
            absent: Absent::Null,
            about: "Cash that may be taken out of a drawer in one shift without approval; null: any amount",
        },
        Field {
            name: "refund_days",
            form: Form::Number { least: 0, most: entity::MAX_REFUND_DAYS, code: Code::InvalidLimit },
            absent: Absent::IntOrNull(7),
            about: "Days after a sale during which a cashier may ask for a refund; null: no limit",
        },
        Field {
            name: "qris_payload",
            form: Form::Text(text::QRIS),
            absent: Absent::Null,
            about: "The merchant's static QRIS code, as its acquirer issued it",
        },
        Field {
            name: "qris_mode",
            form: QRIS_MODE,
            absent: Absent::Text("amount_12"),
            about: "How an amount is put into the code; `static`: the guest types it",
        },
        Field {
            name: "legal_name",
            form: Form::Text(text::NAME),
            absent: Absent::Null,
            about: "On receipts: the company as registered",
        },
        Field {
            name: "branch_tax_number",
            form: Form::Text(text::TAX_NUMBER),
            absent: Absent::Null,
            about: "On receipts: NITKU, the number of the place of business",
        },
        Field {
            name: "regional_tax_number",
            form: Form::Text(text::TAX_NUMBER),
            absent: Absent::Null,
            about: "On receipts: NPWPD, the number at the region",
        },
        Field {
            name: "receipt_url",
            form: Form::Text(text::URL),
            absent: Absent::Null,
            about: "The address at which guests reach the outlet's server, for the code on receipts; null: no code",
        },
        Field {
            name: "print_receipt",
            form: Form::Flag,
            absent: Absent::Flag(true),
            about: "A receipt is printed when an order is paid",
        },
        Field {
            name: "barcode_patterns",
            form: Form::BarcodePatterns,
            absent: Absent::EmptyList,
            about: "How the scale's barcodes are built; the complete list, at most 20",
        },
    ],
    check: check_qris,
};

/// A code that no guest can pay is refused.
fn check_qris(_: &mut Tx<'_>, edit: &Edit<'_>) -> Result<(), Refused> {
    let payload = edit.text("qris_payload");
    if payload.is_empty() || !edit.changes("qris_payload") {
        return Ok(());
    }
    Qris::parse(payload).map(drop).map_err(|refused| Code::InvalidQris.field("qris_payload", refused).into())
}

const QRIS_MODE: Form = Form::Word(|| QrisMode::NAMES.to_vec(), Code::InvalidQris);
const MODE: Form = Form::Word(|| RoundingMode::ALL.iter().map(|mode| mode.as_str()).collect(), Code::InvalidRounding);
const CASH_LIMIT: Form = Form::Number { least: 0, most: MAX_AMOUNT, code: Code::InvalidLimit };
const LIMIT: Form = Form::Number { least: 0, most: BasisPoints::WHOLE.0, code: Code::InvalidLimit };
