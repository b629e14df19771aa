//! An outlet's chain row: the position of its batch chain, and the reply to the batch at that position.

use protocol::limits::{MAX_ARGS_BYTES, MAX_ID_BYTES};
use protocol::wire::{
    Answer, Args, Batch, ChainRow, EntityRef, Epoch, ItemReply, Position, QuarantineState, Quarantined, Unapplied,
    UnappliedState,
};
use store::{Fault, Tx};

use crate::json;
use crate::outlets::begin_epoch;
use crate::version::VERSION;

const FIND: &str = "select epoch_number, epoch_id, batch_no, batch_id, results from chains where outlet_id = ?1";
const PUT: &str = "
    insert into chains
      (outlet_id, epoch_number, epoch_id, batch_no, batch_id, complete_through, quarantined, unapplied, results, updated_at,
       quarantined_count, unapplied_count)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    on conflict (outlet_id) do update set
      epoch_number = excluded.epoch_number, epoch_id = excluded.epoch_id, batch_no = excluded.batch_no,
      batch_id = excluded.batch_id, complete_through = excluded.complete_through, quarantined = excluded.quarantined,
      unapplied = excluded.unapplied, results = excluded.results, updated_at = excluded.updated_at,
      quarantined_count = excluded.quarantined_count, unapplied_count = excluded.unapplied_count";

/// Numbers outside 0 to this are damage in the database: no batch could follow them.
const LAST_NO: i64 = i64::MAX / 2;
/// Maximum length of a reported reason, in characters; outlets send 500.
const MAX_WORDS: usize = 1_000;

/// The outlet's row; none before its first batch.
pub(crate) fn find(tx: &mut Tx<'_>, outlet_id: &str) -> Result<Option<ChainRow>, Fault> {
    tx.first(FIND, &[outlet_id.into()], |row| {
        Ok(ChainRow {
            epoch: Epoch { number: row.int(0)?, id: row.string(1)? },
            position: Position { batch_no: row.int(2)?.clamp(0, LAST_NO), batch_id: row.maybe_string(3)? },
            // A damaged reply must not block the outlet's next batch, which replaces it.
            results: row.json_or_default(4)?,
        })
    })
}

/// The answer to a batch: the chain row.
pub(crate) fn answer(batch: &Batch<'_>, chain: ChainRow) -> Answer {
    Answer { batch_id: batch.batch_id.clone(), chain, hub_version: Some(VERSION.to_owned()) }
}

/// The outlet's row. Before the first batch it is created, at the start of the batch's epoch.
pub(crate) fn at(tx: &mut Tx<'_>, outlet_id: &str, batch: &Batch<'_>, now: &str) -> Result<ChainRow, Fault> {
    match find(tx, outlet_id)? {
        Some(row) => Ok(row),
        None => begin(tx, outlet_id, &batch.epoch, now),
    }
}

/// Sets the outlet's position to the start of an epoch.
pub(crate) fn begin(tx: &mut Tx<'_>, outlet_id: &str, epoch: &Epoch, now: &str) -> Result<ChainRow, Fault> {
    let row = ChainRow { epoch: epoch.clone(), position: Position::default(), results: Vec::new() };
    put(tx, outlet_id, &row, &OutletReport::default(), now)?;
    begin_epoch(tx, outlet_id, epoch, now)?;
    Ok(row)
}

/// Moves the outlet's position to this batch and stores the reply.
pub(crate) fn move_to(
    tx: &mut Tx<'_>,
    outlet_id: &str,
    batch: &Batch<'_>,
    results: Vec<ItemReply>,
    now: &str,
) -> Result<Answer, Fault> {
    let position = Position { batch_no: batch.batch_no, batch_id: Some(batch.batch_id.clone()) };
    let chain = ChainRow { epoch: batch.epoch.clone(), position, results };
    let quarantined = batch.quarantined.iter().map(|quarantined| Quarantined {
        of: cut_name(&quarantined.of),
        seq: quarantined.seq,
        state: quarantined.state.as_deref().map(|word| cut(word, MAX_ID_BYTES)),
        code: quarantined.code.as_deref().map(|word| cut(word, MAX_ID_BYTES)),
        args: bounded(&quarantined.args),
        message: quarantined.message.as_deref().map(|words| cut(words, MAX_WORDS)),
    });
    let unapplied = batch.unapplied.iter().map(|report| Unapplied {
        of: cut_name(&report.of),
        seq: report.seq,
        state: report.state.as_deref().map(|word| cut(word, MAX_ID_BYTES)),
        code: report.code.as_deref().map(|word| cut(word, MAX_ID_BYTES)),
        args: bounded(&report.args),
        message: cut(&report.message, MAX_WORDS),
    });
    let report = OutletReport {
        complete_through: batch.complete_through,
        quarantined: quarantined.collect(),
        unapplied: unapplied.collect(),
    };
    put(tx, outlet_id, &chain, &report, now)?;
    Ok(answer(batch, chain))
}

/// Arguments of a usual size; a message with more shows its English text.
fn bounded(args: &Args) -> Args {
    if json::text(args).len() <= MAX_ARGS_BYTES { args.clone() } else { Args::new() }
}

/// The report in a batch: quarantine and unapplied updates.
#[derive(Default)]
struct OutletReport {
    complete_through: i64,
    quarantined: Vec<Quarantined>,
    unapplied: Vec<Unapplied>,
}

impl OutletReport {
    /// Number of quarantined items that are not discarded.
    fn quarantined(&self) -> i64 {
        open(
            self.quarantined.iter().map(|quarantined| quarantined.state.as_deref()),
            QuarantineState::Discarded.as_str(),
        )
    }

    /// Number of unapplied updates that are not discarded.
    fn unapplied(&self) -> i64 {
        open(self.unapplied.iter().map(|report| report.state.as_deref()), UnappliedState::Discarded.as_str())
    }
}

fn open<'a>(states: impl Iterator<Item = Option<&'a str>>, discarded: &str) -> i64 {
    i64::try_from(states.filter(|state| *state != Some(discarded)).count()).unwrap_or(i64::MAX)
}

/// Truncates text and replaces control characters: a report must not block the outlet's sales, and it is shown in
/// terminals.
fn cut(words: &str, letters: usize) -> String {
    let shown = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    words.chars().take(letters).map(shown).collect()
}

fn cut_name(of: &EntityRef) -> EntityRef {
    EntityRef { entity_type: cut(&of.entity_type, MAX_ID_BYTES), entity_id: cut(&of.entity_id, MAX_ID_BYTES) }
}

fn put(tx: &mut Tx<'_>, outlet_id: &str, row: &ChainRow, report: &OutletReport, now: &str) -> Result<(), Fault> {
    tx.execute(
        PUT,
        &[
            outlet_id.into(),
            row.epoch.number.into(),
            (&row.epoch.id).into(),
            row.position.batch_no.into(),
            row.position.batch_id.as_deref().into(),
            report.complete_through.into(),
            (&json::text(&report.quarantined)).into(),
            (&json::text(&report.unapplied)).into(),
            (&json::text(&row.results)).into(),
            now.into(),
            report.quarantined().into(),
            report.unapplied().into(),
        ],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn the_chain_row_is_found_by_its_key() {
        plans::assert_keyed(FIND);
    }
}
