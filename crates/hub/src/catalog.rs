//! What head office says of the entities that it shares with outlets: the chain's products, categories, charges and
//! customers, and of each outlet its staff, settings, own prices and announcements.
//!
//! Every change goes through one of the verbs in `change`: one transaction reads the version that is there, refuses a
//! caller who has not seen it, sets what changed, and appends to the stream that the outlets concerned read. Outlets
//! compare field by field, so the documents have exactly the fields of `protocol::entity`, in its forms.

mod announcement;
mod category;
mod change;
mod charge;
mod customer;
mod duplicates;
mod fields;
pub(crate) mod head_office;
pub(crate) mod http;
mod kind;
mod outlet_product;
mod product;
mod refused;
mod setting;
mod shapes;
pub(crate) mod stored;
mod user;

pub use change::{By, change, create, delete, put};
pub(crate) use kind::anything;
pub use kind::{At, Kind};
pub use refused::Refused;
pub use stored::{Stored, is_empty};

/// What head office can change, by the name of its entity.
#[must_use]
pub fn kind(entity_type: &str) -> Option<&'static Kind> {
    let kinds = [
        &announcement::KIND,
        &category::KIND,
        &charge::KIND,
        &customer::KIND,
        &outlet_product::KIND,
        &product::KIND,
        &setting::KIND,
        &user::KIND,
    ];
    kinds.into_iter().find(|kind| kind.entity.name == entity_type)
}
