//! An outlet's users: name, role, PIN.

use domain::text::look_alike_key;
use domain::{Role, text as texts};
use protocol::entity;
use serde_json::Value;
use store::{Fault, Tx};

use web::Code;

use super::fields::{Absent, Field, Form};
use super::kind::{Edit, text};
use super::stored::{self, Listed, StoredEntity};
use super::{Refused, SharedKind};

pub(crate) static KIND: SharedKind = SharedKind {
    entity: entity::get("user"),
    word: "user",
    missing: "outlet_user",
    fields: &[
        Field { name: "username", form: Form::Text(texts::USER_NAME), absent: Absent::Required, about: "For log-in" },
        Field { name: "name", form: Form::Text(texts::NAME), absent: Absent::Like("username"), about: "For people" },
        Field { name: "role", form: ROLE, absent: Absent::Required, about: "Role" },
        Field { name: "pin", form: Form::Pin, absent: Absent::Required, about: "4 to 8 digits; never shown" },
        Field { name: "active", form: Form::Flag, absent: Absent::Flag(true), about: "False: cannot log in" },
    ],
    check,
};

const ROLE: Form = Form::Word(|| Role::ALL.iter().map(|role| role.as_str()).collect(), Code::InvalidRole);

/// User names are unique, and an outlet keeps an active admin.
fn check(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<(), Refused> {
    let others = others(tx, edit)?;
    let active = |user: &&StoredEntity| user.document.get("active") == Some(&Value::Bool(true));
    let is_active = edit.after.is_some_and(|after| after.get("active") == Some(&Value::Bool(true)));
    let comes_in = edit.changes("username") || edit.changes("active");
    let of_other =
        |field, value: &str| others.iter().filter(active).any(|user| text(Some(&user.document), field) == value);
    let key = look_alike_key(edit.text("username"));
    let looks_alike = |user: &StoredEntity| look_alike_key(text(Some(&user.document), "username")) == key;
    if is_active && comes_in && others.iter().filter(active).any(looks_alike) {
        return Err(Code::UsernameTaken.because("of_outlet").into());
    }
    let was_admin = edit.before.is_some_and(|before| before.get("active") == Some(&Value::Bool(true)))
        && text(edit.before, "role") == Role::Admin.as_str();
    let is_admin = is_active && edit.text("role") == Role::Admin.as_str();
    if was_admin && !is_admin && !of_other("role", Role::Admin.as_str()) {
        return Err(Code::LastAdmin.because("outlet").into());
    }
    Ok(())
}

/// The outlet's other users.
fn others(tx: &mut Tx<'_>, edit: &Edit<'_>) -> Result<Vec<StoredEntity>, Fault> {
    let listed = Listed { after: "", deleted: false, limit: 1_000 };
    let mut users = stored::list(tx, &edit.at.scope, KIND.entity.name, &listed)?;
    users.retain(|user| user.id != edit.id);
    Ok(users)
}
