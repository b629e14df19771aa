//! What lies beside the database, and how much room there is.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use sqlite::{Fault, beside};

use super::{Look, State, Verdict};

/// Room for some weeks of a usual shop, and for a backup of it.
const LITTLE_ROOM_BYTES: u64 = 500 << 20;
/// With less the next sales may not fit.
const NO_ROOM_BYTES: u64 = 50 << 20;

pub(super) fn disk(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(room(look.figures.disk_free_bytes))
}

fn room(free: Option<u64>) -> Verdict {
    let Some(free) = free else {
        return Verdict::Unknown(
            "Not checked: the system does not say how much room is beside the database.".to_owned(),
        );
    };
    if free >= LITTLE_ROOM_BYTES {
        return Verdict::Well("There is room beside the database.".to_owned());
    }
    let state = if free < NO_ROOM_BYTES { State::Broken } else { State::Degraded };
    let words =
        format!("Only {} MiB are free beside the database; free some space before sales are refused.", free >> 20);
    Verdict::Ill(state, words)
}

/// The secret signs sessions: who reads it is an admin.
pub(super) fn modes(look: &Look<'_>) -> Result<Verdict, Fault> {
    let Some(db) = look.tx.path().map(Path::new) else {
        return Ok(Verdict::Unknown("Not checked: the database has no file.".to_owned()));
    };
    let secret = beside(db, ".secret");
    let Ok(found) = std::fs::metadata(&secret) else {
        return Ok(Verdict::Well("No secret lies beside the database yet.".to_owned()));
    };
    let open = found.mode() & 0o077;
    let ill = (open != 0).then(|| {
        format!(
            "{} can be read by others on this machine (mode {:o}): whoever reads it can log in as anybody. Run 'chmod 600' on \
             it, then delete it and start the server again, so that a new one is made.",
            secret.display(),
            found.mode() & 0o777
        )
    });
    Ok(Verdict::unless(ill, "Only the owner can read the server's secret."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_told_before_sales_are_refused() {
        for (free, expected) in [
            (LITTLE_ROOM_BYTES, None),
            (LITTLE_ROOM_BYTES - 1, Some(State::Degraded)),
            (NO_ROOM_BYTES, Some(State::Degraded)),
            (NO_ROOM_BYTES - 1, Some(State::Broken)),
        ] {
            let told = match room(Some(free)) {
                Verdict::Ill(state, _) => Some(state),
                _ => None,
            };
            assert_eq!(told, expected, "{free}");
        }
        assert!(matches!(room(None), Verdict::Unknown(_)), "unknown is not well");
    }
}
