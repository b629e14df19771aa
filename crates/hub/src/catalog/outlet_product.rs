//! Where an outlet's price or availability of a product differs from the chain's.

use protocol::entity;
use store::Tx;

use super::fields::{Absent, Field, Form};
use super::kind::Edit;
use super::{Kind, Refused, product, stored};

pub(crate) static KIND: Kind = Kind {
    entity: entity::get("outlet_product"),
    word: "own price",
    missing: "outlet_product",
    fields: &[
        Field { name: "price", form: Form::Amount, absent: Absent::Null, about: "Minor units; null: the chain's" },
        Field { name: "available", form: Form::Flag, absent: Absent::Null, about: "Null: as the chain says" },
    ],
    check,
};

fn check(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<(), Refused> {
    if edit.after.is_some() && stored::find_live(tx, "", product::KIND.entity.name, edit.id)?.is_none() {
        return Err(Refused::NotFound(product::KIND.missing));
    }
    Ok(())
}
