//! Categories of the menu.

use domain::{CategoryColor, text};
use protocol::entity::{self, Entity};
use store::Tx;

use web::Code;

use super::fields::{Absent, Field, Form};
use super::kind::{Edit, text};
use super::stored::{self, Listed};
use super::{Refused, SharedKind};

pub(crate) static KIND: SharedKind = SharedKind {
    entity: entity::get("category"),
    word: "category",
    missing: "category",
    fields: &[
        Field { name: "name", form: Form::Text(text::NAME), absent: Absent::Required, about: "On the till" },
        Field { name: "position", form: POSITION, absent: Absent::Int(0), about: "Order on the till, lowest first" },
        Field { name: "color", form: COLOR, absent: Absent::Null, about: "Color on the till" },
    ],
    check,
};

static PRODUCT: &Entity = entity::get("product");

pub(super) const POSITION: Form = Form::Number { least: i64::MIN, most: i64::MAX, code: Code::InvalidPosition };

const COLOR: Form = Form::Word(|| CategoryColor::NAMES.to_vec(), Code::InvalidColor);

/// A category with products cannot be deleted.
fn check(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<(), Refused> {
    if edit.after.is_none() && in_use(tx, edit)? {
        return Err(Code::CategoryInUse.into());
    }
    Ok(())
}

fn in_use(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<bool, Refused> {
    let mut after = String::new();
    loop {
        let listed = Listed { after: &after, deleted: false, limit: 500 };
        let products = stored::list(tx, &edit.at.scope, PRODUCT.name, &listed)?;
        if products.iter().any(|product| text(Some(&product.document), "category_id") == edit.id) {
            return Ok(true);
        }
        match products.last() {
            Some(last) => after.clone_from(&last.id),
            None => return Ok(false),
        }
    }
}
