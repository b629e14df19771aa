//! Guests whom the shops want to know again.

use sync::entity;

use super::Kind;
use super::fields::{Absent, Field, Form};
use super::kind::anything;

pub(crate) static KIND: Kind = Kind {
    entity: entity::get("customer"),
    word: "customer",
    missing: "there is no customer with this id",
    fields: &[
        Field { name: "name", form: Form::Text(100), absent: Absent::Required, about: "As the guest says it" },
        Field { name: "phone", form: Form::Text(30), absent: Absent::Null, about: "As the guest says it" },
        Field { name: "email", form: Form::Text(200), absent: Absent::Null, about: "As the guest says it" },
        Field { name: "note", form: Form::Text(500), absent: Absent::Null, about: "For the staff" },
    ],
    check: anything,
};
