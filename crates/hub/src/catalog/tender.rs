//! Tenders: the ways to pay that the chain accepts, each one of the payment methods.

use domain::{Method, TenderSpecial, text};
use protocol::entity;
use web::Code;

use super::category::POSITION;
use super::fields::{Absent, Field, Form};
use super::{SharedKind, no_rules};

pub(crate) static KIND: SharedKind = SharedKind {
    entity: entity::get("tender"),
    word: "tender",
    missing: "tender",
    fields: &[
        Field {
            name: "name",
            form: Form::Text(text::NAME),
            absent: Absent::Required,
            about: "On the till, the receipt and in reports",
        },
        Field { name: "method", form: METHOD, absent: Absent::Required, about: "The payment method that it is one of" },
        Field {
            name: "special",
            form: SPECIAL,
            absent: Absent::Null,
            about: "What reports set apart; `writeoff` replaces payments that never arrived",
        },
        Field {
            name: "needs_reference",
            form: Form::Flag,
            absent: Absent::Flag(false),
            about: "A payment needs a reference",
        },
        Field {
            name: "opens_drawer",
            form: Form::Flag,
            absent: Absent::Flag(false),
            about: "A payment opens the cash drawer",
        },
        Field { name: "position", form: POSITION, absent: Absent::Int(0), about: "Order on the till, lowest first" },
        Field { name: "active", form: Form::Flag, absent: Absent::Flag(true), about: "False: not accepted now" },
    ],
    check: no_rules,
};

const METHOD: Form = Form::Word(|| Method::NAMES.to_vec(), Code::InvalidMethod);
const SPECIAL: Form = Form::Word(|| TenderSpecial::NAMES.to_vec(), Code::InvalidSpecial);
