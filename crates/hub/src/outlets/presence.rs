//! Presence of all outlets, from one row per outlet. Writes nothing.

use store::{Fault, Tx};

use super::{ContactWindow, OutletState, Presence, processes};

/// Outlets per query.
const PAGE: usize = 1_000;

/// An outlet with its presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Present {
    pub id: String,
    pub code: String,
    pub presence: Presence,
    /// Null before the first contact.
    pub last_contact_at: Option<String>,
}

const LIST: &str = "
    select outlet_id, code, state, last_contact_at from outlets where outlet_id > ?1 order by outlet_id limit ?2";

const DUPLICATED: &str = "
    select code from outlets where state = 'active' and process_returns >= ?1 order by code limit 1000";

/// Codes of the outlets whose key two servers use, at most 1,000.
pub(crate) fn duplicate_servers(tx: &mut Tx<'_>) -> Result<Vec<String>, Fault> {
    tx.all(DUPLICATED, &[processes::RETURNS.into()], |row| row.string(0))
}

/// All outlets, including revoked ones, by id.
pub(crate) fn list_presence(tx: &mut Tx<'_>, window: &ContactWindow) -> Result<Vec<Present>, Fault> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let many = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let page = tx.all(LIST, &[(&after).into(), many.into()], |row| {
            let last_contact_at = row.maybe_string(3)?;
            let presence = Presence::of(OutletState::of(row, 2)?, last_contact_at.as_deref(), window);
            Ok(Present { id: row.string(0)?, code: row.string(1)?, presence, last_contact_at })
        })?;
        let full = page.len() == PAGE;
        if let Some(last) = page.last() {
            after.clone_from(&last.id);
        }
        all.extend(page);
        if !full {
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn outlets_are_read_in_the_order_of_their_key() {
        plans::assert_keyed(LIST);
        plans::assert_unsorted(LIST);
    }
}
