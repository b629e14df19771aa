//! Prices and availability of products where an outlet differs from the chain.

use protocol::entity;
use store::Tx;

use super::fields::{Absent, Field, Form};
use super::kind::Edit;
use super::{Refused, SharedKind, product, stored};

pub(crate) static KIND: SharedKind = SharedKind {
    entity: entity::get("outlet_product"),
    word: "outlet product",
    missing: "outlet_product",
    fields: &[
        Field { name: "price", form: Form::Amount, absent: Absent::Null, about: "Minor units; null: the chain's" },
        Field { name: "available", form: Form::Flag, absent: Absent::Null, about: "Null: the chain's" },
    ],
    check,
};

fn check(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<(), Refused> {
    if edit.after.is_some() && stored::find_live(tx, "", product::KIND.entity.name, edit.id)?.is_none() {
        return Err(Refused::NotFound(product::KIND.missing));
    }
    Ok(())
}
