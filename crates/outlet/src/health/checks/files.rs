//! Files beside the database, and free disk space.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use sqlite::{Fault, OptionalExtension, ReadRow, sibling};
use web::Notice;

use crate::health::checks::{Look, Verdict};

/// Space for some weeks of a usual shop, and for a backup of it.
const LOW_DISK_BYTES: u64 = 500 << 20;
/// With less space the next sales may not fit.
const CRITICAL_DISK_BYTES: u64 = 50 << 20;

pub(crate) fn disk(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(disk_verdict(look.figures.disk_free_bytes))
}

fn disk_verdict(free: Option<u64>) -> Verdict {
    let Some(free) = free else { return Verdict::unknown("unknown") };
    let verdict = match free {
        LOW_DISK_BYTES.. => return Verdict::ok(),
        CRITICAL_DISK_BYTES.. => Verdict::degraded("low"),
        _ => Verdict::broken("low"),
    };
    verdict.with("mib", free >> 20)
}

/// Hours of the server's running after which a backup is old.
const OLD_BACKUP_HOURS: i64 = 7 * 24;

/// Only backups by 'gerai backup' are known.
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
        Some((at, hour)) if hours - hour <= OLD_BACKUP_HOURS => Verdict::ok().with("at", at),
        Some((at, hour)) => Verdict::degraded("old").with("at", at).with("days", (hours - hour) / 24),
        None if hours <= OLD_BACKUP_HOURS => Verdict::well("young"),
        None => Verdict::unknown("unknown"),
    }
}

/// The secret signs sessions, so a reader can become an admin. The database contains the hub key and the hashes of
/// PINs. The server removes other users' permissions at its start, unless another user owns the file.
pub(crate) fn modes(look: &Look<'_>) -> Result<Verdict, Fault> {
    let Some(db) = look.tx.path().map(Path::new) else { return Ok(Verdict::unknown("no_file")) };
    let mode = |file: &Path| std::fs::metadata(file).map_or(0, |found| found.mode() & 0o777);
    let exposed = |notice: Notice, file: &Path| {
        notice.with("file", file.display().to_string()).with("mode", format!("{:o}", mode(file)))
    };
    let mut found = Vec::new();
    let secret = sibling(db, ".secret");
    if mode(&secret) & 0o077 != 0 {
        found.push(exposed(Notice::SecretExposed, &secret));
    }
    for file in sqlite::files_of(db).iter().filter(|file| mode(file) & 0o007 != 0) {
        let reason = if mode(file) & 0o002 == 0 { "read" } else { "write" };
        found.push(exposed(Notice::DatabaseExposed, file).with("reason", reason));
    }
    Ok(Verdict::named(found, "exposed", "files", usize::MAX))
}

/// The server itself rejects requests then; this check is for commands that open the file.
pub(crate) fn served(look: &Look<'_>) -> Result<Verdict, Fault> {
    let path = look.tx.path().map(Path::new).filter(|_| look.link.is_none());
    let is_replaced = path.is_some_and(sqlite::serves_another_file);
    Ok(if is_replaced { Verdict::broken("replaced") } else { Verdict::ok() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::checks::{Outcome, State};

    #[test]
    fn an_old_or_unknown_backup_is_reported() {
        let at = || "2026-11-22T10:00:00.000Z".to_owned();
        for (hours, last, expected) in [
            (OLD_BACKUP_HOURS, None, Outcome::Well),
            (OLD_BACKUP_HOURS + 1, None, Outcome::Unknown),
            (OLD_BACKUP_HOURS + 1, Some((at(), 1)), Outcome::Well),
            (OLD_BACKUP_HOURS + 2, Some((at(), 1)), Outcome::Problem(State::Degraded)),
        ] {
            assert_eq!(backup_age(hours, last).outcome, expected, "{hours}");
        }
    }

    #[test]
    fn low_disk_is_reported_before_sales_fail() {
        for (free, expected) in [
            (LOW_DISK_BYTES, None),
            (LOW_DISK_BYTES - 1, Some(State::Degraded)),
            (CRITICAL_DISK_BYTES, Some(State::Degraded)),
            (CRITICAL_DISK_BYTES - 1, Some(State::Broken)),
        ] {
            assert_eq!(disk_verdict(Some(free)).outcome, expected.map_or(Outcome::Well, Outcome::Problem), "{free}");
        }
        assert_eq!(disk_verdict(None).outcome, Outcome::Unknown, "unknown is not well");
    }
}
