//! What a handler asks of its caller, as a type that stands in its signature: `actor: Actor<Sell>`.

use domain::Role;

/// Something that not every role may do.
pub trait Permission: 'static {
    /// Which roles may.
    const MAY: fn(Role) -> bool;
}

/// Whatever everyone who is logged in may do.
pub struct Anyone;

impl Permission for Anyone {
    const MAY: fn(Role) -> bool = |_| true;
}

/// [`Role::may_sell`].
pub struct Sell;

impl Permission for Sell {
    const MAY: fn(Role) -> bool = Role::may_sell;
}

/// [`Role::may_take_payment`].
pub struct TakePayment;

impl Permission for TakePayment {
    const MAY: fn(Role) -> bool = Role::may_take_payment;
}

/// [`Role::may_edit_catalog`].
pub struct EditCatalog;

impl Permission for EditCatalog {
    const MAY: fn(Role) -> bool = Role::may_edit_catalog;
}

/// [`Role::may_manage_staff`].
pub struct ManageStaff;

impl Permission for ManageStaff {
    const MAY: fn(Role) -> bool = Role::may_manage_staff;
}

/// [`Role::may_manage_sync`].
pub struct ManageSync;

impl Permission for ManageSync {
    const MAY: fn(Role) -> bool = Role::may_manage_sync;
}
