//! What waits, is stuck, or differs from head office.

use domain::text::counted;
use protocol::capture::captured;
use protocol::entity::{Entity, Owner};
use replica::pull::bootstrap;
use sqlite::{Fault, ReadRow};

use crate::health::checks::{Look, State, Verdict};

/// A sale that has waited for longer is worth a look.
const LATE_SECONDS: i64 = 24 * 3_600;
/// A time that is further ahead was noted by a clock that was wrong: how long ago that is nobody knows.
const AHEAD: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

/// What waits since a time to come, in words.
fn waits_since_a_wrong_clock(look: &Look<'_>, what: &str, since: &str) -> Option<Verdict> {
    let at = since.parse::<jiff::Timestamp>().ok()?;
    (at.duration_since(look.now) > AHEAD).then(|| {
        let words = format!(
            "{what} since {since}, by a clock that was ahead: how long is unknown. Check the link to head office."
        );
        Verdict::Ill(State::Degraded, words)
    })
}

pub(crate) fn sales_overdue(look: &Look<'_>) -> Result<Verdict, Fault> {
    let seconds = look.figures.oldest_unsent_sale_seconds;
    if seconds > LATE_SECONDS {
        let hours = seconds / 3_600;
        let words = format!("A sale has waited for {hours} hours to be sent; check the link to head office.");
        return Ok(Verdict::Ill(State::Degraded, words));
    }
    let oldest = look.figures.oldest_unsent_sale_at.as_deref();
    if let Some(ill) = oldest.and_then(|since| waits_since_a_wrong_clock(look, "A sale waits", since)) {
        return Ok(ill);
    }
    Ok(Verdict::Well(match &look.figures.oldest_unsent_sale_at {
        Some(since) => format!("Sales wait since {since}."),
        None => "No sale waits.".to_owned(),
    }))
}

/// Anything that has waited for more than a day is worth a look.
pub(crate) fn changes_overdue(look: &Look<'_>) -> Result<Verdict, Fault> {
    let (waiting, oldest) = look.tx.query_row(
        "select (select pending from sync_context), changed_at
         from (select min(seq) as seq from sync_state where status = 'pending') first
         left join sync_state s on s.status = 'pending' and s.seq = first.seq",
        [],
        |row| Ok((row.read::<i64>(0)?, row.read::<Option<String>>(1)?)),
    )?;
    let since = oldest.unwrap_or_default();
    let waits = counted(waiting, "change waits", "changes wait");
    if let Some(ill) = waits_since_a_wrong_clock(look, &format!("{waits}, the oldest"), &since) {
        return Ok(ill);
    }
    let age = since.parse::<jiff::Timestamp>().map_or(0, |since| look.now.duration_since(since).as_secs());
    Ok(match waiting {
        0 => Verdict::Well("Nothing waits.".to_owned()),
        _ if age <= LATE_SECONDS => Verdict::Well(format!("{waits}, the oldest since {since}.")),
        _ => Verdict::Ill(
            State::Degraded,
            format!("{waits}, the oldest since {since}: more than a day. Check the link to head office."),
        ),
    })
}

pub(crate) fn failed(look: &Look<'_>) -> Result<Verdict, Fault> {
    let failed = look.figures.failed_count;
    let ill = (failed > 0).then(|| {
        let items = counted(failed, "item was refused or keeps failing", "items were refused or keep failing");
        format!("{items}; 'gerai sync quarantine' says why, 'gerai sync retry ID' tries again.")
    });
    Ok(Verdict::unless(ill, "Nothing has failed."))
}

/// Head office keeps them as they were, and decides.
pub(crate) fn changed_sales(look: &Look<'_>) -> Result<Verdict, Fault> {
    let changed = look.figures.changed_sale_count;
    let ill = (changed > 0).then(|| {
        format!(
            "{} deleted or changed here; head office keeps what it had, and decides. 'gerai sync quarantine' names what was \
             changed; put it back if it was a mistake.",
            counted(changed, "paid sale was", "paid sales were")
        )
    });
    Ok(Verdict::unless(ill, "No sale that head office has acknowledged was deleted or changed here."))
}

pub(crate) fn isolated(look: &Look<'_>) -> Result<Verdict, Fault> {
    let aside = look.figures.isolated_count;
    let ill = (aside > 0).then(|| {
        let items = counted(
            aside,
            "item makes requests fail and is tried again alone",
            "items make requests fail and are tried again one by one",
        );
        format!("{items}; wait, or see 'gerai sync queue'.")
    });
    Ok(Verdict::unless(ill, "Nothing is set aside."))
}

pub(crate) fn conflicts(look: &Look<'_>) -> Result<Verdict, Fault> {
    let open = look.figures.open_conflict_count;
    let ill = (open > 0).then(|| {
        let fields = counted(open, "field was", "fields were");
        format!("{fields} changed differently here and at head office; a person must decide.")
    });
    Ok(Verdict::unless(ill, "No conflict waits for a person."))
}

pub(crate) fn updates(look: &Look<'_>) -> Result<Verdict, Fault> {
    let kept = look.figures.unapplied_update_count;
    let ill = (kept > 0).then(|| {
        let changes = counted(kept, "change", "changes");
        format!("{changes} from head office cannot be applied yet; a newer version of Gerai may be needed.")
    });
    Ok(Verdict::unless(ill, "Everything that came from head office is applied."))
}

/// What a new machine took from the hub, and head office did not write.
pub(crate) fn taken(look: &Look<'_>) -> Result<Verdict, Fault> {
    Ok(Verdict::unless(bootstrap::sentence(look.tx)?, "Nothing that came with a new machine waits to be looked at."))
}

pub(crate) fn gap(look: &Look<'_>) -> Result<Verdict, Fault> {
    let ill = look.figures.stream_gap_at.as_ref().map(|at| {
        format!(
            "At {at} head office's changes did not go on where they were read to, and everything was compared; ask head \
             office whether its server was restored."
        )
    });
    Ok(Verdict::unless(ill, "Head office's changes were read without a gap."))
}

pub(crate) fn days(look: &Look<'_>) -> Result<Verdict, Fault> {
    let days = &look.figures.differing_days;
    let ill = (!days.is_empty()).then(|| {
        format!(
            "The figures of {} are not head office's; 'gerai sync verify' says which orders differ.",
            days.join(", ")
        )
    });
    Ok(Verdict::unless(ill, "The figures of settled days are head office's."))
}

/// What no trigger and no part of the program writes: somebody has.
pub(crate) fn queue_inconsistent(look: &Look<'_>) -> Result<Verdict, Fault> {
    let sql = "select
          (select count(*) from sync_state where acked_version > version)
        + (select count(*) from sync_state where status = 'success' and version > acked_version)
        + (select count(*) from sync_state s where status = 'discarded' and not exists (
             select 1 from sync_discards d
             where d.kind = 'item' and d.entity_type = s.entity_type and d.entity_id = s.entity_id))";
    let wrong: i64 = look.tx.prepare_cached(sql)?.query_row([], |row| row.read(0))?;
    let ill = (wrong > 0).then(|| {
        format!(
            "{} in the queue: someone has edited sync_state, and changes may never be sent. \
             'gerai sync verify' says what head office lacks, 'gerai sync resync' sends it.",
            counted(wrong, "row contradicts itself", "rows contradict themselves")
        )
    });
    Ok(Verdict::unless(ill, "The rows of the queue agree with each other."))
}

/// A hub that was restored is sent again what came since from these.
pub(crate) fn batches_missing(look: &Look<'_>) -> Result<Verdict, Fault> {
    let sql = "select count(*) from sync_chain c where c.batch_id is not null and c.stopped_code is null
        and c.batch_id is not c.root_batch_id
        and not exists (select 1 from sync_batches b where b.batch_id = c.batch_id)";
    let missing: i64 = look.tx.prepare_cached(sql)?.query_row([], |row| row.read(0))?;
    let ill = (missing > 0).then(|| {
        "The batch that head office took last is missing in sync_batches: someone has deleted batches or edited sync_chain. \
         What a restored head office lacks could not be sent again; run 'gerai sync verify', and keep a backup."
            .to_owned()
    });
    Ok(Verdict::unless(ill, "The batch that head office took last is there."))
}

/// What is shared is compared by its base; without one verify and merges know nothing of it.
pub(crate) fn bases_missing(look: &Look<'_>) -> Result<Verdict, Fault> {
    let mut missing = 0_i64;
    for Entity { name, table, .. } in captured().filter(|entity| entity.owner == Owner::Both) {
        let sql = format!(
            "select count(*) from {table} t join sync_state s on s.entity_type = '{name}' and s.entity_id = t.id
             where s.acked_version > 0 and s.acked_version = s.version and s.status = 'success' and not exists (
               select 1 from sync_bases b where b.entity_type = '{name}' and b.entity_id = t.id)"
        );
        missing += look.tx.prepare_cached(&sql)?.query_row([], |row| row.read::<i64>(0))?;
    }
    let ill = (missing > 0).then(|| {
        format!(
            "Of {} that outlet and head office share the last agreed version is missing in sync_bases: someone \
             has deleted it. 'gerai sync resync --scope shared' brings it back.",
            counted(missing, "entity", "entities")
        )
    });
    Ok(Verdict::unless(ill, "The last agreed version of everything shared is there."))
}
