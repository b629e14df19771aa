//! Who may do what: pure questions, asked at every request with the role as it is now.

use crate::string_enum::string_enum;

/// What a member of staff is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The owner, or whoever runs the system.
    Admin,
    /// Runs the shop, and approves.
    Manager,
    /// Sells and takes money.
    Cashier,
    /// Takes orders, but no money.
    Waiter,
    /// Cooks what is ordered.
    Kitchen,
    /// Mixes what is ordered.
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
    /// Make and change orders.
    #[must_use]
    pub fn may_sell(self) -> bool {
        matches!(self, Role::Admin | Role::Manager | Role::Cashier | Role::Waiter)
    }

    /// Take payments and open the drawer.
    #[must_use]
    pub fn may_take_payment(self) -> bool {
        matches!(self, Role::Admin | Role::Manager | Role::Cashier)
    }

    /// Stand with their PIN for a void, a compliment, a refund, or a discount over the limit.
    #[must_use]
    pub fn may_approve(self) -> bool {
        matches!(self, Role::Admin | Role::Manager)
    }

    /// Change products, prices and categories.
    #[must_use]
    pub fn may_edit_catalog(self) -> bool {
        matches!(self, Role::Admin | Role::Manager)
    }

    /// Add and change staff, within [`Role::may_change_user`].
    #[must_use]
    pub fn may_manage_staff(self) -> bool {
        matches!(self, Role::Admin | Role::Manager)
    }

    /// Join a head office, and look after the connection to it.
    #[must_use]
    pub fn may_manage_sync(self) -> bool {
        self == Role::Admin
    }

    /// Whether this actor may turn a user of role `before` into one of role `after`; `None` before means a new
    /// user, the same role twice any other change (name, PIN, state). A manager can neither touch an admin nor
    /// make one, or else any manager could become one.
    #[must_use]
    pub fn may_change_user(self, before: Option<Role>, after: Role) -> bool {
        let touches_admin = before == Some(Role::Admin) || after == Role::Admin;
        self.may_manage_staff() && (self == Role::Admin || !touches_admin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(may: fn(Role) -> bool) -> Vec<Role> {
        Role::ALL.iter().copied().filter(|&role| may(role)).collect()
    }

    #[test]
    fn permissions() {
        use Role::{Admin, Cashier, Manager, Waiter};
        assert_eq!(who(Role::may_sell), [Admin, Manager, Cashier, Waiter]);
        assert_eq!(who(Role::may_take_payment), [Admin, Manager, Cashier]);
        assert_eq!(who(Role::may_approve), [Admin, Manager]);
        assert_eq!(who(Role::may_edit_catalog), [Admin, Manager]);
        assert_eq!(who(Role::may_manage_staff), [Admin, Manager]);
        assert_eq!(who(Role::may_manage_sync), [Admin]);
    }

    #[test]
    fn only_an_admin_touches_or_makes_an_admin() {
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
