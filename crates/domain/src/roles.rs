//! Permissions by role. Pure functions, called at every request with the user's current role.

use crate::product::Station;
use crate::string_enum::string_enum;

/// The role of an outlet user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The owner or administrator.
    Admin,
    /// Manages the shop and approves actions.
    Manager,
    /// Takes orders and payments.
    Cashier,
    /// Takes orders, no payments.
    Waiter,
    /// Sees orders for the kitchen.
    Kitchen,
    /// Sees orders for the bar.
    Bar,
}

string_enum!(Role {
    Admin: "admin",
    Manager: "manager",
    Cashier: "cashier",
    Waiter: "waiter",
    Kitchen: "kitchen",
    Bar: "bar",
});

impl Role {
    /// May create and change orders.
    #[must_use]
    pub fn may_sell(self) -> bool {
        matches!(self, Role::Admin | Role::Manager | Role::Cashier | Role::Waiter)
    }

    /// May take payments and open the drawer.
    #[must_use]
    pub fn may_take_payment(self) -> bool {
        matches!(self, Role::Admin | Role::Manager | Role::Cashier)
    }

    /// May approve a void, a complimentary order, a refund, or a discount over the limit with their PIN.
    #[must_use]
    pub fn may_approve(self) -> bool {
        matches!(self, Role::Admin | Role::Manager)
    }

    /// May change products, prices and categories.
    #[must_use]
    pub fn may_edit_catalog(self) -> bool {
        matches!(self, Role::Admin | Role::Manager)
    }

    /// May start, bump and recall tickets, and say how much is left of a product.
    #[must_use]
    pub fn may_prepare(self) -> bool {
        matches!(self, Role::Admin | Role::Manager | Role::Kitchen | Role::Bar)
    }

    /// May start, bump and recall tickets of this station: the kitchen and the bar only their own. `None`: a station that
    /// this version does not know.
    #[must_use]
    pub fn may_prepare_at(self, station: Option<Station>) -> bool {
        match self {
            Role::Kitchen => station == Some(Station::Kitchen),
            Role::Bar => station == Some(Station::Bar),
            _ => self.may_prepare(),
        }
    }

    /// May mark tickets of this station as served: also those who bring the plates.
    #[must_use]
    pub fn may_serve_at(self, station: Option<Station>) -> bool {
        self.may_sell() || self.may_prepare_at(station)
    }

    /// May print tickets of this station again: those who work there, and those who answer for papers at the till.
    #[must_use]
    pub fn may_reprint_at(self, station: Option<Station>) -> bool {
        self.may_take_payment() || self.may_prepare_at(station)
    }

    /// May see figures of the outlet's sales.
    #[must_use]
    pub fn may_view_reports(self) -> bool {
        matches!(self, Role::Admin | Role::Manager)
    }

    /// May add and change users, within [`Role::may_change_user`].
    #[must_use]
    pub fn may_manage_staff(self) -> bool {
        matches!(self, Role::Admin | Role::Manager)
    }

    /// May enroll the outlet and manage its link to the hub.
    #[must_use]
    pub fn may_manage_sync(self) -> bool {
        self == Role::Admin
    }

    /// Whether this role may change a user from role `before` to role `after`. `before` is `None` for a new user; equal
    /// roles mean any other change (name, PIN, active). A manager can neither change nor create an admin; otherwise any
    /// manager could become one.
    #[must_use]
    pub fn may_change_user(self, before: Option<Role>, after: Role) -> bool {
        let touches_admin = before == Some(Role::Admin) || after == Role::Admin;
        self.may_manage_staff() && (self == Role::Admin || !touches_admin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles_that(may: fn(Role) -> bool) -> Vec<Role> {
        Role::ALL.iter().copied().filter(|&role| may(role)).collect()
    }

    #[test]
    fn each_permission_has_its_roles() {
        use Role::{Admin, Bar, Cashier, Kitchen, Manager, Waiter};
        assert_eq!(roles_that(Role::may_sell), [Admin, Manager, Cashier, Waiter]);
        assert_eq!(roles_that(Role::may_take_payment), [Admin, Manager, Cashier]);
        assert_eq!(roles_that(Role::may_view_reports), [Admin, Manager]);
        assert_eq!(roles_that(Role::may_approve), [Admin, Manager]);
        assert_eq!(roles_that(Role::may_edit_catalog), [Admin, Manager]);
        assert_eq!(roles_that(Role::may_manage_staff), [Admin, Manager]);
        assert_eq!(roles_that(Role::may_manage_sync), [Admin]);
        assert_eq!(roles_that(Role::may_prepare), [Admin, Manager, Kitchen, Bar]);
        assert_eq!(roles_that(|role| role.may_prepare_at(Some(Station::Kitchen))), [Admin, Manager, Kitchen]);
        assert_eq!(roles_that(|role| role.may_prepare_at(Some(Station::Bar))), [Admin, Manager, Bar]);
        assert_eq!(roles_that(|role| role.may_prepare_at(None)), [Admin, Manager]);
        assert_eq!(roles_that(|role| role.may_serve_at(Some(Station::Bar))), [Admin, Manager, Cashier, Waiter, Bar]);
    }

    #[test]
    fn only_an_admin_changes_or_creates_an_admin() {
        let befores: Vec<Option<Role>> = std::iter::once(None).chain(Role::ALL.iter().copied().map(Some)).collect();
        for &before in &befores {
            for &after in Role::ALL {
                let with_admin = before == Some(Role::Admin) || after == Role::Admin;
                assert!(Role::Admin.may_change_user(before, after));
                assert_eq!(Role::Manager.may_change_user(before, after), !with_admin, "{before:?} to {after}");
                for actor in [Role::Cashier, Role::Waiter, Role::Kitchen, Role::Bar] {
                    assert!(!actor.may_change_user(before, after));
                }
            }
        }
    }
}
