//! Shared entities that head office changes: the chain's products, categories, charges, tenders, menus, prices and customers, and
//! each outlet's users, settings, prices and announcements.
//!
//! Every change runs through a command in `change`. One transaction reads the current version, rejects a caller who has
//! not seen it, writes the new version, and appends it to the stream of the affected outlets. Outlets merge field by
//! field, so a document has exactly the fields of `protocol::entity`, in their stored forms.

mod announcement;
mod bulk;
mod category;
mod change;
mod charge;
mod customer;
mod delivery;
pub(crate) mod duplicates;
mod fields;
pub(crate) mod head_office;
pub(crate) mod http;
pub(crate) mod images;
mod in_effect;
mod kind;
mod listing;
mod menu;
mod outlet_charge;
mod outlet_product;
mod price;
mod price_changes;
mod product;
mod refused;
mod setting;
mod shapes;
pub(crate) mod stored;
mod tender;
mod user;

pub(crate) use bulk::retain as retain_bulk_changes;
pub use change::{By, change, create, delete, put};
pub(crate) use kind::no_rules;
pub use kind::{At, SharedKind};
pub use refused::Refused;
pub use stored::{StoredEntity, is_empty};

/// The kind of an entity that head office can change, by name.
#[must_use]
pub fn kind(entity_type: &str) -> Option<&'static SharedKind> {
    let kinds = [
        &announcement::KIND,
        &category::KIND,
        &charge::KIND,
        &customer::KIND,
        &menu::KIND,
        &menu::OUTLET_KIND,
        &outlet_charge::KIND,
        &outlet_product::KIND,
        &price::KIND,
        &price::OUTLET_KIND,
        &product::KIND,
        &setting::KIND,
        &tender::KIND,
        &user::KIND,
    ];
    kinds.into_iter().find(|kind| kind.entity.name == entity_type)
}
