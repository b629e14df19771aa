//! The permission that a handler needs, as a type in its signature: `actor: Actor<Sell>`.

use domain::Role;

/// Which roles have a permission.
pub type Rule = fn(Role) -> bool;

/// A permission that some roles have.
pub trait Permission: 'static {
    /// Name in the API's description; `None` if any session is enough.
    const NAME: Option<&'static str>;
    /// Which roles have it.
    const ALLOWS: Rule;
}

/// All named permissions, with the roles that have them.
pub const ALL: &[(&str, Rule)] = &[
    ("sell", Sell::ALLOWS),
    ("take_payment", TakePayment::ALLOWS),
    ("prepare", Prepare::ALLOWS),
    ("edit_catalog", EditCatalog::ALLOWS),
    ("view_reports", ViewReports::ALLOWS),
    ("manage_staff", ManageStaff::ALLOWS),
    ("manage_sync", ManageSync::ALLOWS),
];

/// Any logged-in user.
pub struct Anyone;

impl Permission for Anyone {
    const NAME: Option<&'static str> = None;
    const ALLOWS: Rule = |_| true;
}

/// [`Role::may_sell`].
pub struct Sell;

impl Permission for Sell {
    const NAME: Option<&'static str> = Some("sell");
    const ALLOWS: Rule = Role::may_sell;
}

/// [`Role::may_take_payment`].
pub struct TakePayment;

impl Permission for TakePayment {
    const NAME: Option<&'static str> = Some("take_payment");
    const ALLOWS: Rule = Role::may_take_payment;
}

/// [`Role::may_prepare`].
pub struct Prepare;

impl Permission for Prepare {
    const NAME: Option<&'static str> = Some("prepare");
    const ALLOWS: Rule = Role::may_prepare;
}

/// [`Role::may_edit_catalog`].
pub struct EditCatalog;

impl Permission for EditCatalog {
    const NAME: Option<&'static str> = Some("edit_catalog");
    const ALLOWS: Rule = Role::may_edit_catalog;
}

/// [`Role::may_view_reports`].
pub struct ViewReports;

impl Permission for ViewReports {
    const NAME: Option<&'static str> = Some("view_reports");
    const ALLOWS: Rule = Role::may_view_reports;
}

/// [`Role::may_manage_staff`].
pub struct ManageStaff;

impl Permission for ManageStaff {
    const NAME: Option<&'static str> = Some("manage_staff");
    const ALLOWS: Rule = Role::may_manage_staff;
}

/// [`Role::may_manage_sync`].
pub struct ManageSync;

impl Permission for ManageSync {
    const NAME: Option<&'static str> = Some("manage_sync");
    const ALLOWS: Rule = Role::may_manage_sync;
}
