//! What a handler asks of its caller, as a type that stands in its signature: `actor: Actor<Sell>`.

use domain::Role;

/// Which roles may.
pub type Rule = fn(Role) -> bool;

/// Something that not every role may do.
pub trait Permission: 'static {
    /// Its name in the API's description; none: a session is enough.
    const NAME: Option<&'static str>;
    /// Which roles may.
    const MAY: Rule;
}

/// Every permission that has a name, with the roles that have it.
pub const ALL: &[(&str, Rule)] = &[
    ("sell", Sell::MAY),
    ("take_payment", TakePayment::MAY),
    ("edit_catalog", EditCatalog::MAY),
    ("manage_staff", ManageStaff::MAY),
    ("manage_sync", ManageSync::MAY),
];

/// Whatever everyone who is logged in may do.
pub struct Anyone;

impl Permission for Anyone {
    const NAME: Option<&'static str> = None;
    const MAY: Rule = |_| true;
}

/// [`Role::may_sell`].
pub struct Sell;

impl Permission for Sell {
    const NAME: Option<&'static str> = Some("sell");
    const MAY: Rule = Role::may_sell;
}

/// [`Role::may_take_payment`].
pub struct TakePayment;

impl Permission for TakePayment {
    const NAME: Option<&'static str> = Some("take_payment");
    const MAY: Rule = Role::may_take_payment;
}

/// [`Role::may_edit_catalog`].
pub struct EditCatalog;

impl Permission for EditCatalog {
    const NAME: Option<&'static str> = Some("edit_catalog");
    const MAY: Rule = Role::may_edit_catalog;
}

/// [`Role::may_manage_staff`].
pub struct ManageStaff;

impl Permission for ManageStaff {
    const NAME: Option<&'static str> = Some("manage_staff");
    const MAY: Rule = Role::may_manage_staff;
}

/// [`Role::may_manage_sync`].
pub struct ManageSync;

impl Permission for ManageSync {
    const NAME: Option<&'static str> = Some("manage_sync");
    const MAY: Rule = Role::may_manage_sync;
}
