//! Conflict records of all outlets, newest first.

use serde::Deserialize;
use store::{Arg, Fault, Tx};
use utoipa::ToSchema;

use super::record::{COLUMNS, Conflict, OPEN, RESOLVING, read};

/// Filter of records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub outlet_id: Option<String>,
    pub status: StatusFilter,
    /// Those after this record and outlet.
    pub after: Option<[String; 2]>,
}

/// Filter by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StatusFilter {
    /// Conflicts whose resolution the outlet has not carried out, or without one.
    #[default]
    Open,
    /// Those that head office has decided.
    Resolving,
    /// Decided by the merge rule.
    Merged,
    /// Decided by a person.
    Resolved,
    /// Superseded by a later change.
    Superseded,
    All,
}

impl StatusFilter {
    fn matches(self, status: &str) -> bool {
        match self {
            Self::Open => status == OPEN || status == RESOLVING,
            Self::Resolving => status == RESOLVING,
            Self::Merged => status == "merged",
            Self::Resolved => status == "resolved",
            Self::Superseded => status == "superseded",
            Self::All => true,
        }
    }
}

/// Records per query: the status is in the document and is filtered here.
const BATCH: i64 = 500;

fn statement(filter: &Filter) -> String {
    let condition = match (&filter.outlet_id, &filter.after) {
        (None, None) => "",
        (Some(_), None) => " and d.outlet_id = ?2",
        (None, Some(_)) => " and (d.entity_id, d.outlet_id) < (?2, ?3)",
        (Some(_), Some(_)) => " and d.outlet_id = ?2 and d.entity_id < ?3",
    };
    format!(
        "select {COLUMNS} from documents d
         where d.entity_type = 'conflict' and d.deleted = 0{condition}
         order by d.entity_id desc, d.outlet_id desc limit ?1"
    )
}

/// At most `limit` records with the wanted status.
pub(crate) fn list(tx: &mut Tx<'_>, mut filter: Filter, limit: i64) -> Result<Vec<Conflict>, Fault> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    loop {
        let page = page(tx, &filter)?;
        let is_last = i64::try_from(page.len()).unwrap_or(BATCH) < BATCH;
        filter.after = page.last().map(|last| [last.id.clone(), last.outlet_id.clone()]);
        found.extend(page.into_iter().filter(|record| filter.status.matches(&record.status)));
        if is_last || found.len() >= most {
            found.truncate(most);
            return Ok(found);
        }
    }
}

fn page(tx: &mut Tx<'_>, filter: &Filter) -> Result<Vec<Conflict>, Fault> {
    let mut args: Vec<Arg<'_>> = vec![BATCH.into()];
    args.extend(filter.outlet_id.as_ref().map(Arg::from));
    if let Some([record, outlet]) = &filter.after {
        args.push(record.into());
        args.extend(filter.outlet_id.is_none().then(|| Arg::from(outlet)));
    }
    tx.all(&statement(filter), &args, read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans;

    #[test]
    fn every_page_of_conflicts_is_read_in_the_order_of_a_key() {
        for outlet_id in [None, Some("x".to_owned())] {
            for after in [None, Some(["r", "x"].map(str::to_owned))] {
                let filter = Filter { outlet_id: outlet_id.clone(), after, ..Filter::default() };
                plans::assert_ordered_by_key(&statement(&filter), filter.after.is_some());
            }
        }
    }
}
