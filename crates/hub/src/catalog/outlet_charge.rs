//! Charges where an outlet differs from the chain: its own rate, or an exemption.

use domain::BasisPoints;
use domain::cart::{self, CartRefused};
use protocol::entity;
use serde_json::Value;
use store::Tx;
use web::Code;

use super::fields::{Absent, Field, Form};
use super::kind::Edit;
use super::{Refused, SharedKind, charge, stored};

pub(crate) static KIND: SharedKind = SharedKind {
    entity: entity::get("outlet_charge"),
    word: "outlet charge",
    missing: "outlet_charge",
    fields: &[
        Field {
            name: "active",
            form: Form::Flag,
            absent: Absent::Null,
            about: "False: the outlet is exempt; null: the chain's value",
        },
        Field {
            name: "rate_bp",
            form: Form::Number { least: 0, most: BasisPoints::WHOLE.0, code: Code::InvalidCharges },
            absent: Absent::Null,
            about: "The outlet's rate in hundredths of a percent; null: the chain's",
        },
    ],
    check,
};

/// The charge exists, and can be calculated with the outlet's rate.
fn check(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<(), Refused> {
    let Some(after) = edit.after else { return Ok(()) };
    let of_chain = stored::find_live(tx, "", charge::KIND.entity.name, edit.id)?;
    let of_chain = of_chain.ok_or(Refused::NotFound(charge::KIND.missing))?;
    let Some(rate_bp) = after.get("rate_bp").and_then(Value::as_i64) else { return Ok(()) };
    let refuse = |refused: CartRefused| Refused::from(Code::InvalidCharges.because("alone").with("problem", refused));
    let mut charge = charge::dated(edit.id, &of_chain.document).ok_or_else(|| refuse(CartRefused::Unreadable))?.charge;
    charge.rate_bp = rate_bp;
    cart::check_charge(&charge).map_err(refuse)
}
