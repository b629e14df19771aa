//! The café's staff. Their PINs are public, so only a shop without real sales may have them.

use domain::Role;
use rusqlite::{OptionalExtension, Transaction, params};
use shop::staff::reset::reset_pin;
use sqlite::ReadRow;
use uuid::Uuid;
use web::{ApiError, secret};

/// A person of the café.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// User name for log-in.
    pub username: &'static str,
    /// Display name.
    pub name: &'static str,
    /// The role.
    pub role: Role,
    /// The PIN.
    pub pin: &'static str,
}

/// The staff; the first is the user that every new outlet has.
pub const STAFF: &[Member] = &[
    Member { username: "admin", name: "Admin", role: Role::Admin, pin: "1590" },
    Member { username: "rina", name: "Rina", role: Role::Manager, pin: "2580" },
    Member { username: "sari", name: "Sari", role: Role::Cashier, pin: "2468" },
    Member { username: "budi", name: "Budi", role: Role::Cashier, pin: "1357" },
    Member { username: "wayan", name: "Wayan", role: Role::Waiter, pin: "3690" },
    Member { username: "joko", name: "Joko", role: Role::Kitchen, pin: "4826" },
];

/// Creates the staff, and sets the PINs of those who exist.
///
/// # Errors
/// The error from SQLite.
pub fn seed_staff(tx: &Transaction<'_>) -> Result<(), ApiError> {
    for member in STAFF {
        let pin_hash = secret::hash_pin_now(member.pin)?;
        let find = "select 1 from users where username = ?1";
        if tx.query_row(find, [member.username], |row| row.read::<i64>(0)).optional()?.is_some() {
            reset_pin(tx, member.username, &pin_hash, false)?;
            continue;
        }
        tx.execute(
            "insert into users (id, username, name, role, pin_hash) values (?1, ?2, ?3, ?4, ?5)",
            params![Uuid::now_v7().to_string(), member.username, member.name, member.role.as_str(), pin_hash],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_pin_that_an_outlet_accepts() {
        for member in STAFF {
            assert_eq!(domain::pin::check_pin(member.pin), Ok(()), "{}", member.username);
        }
        let mut pins: Vec<_> = STAFF.iter().map(|member| member.pin).collect();
        pins.sort_unstable();
        pins.dedup();
        assert_eq!(pins.len(), STAFF.len());
    }
}
