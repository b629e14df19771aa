//! What lies beside the database, and how much room there is.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use sqlite::{Fault, OptionalExtension, ReadRow, sibling};

use crate::health::checks::{Look, State, Verdict};

/// Room for some weeks of a usual shop, and for a backup of it.
const LITTLE_ROOM_BYTES: u64 = 500 << 20;
/// With less the next sales may not fit.
const NO_ROOM_BYTES: u64 = 50 << 20;

pub(crate) fn disk(look: &Look<'_>) -> Result<Verdict, Fault> {
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

/// Hours of the server's running after which a backup is old.
const OLD_BACKUP_HOURS: i64 = 7 * 24;

/// Only what 'gerai backup' made is known.
pub(crate) fn backup(look: &Look<'_>) -> Result<Verdict, Fault> {
    let last = look
        .tx
        .prepare_cached("select made_at, hour from sync_backups order by id desc limit 1")?
        .query_row([], |row| Ok((row.read(0)?, row.read(1)?)))
        .optional()?;
    let sql = "select coalesce(max(hour), 0) from sync_hours";
    let hours = look.tx.prepare_cached(sql)?.query_row([], |row| row.read(0))?;
    Ok(backup_age(hours, last))
}

fn backup_age(hours: i64, last: Option<(String, i64)>) -> Verdict {
    match last {
        Some((at, hour)) if hours - hour <= OLD_BACKUP_HOURS => Verdict::Well(format!("A backup was made at {at}.")),
        Some((at, hour)) => {
            let days = (hours - hour) / 24;
            let words = format!(
                "The last backup was made at {at}; the server has run for {days} days since. Make one: gerai backup FILE."
            );
            Verdict::Ill(State::Degraded, words)
        }
        None if hours <= OLD_BACKUP_HOURS => Verdict::Well(
            "The database is young; no backup is known yet. Make one within a week: gerai backup FILE.".to_owned(),
        ),
        None => Verdict::Unknown(
            "Not known: 'gerai backup' has made no backup of this database. Make one, unless you keep backups in another way."
                .to_owned(),
        ),
    }
}

/// The secret signs sessions: who reads it is an admin. The database holds the hub's key and the hashes of PINs. A start
/// takes the rights of others from it, unless another user owns it.
pub(crate) fn modes(look: &Look<'_>) -> Result<Verdict, Fault> {
    let Some(db) = look.tx.path().map(Path::new) else {
        return Ok(Verdict::Unknown("Not checked: the database has no file.".to_owned()));
    };
    let mode = |file: &Path| std::fs::metadata(file).map_or(0, |found| found.mode() & 0o777);
    let mut ill = Vec::new();
    let secret = sibling(db, ".secret");
    if mode(&secret) & 0o077 != 0 {
        ill.push(format!(
            "{} can be read by others on this machine (mode {:o}): whoever reads it can log in as anybody. Run 'chmod 600' on \
             it, then delete it and start the server again, so that a new one is made.",
            secret.display(),
            mode(&secret)
        ));
    }
    for file in sqlite::files_of(db).iter().filter(|file| mode(file) & 0o007 != 0) {
        let can = if mode(file) & 0o002 == 0 { "read" } else { "changed" };
        ill.push(format!(
            "{} can be {can} by everybody on this machine (mode {:o}): it holds the key to head office and the hashes of \
             PINs. Run 'chmod o-rwx' on it.",
            file.display(),
            mode(file)
        ));
    }
    let ill = (!ill.is_empty()).then(|| ill.join(" "));
    Ok(Verdict::unless(ill, "Strangers on this machine can read neither the server's secret nor its database."))
}

/// The server itself refuses requests then; this check serves commands that open the file.
pub(crate) fn served(look: &Look<'_>) -> Result<Verdict, Fault> {
    let path = look.tx.path().map(Path::new).filter(|_| look.link.is_none());
    if !path.is_some_and(sqlite::serves_another_file) {
        return Ok(Verdict::Well("No server runs here on another file.".to_owned()));
    }
    let words = "Another file was put in the place of the database while the server ran, and the server refuses sales: this is \
        not the file that it has open. Stop it, put the right file under this name (what it had is in the newest file with \
        '.unlinked-' in its name), and start it again.";
    Ok(Verdict::Ill(State::Broken, words.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_or_unknown_backup_is_reported() {
        let at = || "2026-11-22T10:00:00.000Z".to_owned();
        for (hours, last, expected) in [
            (OLD_BACKUP_HOURS, None, "well"),
            (OLD_BACKUP_HOURS + 1, None, "unknown"),
            (OLD_BACKUP_HOURS + 1, Some((at(), 1)), "well"),
            (OLD_BACKUP_HOURS + 2, Some((at(), 1)), "ill"),
        ] {
            let told = match backup_age(hours, last) {
                Verdict::Well(_) => "well",
                Verdict::Ill(..) => "ill",
                Verdict::Unknown(_) => "unknown",
            };
            assert_eq!(told, expected, "{hours}");
        }
    }

    #[test]
    fn low_disk_is_reported_before_sales_fail() {
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
