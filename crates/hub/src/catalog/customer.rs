//! Customers of the chain.

use domain::text;
use protocol::entity;

use super::SharedKind;
use super::fields::{Absent, Field, Form};
use super::kind::no_rules;

pub(crate) static KIND: SharedKind = SharedKind {
    entity: entity::get("customer"),
    word: "customer",
    missing: "customer",
    fields: &[
        Field { name: "name", form: Form::Text(text::NAME), absent: Absent::Required, about: "Name" },
        Field { name: "phone", form: Form::Text(text::PHONE), absent: Absent::Null, about: "Phone number, as entered" },
        Field {
            name: "email",
            form: Form::Text(text::EMAIL),
            absent: Absent::Null,
            about: "E-mail address, as entered",
        },
        Field { name: "note", form: Form::Text(text::NOTE), absent: Absent::Null, about: "For the staff" },
    ],
    check: no_rules,
};
